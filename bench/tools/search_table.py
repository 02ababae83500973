"""search_table RESULTS (--table | --json) --profile P --rounds N --seconds N --commit C

Every bar of the search engine, its figure, and whether it is met. A bar whose step was not run is not judged.
"""

import statistics

from bars import bar, has, median, table, told

# Relevant titles of these sets and their baseline; what the baseline has to come out at, give or take.
JUDGED = {"kuake_qtr": (2540, 0.863), "qbqtc": (8604, 0.789)}
BASELINE_SLACK = 0.003
BETTER_MRR = 0.02
# Memory beside the text of the items.
RESIDENT = 200e6


def quality(figures, _options, bars, marks):
    for name, (queries, baseline) in JUDGED.items():
        found = figures.get(f"quality.{name}")
        if not found:
            continue
        ours, theirs = found["ours"], found["characters_bigrams"]
        if found["queries"] != queries or abs(theirs["mrr@10"] - baseline) > BASELINE_SLACK:
            marks.append(f"{name}: the baseline is {theirs['mrr@10']} over {found['queries']} queries, not {baseline} over {queries}")
        bar(bars, f"{name}: MRR@10 beside the baseline's + {BETTER_MRR}", ours["mrr@10"], theirs["mrr@10"] + BETTER_MRR, most=False, digits=4)
        bar(bars, f"{name}: nDCG@10 beside the baseline's", ours["ndcg@10"], theirs["ndcg@10"], most=False, digits=4)
        bar(bars, f"{name}: Recall@100 beside the baseline's", ours["recall@100"], theirs["recall@100"], most=False, digits=4)


def corrections(figures, _options, bars, _marks):
    found = figures.get("corrections")
    if found:
        bar(bars, f"mcsc, {found['wrong']:,} wrong: what was meant is among three repairs", found["top_3"], 0.45, most=False, digits=4)
        bar(bars, f"mcsc, {found['equal']:,} right: changed", found["changed"], 0.01, digits=4)


def sizes(figures):
    return [name.split(".")[1] for name in figures if name.startswith("import.")]


def imports(figures, _options, bars, _marks):
    for size in sizes(figures):
        ours = figures[f"import.{size}"]["output"]
        rate = ours["read"] / ours["seconds"]
        bar(bars, f"{size}: import, items a second", rate, 15_000, most=False, unit="/s", digits=0)
        their_rate = figures[f"opponent_index.{size}"]["output"]["documents_per_second"]
        bar(bars, f"{size}: import ÷ opponent index ({their_rate:,.0f}/s)", rate / their_rate, 0.2, most=False, unit="×")


def searches(figures, options, bars, marks):
    for size in sizes(figures):
        row = f"search_{size}"
        if not has(figures, row):
            continue
        theirs, ours = (median(figures, row, side, "server_cpu_us", marks, options.rounds) for side in ("theirs", "ours"))
        items = figures[f"answers.{size}"]["mean_items"]
        bar(bars, f"{size}: opponent ÷ ours over HTTP ({theirs:.1f} / {ours:.1f} µs, {items:g} items)", theirs / ours, 1.0, most=False, unit="×")
        if has(figures, f"rate_{size}"):
            told(bars, f"{size}: p99 at 500 requests a second", median(figures, f"rate_{size}", "ours", "p99_ms", marks, 1), "ms")


def memory(figures, _options, bars, _marks):
    for size in sizes(figures):
        if f"memory.{size}" in figures:
            text = figures[f"text_bytes.{size}"]["bytes"]
            limit = round((RESIDENT + text) / 1e6, 1)
            bar(bars, f"{size}: RssAnon after a load, text of {text / 1e6:.1f} MB", figures[f"memory.{size}"]["RssAnon"] / 1e6, limit, unit="MB", digits=1)


def start(figures, _options, bars, _marks):
    taken = [seconds for name, seconds in figures.items() if name.startswith("start.")]
    if taken:
        bar(bars, "1000000: start to /readyz, page cache warm", statistics.median(taken), 3, unit="s")


def busy(figures, options, bars, marks):
    if not has(figures, "busy_during"):
        return
    without, during = (median(figures, f"busy_{when}", "ours", "p99_ms", marks, options.rounds) for when in ("without", "during"))
    bar(bars, f"200 searches a second: p99 during an import ({without:.2f} → {during:.2f} ms)", during / without, 2, unit="×")
    rates = [run["read"] / run["seconds"] for name, run in figures.items() if name.startswith("busy_import.")]
    bar(bars, "import beside them, items a second", statistics.median(rates), 2_000, most=False, unit="/s", digits=0)
    if not all(went_on for name, went_on in figures.items() if name.startswith("went_on.")):
        marks.append("an import ended before its round did: take fewer --seconds")
    found = figures["searchable"]
    bar(bars, f"found after the acknowledgement, slowest of {found['items']} (median {found['median_ms']} ms)", found["most_ms"], 1000, unit="ms", digits=0)


table("search", (quality, corrections, imports, searches, memory, start, busy))
