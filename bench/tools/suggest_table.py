"""suggest_table RESULTS (--table | --json) --profile P --rounds N --seconds N --middle N --commit C

Every bar of the suggestion engine, its figure, and whether it is met. A bar whose step was not run is not judged.
"""

import re

from bars import bar, columns, has, median, table, told

EXACT = ("word_break", "any_order", "any_order_joined", "pinyin", "initials", "mixed", "mixed_initials", "short_last_word")
REPAIRS = ("homophone", "fuzzy", "typo", "look_alike")


def read_more(results):
    figures = {}
    went_on = results / "rebuild_went_on.txt"
    figures["rebuild_went_on"] = went_on.read_text().split() if went_on.exists() else []
    for cache in ("off", "on"):
        file = results / f"metrics.{cache}.txt"
        if file.exists():
            figures[f"hit_rate.{cache}"] = hit_rate(file.read_text())
    return figures


def hit_rate(metrics):
    def count(name):
        found = re.search(rf"^qiusuo_suggest_cache_{name}_total (\S+)", metrics, re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    asked = count("hits") + count("misses")
    return round(count("hits") / asked, 4) if asked else 0.0


def sizes(figures):
    return sorted(int(name.split(".")[1]) for name in figures if name.startswith("ask."))


def core(figures, _options, bars, marks):
    for size in sizes(figures):
        asked, built = figures[f"ask.{size}"], figures[f"build.{size}"]
        if asked["void"]:
            marks.append(f"{size:,} entries: void, the fixed loop took {asked['calibration_us'][0]} to {asked['calibration_us'][1]} µs")
        batches, at = asked["batches"], f"{size:,}: "
        bar(bars, at + "prefix p50", batches["prefix"]["p50_us"], 15, unit="µs")
        bar(bars, at + "prefix p99", batches["prefix"]["p99_us"], 100, unit="µs")
        for name in EXACT:
            bar(bars, f"{at}{name} p99", batches[name]["p99_us"], 500, unit="µs")
        for name in REPAIRS:
            bar(bars, f"{at}{name} p99 ({batches[name]['inputs']:,} inputs)", batches[name]["p99_us"], 2000, unit="µs")
        served, few = batches["prefix_as_served"], batches["too_few"]
        told(bars, at + "prefix, repairs on, p50", served["p50_us"], "µs")
        told(bars, at + "prefix, repairs on, p99", served["p99_us"], "µs")
        bar(bars, at + "exact input with fewer than 15, repairs on, p99", few["p99_us"], 2000, unit="µs")
        told(bars, at + "readings an entry", built["readings_an_entry"], "")
        bar(bars, at + "mixed load p99", batches["mixed_load"]["p99_us"], 1000, unit="µs")
        bar(bars, at + "bytes an entry beyond the text", built["bytes_an_entry"], 64, unit="B")
        bar(bars, at + "RssAnon of opening", asked["open_anonymous_bytes"] / 1e6, 50, unit="MB")
        bar(bars, at + "open, page cache warm", asked["open_seconds"], 1, unit="s", digits=3)
        bar(bars, at + "build", built["seconds"], 600, unit="s")
        bar(bars, at + "RssAnon of the build ÷ file", built["peak_to_file"], 3)


def growth_core(figures, _options, bars, _marks):
    known = sizes(figures)
    if len(known) < 2:
        return
    small, large = known[0], known[-1]
    before, after = figures[f"ask.{small}"]["batches"], figures[f"ask.{large}"]["batches"]
    for name in ("prefix", *EXACT, *REPAIRS, "mixed_load"):
        if before[name]["p99_us"]:
            bar(bars, f"{small:,} → {large:,}: {name} p99 grows", after[name]["p99_us"] / before[name]["p99_us"], 12, unit="×", digits=1)


def http(figures, options, bars, marks):
    for cache, limit in (("off", 0.5), ("on", 0.7)):
        row = f"http_{cache}"
        if not has(figures, row):
            continue
        theirs, ours = (median(figures, row, side, "server_cpu_us", marks, options.rounds) for side in ("theirs", "ours"))
        answers = figures[f"answers.{cache}"]
        rate = f", hit rate {figures['hit_rate.on']:.3f}" if cache == "on" else ""
        every = [taken["server_cpu_us"] for taken in figures["rounds"] if taken["row"] == f"http_all_{cache}"]
        beside = f"; {every[-1]:.1f} µs over all prefixes" if every else ""
        told = f"HTTP, {options.middle:,}: bare ÷ ours, cache {cache} ({theirs:.1f} / {ours:.1f} µs, {answers['mean_items']:g} items{rate}{beside})"
        bar(bars, told, theirs / ours, limit, most=False, unit="×")


def growth_http(figures, options, bars, marks):
    rows = sorted({taken["row"] for taken in figures["rounds"] if taken["row"].startswith("growth_")}, key=lambda row: int(row.split("_")[1]))
    if len(rows) < 2:
        return
    first, last = (median(figures, row, "ours", "p99_ms", marks, options.rounds) for row in (rows[0], rows[-1]))
    small, large = (int(row.split("_")[1]) for row in (rows[0], rows[-1]))
    bar(bars, f"HTTP, {small:,} → {large:,}: p99 grows ({first:.2f} → {last:.2f} ms)", last / first, 1.5, unit="×")


def rebuild(figures, options, bars, marks):
    if not has(figures, "rebuild"):
        return
    without, during = (median(figures, "rebuild", side, "p99_ms", marks, options.rounds) for side in ("without", "during"))
    if "no" in figures["rebuild_went_on"]:
        marks.append("a rebuild ended before its round did: take more entries or fewer --seconds")
    bar(bars, f"HTTP, {options.middle:,}: p99 during a rebuild ({without:.2f} → {during:.2f} ms)", during / without, 2, unit="×")


def routes(figures, options, bars, _marks):
    found = figures.get("routes")
    if not found:
        return
    for share, exact, repair in (("full", 0.95, 0.8), ("part", 0.85, None)):
        for place, row in enumerate(found[share]["routes"]):
            limit = exact if place < 6 else repair
            if limit is not None:
                bar(bars, f"recall@15, {options.middle:,}, {share}: {row['route']}", row["recall_at_15"], limit, most=False, digits=3)


def quality(figures, _options, bars, _marks):
    found = figures.get("quality")
    if not found:
        return
    for typing in ("hanzi", "pinyin"):
        side = found[typing]
        for length in range(4):
            best, ours = side["best_completion_mrr_at_10"][length], side["ours"]["mrr_at_10"][length]
            bar(bars, f"MRR@10, {typing}, length {length + 1}, beside the best completion", ours, best, most=False, digits=4)


def size_table(size, built):
    rows = [[name, f"{bytes_each:.2f}"] for name, bytes_each in built["parts"].items() if bytes_each >= 0.005]
    text = built["surface_bytes"] / built["entries"]
    rows.append(["beyond the text", f"{built['bytes_an_entry']:.2f}"])
    head = [f"{built['entries']:,} entries, {built['readings_an_entry']:.3f} readings each, text {text:.1f} B", "B an entry"]
    return columns(head, rows)


def size_tables(run):
    return [size_table(size, run["figures"][f"build.{size}"]) for size in sizes(run["figures"])]


JUDGES = (core, growth_core, http, growth_http, rebuild, routes, quality)
table("suggest", JUDGES, numbers=("middle",), read=read_more, tables=size_tables)
