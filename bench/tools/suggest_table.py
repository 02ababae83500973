"""suggest_table RESULTS (--table | --json) --profile P --rounds N --seconds N --middle N --commit C

Every bar of the suggestion engine, its figure, and whether it is met. A bar whose step was not run is not judged.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import sys

EXACT = ("word_break", "any_order", "any_order_joined", "pinyin", "initials", "mixed", "mixed_initials", "short_last_word")
REPAIRS = ("homophone", "fuzzy", "typo", "look_alike")
# Exit code of a run in which a figure rests on no round that counts, or on a void measurement.
NOT_ALL_COUNT = 3



def main():
    options = parse()
    run = {
        "bench": "suggest",
        "commit": options.commit,
        "profile": options.profile,
        "machine": machine(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "figures": read_all(options.results),
    }
    marks, bars = [], []
    for judge in (core, growth_core, http, growth_http, rebuild, routes, quality):
        judge(run["figures"], options, bars, marks)
    run["bars"], run["marks"] = bars, marks
    print(json.dumps(run, ensure_ascii=False, indent=2) if options.json else render(run))
    sys.exit(NOT_ALL_COUNT if marks else 0)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=pathlib.Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--table", action="store_true")
    form.add_argument("--json", action="store_true")
    for name, kind in (("--profile", str), ("--commit", str), ("--rounds", int), ("--seconds", int), ("--middle", int)):
        parser.add_argument(name, type=kind, required=True)
    return parser.parse_args()


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    load = [round(value, 2) for value in os.getloadavg()]
    return {"cpu": names[0] if names else platform.machine(), "cores": len(names) or os.cpu_count(), "load_average": load}


def read_all(results):
    figures = {}
    for file in sorted(results.glob("*.json")):
        figures[file.stem] = json.loads(file.read_text())
    rounds = results / "rounds.ndjson"
    figures["rounds"] = [json.loads(line) for line in rounds.read_text().splitlines()] if rounds.exists() else []
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


def bar(bars, name, figure, limit, most=True, unit="", digits=2):
    """A figure that may be at most (or must be at least) `limit`."""
    met = figure <= limit if most else figure >= limit
    sign = "≤" if most else "≥"
    bars.append({
        "bar": name,
        "figure": round(figure, 4),
        "limit": limit,
        "at_most": most,
        "unit": unit,
        "met": met,
        "told": f"{figure:,.{digits}f} {unit}".strip(),
        "wanted": f"{sign} {limit:,g} {unit}".strip(),
    })


def told(bars, name, figure, unit):
    """A figure that is printed and not judged."""
    bars.append({"bar": name, "figure": round(figure, 4), "unit": unit, "met": None, "told": f"{figure:,.2f} {unit}".strip(), "wanted": ""})


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


def median(figures, row, side, name, marks, rounds):
    taken = [taken for taken in figures["rounds"] if (taken["row"], taken["side"]) == (row, side)]
    counted = [taken for taken in taken if taken["counted"]]
    if len(counted) < rounds:
        marks.append(f"{row}, {side}: {len(counted)} of {rounds} rounds count")
    return statistics.median(taken[name] for taken in counted or taken)


def has(figures, row):
    return any(taken["row"] == row for taken in figures["rounds"])


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


def render(run):
    machine = run["machine"]
    load = " ".join(f"{value:g}" for value in machine["load_average"])
    parts = [f"suggest · qiusuo {run['commit']} ({run['profile']}) · {machine['cpu']}, {machine['cores']} cores, load {load}"]
    rows = [[row["bar"], row["told"], row["wanted"], {True: "met", False: "NOT MET", None: ""}[row["met"]]] for row in run["bars"]]
    if rows:
        parts.append(columns(["bar", "figure", "wanted", ""], rows))
    for size in sizes(run["figures"]):
        parts.append(size_table(size, run["figures"][f"build.{size}"]))
    parts.extend(f"* {mark}" for mark in run["marks"])
    return "\n\n".join(parts)


def size_table(size, built):
    rows = [[name, f"{bytes_each:.2f}"] for name, bytes_each in built["parts"].items() if bytes_each >= 0.005]
    text = built["surface_bytes"] / built["entries"]
    rows.append(["beyond the text", f"{built['bytes_an_entry']:.2f}"])
    head = [f"{built['entries']:,} entries, {built['readings_an_entry']:.3f} readings each, text {text:.1f} B", "B an entry"]
    return columns(head, rows)


def width(text):
    """Columns on a terminal; a hanzi takes two."""
    return sum(2 if "\u2e80" <= character <= "\uffef" else 1 for character in text)


def columns(head, rows):
    """Text columns: the first to the left, the others to the right."""
    widths = [max(width(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells):
        padded = [(" " * (w - width(c)) + c) if i else (c + " " * (w - width(c))) for i, (c, w) in enumerate(zip(cells, widths))]
        return "  ".join(padded).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, rows)])


main()
