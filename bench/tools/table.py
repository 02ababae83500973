"""table RESULTS (--table | --json) --profile P --rounds N --seconds N --commit C: what a first-light run found.

A ratio is always the opponent's figure over ours, turned so that more is better for us: CPU a request of theirs
over ours, items a second of ours over theirs.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import sys

# What each row has to reach, from the project's design.
BARS = {"import": 0.2, "content_search": 1.0, "suggestions": 0.5}
IMPORT_RATE_BAR = 15_000
ROWS = {"content_search": "content search", "suggestions": "suggestions"}
FIGURES = ("server_cpu_us", "requests_per_second", "p50_ms", "p99_ms", "bytes_per_answer")
# Exit code of a run in which a figure rests on no round that counts.
NOT_ALL_COUNT = 3


def main():
    options = parse()
    run = collect(options)
    if options.json:
        print(json.dumps(run, ensure_ascii=False, indent=2))
    else:
        print(render(run))
    whole = all(row[side]["counted"] == options.rounds for row in run["http"].values() for side in ("ours", "theirs"))
    sys.exit(0 if whole else NOT_ALL_COUNT)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=pathlib.Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--table", action="store_true")
    form.add_argument("--json", action="store_true")
    for name, kind in (("--profile", str), ("--commit", str), ("--rounds", int), ("--seconds", int)):
        parser.add_argument(name, type=kind, required=True)
    return parser.parse_args()


# Collecting


def collect(options):
    def read(name):
        return json.loads((options.results / name).read_text())

    disk = read("disk.json")
    opponent = read("opponent_index.json")
    content = imported(read("import_content.json"))
    content["opponent"] = {
        "items_per_second": round(opponent["output"]["documents_per_second"]),
        "cpu_us_per_item": per_item(opponent["cpu_seconds"], opponent["output"]["documents"]),
        "peak_bytes": opponent["peak_bytes"],
        "bytes_on_disk": read("opponent_disk.json"),
    }
    content["ratio"] = round(content["items_per_second"] / content["opponent"]["items_per_second"], 3)
    content["bar"] = BARS["import"]
    content["items_per_second_bar"] = IMPORT_RATE_BAR
    rounds = [json.loads(line) for line in (options.results / "rounds.ndjson").read_text().splitlines()]
    return {
        "bench": "first-light",
        "commit": options.commit,
        "profile": options.profile,
        "machine": machine(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "import": {"content": content, "queries": imported(read("import_queries.json"))},
        "bytes_on_disk": {**disk, "total": sum(disk.values())},
        "server": {"seconds_until_ready": read("seconds_until_ready.json"), "memory": read("server_memory.json")},
        "http": {name: compared(name, rounds, options.results) for name in ROWS},
    }


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    load = [round(value, 2) for value in os.getloadavg()]
    return {"cpu": names[0] if names else platform.machine(), "cores": len(names) or os.cpu_count(), "load_average": load}


def per_item(seconds, items):
    return round(seconds * 1e6 / max(1, items), 2)


def imported(figures):
    summary = figures["output"]
    return {
        **{name: summary[name] for name in ("read", "accepted", "updated", "rejected")},
        "seconds_until_searchable": summary["seconds"],
        "items_per_second": round(summary["read"] / summary["seconds"]),
        "cpu_us_per_item": per_item(figures["cpu_seconds"], summary["read"]),
        "peak_bytes": figures["peak_bytes"],
        "peak_anonymous_bytes": figures["peak_anonymous_bytes"],
    }


def compared(name, rounds, results):
    row = {}
    for side in ("theirs", "ours"):
        taken = [taken for taken in rounds if (taken["row"], taken["side"]) == (name, side)]
        row[side] = median(taken)
        answers = results / f"answers.{name}.{side}.json"
        if answers.exists():
            row[side]["answers"] = json.loads(answers.read_text())
    theirs, ours = (row[side]["server_cpu_us"] for side in ("theirs", "ours"))
    row["ratio"] = round(theirs / ours, 3) if ours else None
    row["bar"] = BARS[name]
    return row


def median(taken):
    """The median of the rounds that count; of all of them, with `counted` 0, if none does."""
    counted = [figures for figures in taken if figures["counted"]]
    middle = {figure: statistics.median(figures[figure] for figures in counted or taken) for figure in FIGURES}
    return {**middle, "counted": len(counted), "rounds": taken}


# Rendering


def render(run):
    machine = run["machine"]
    load = " ".join(f"{value:g}" for value in machine["load_average"])
    parts = [
        f"first light · qiusuo {run['commit']} ({run['profile']}) · {machine['cpu']}, {machine['cores']} cores, load {load}",
        import_table(run["import"]),
        disk_line(run),
        http_table(run),
        server_line(run["server"]),
    ]
    return "\n\n".join(parts)


def import_table(imports):
    content, queries = imports["content"], imports["queries"]
    opponent = content["opponent"]
    head = ["import", "read", "rejected", "items/s", "until searchable", "CPU an item", "peak memory", "anonymous"]
    head += ["opponent", "ratio", "bar"]

    def ours(name, figures):
        return [
            name,
            f"{figures['read']:,}",
            f"{figures['rejected']:,}",
            f"{figures['items_per_second']:,}",
            f"{figures['seconds_until_searchable']:.2f} s",
            f"{figures['cpu_us_per_item']:.1f} µs",
            megabytes(figures["peak_bytes"]),
            megabytes(figures["peak_anonymous_bytes"]),
        ]

    theirs = f"{opponent['items_per_second']:,}/s {opponent['cpu_us_per_item']:.1f} µs"
    bar = f"≥ {content['bar']}, ≥ {content['items_per_second_bar']:,}/s"
    rows = [ours("content", content) + [theirs, f"{content['ratio']:.2f}", bar], ours("query log", queries) + ["", "", ""]]
    return columns(head, rows)


def disk_line(run):
    parts = {name: size for name, size in run["bytes_on_disk"].items() if size >= 100_000}
    told = " · ".join(f"{name} {megabytes(size)}" for name, size in sorted(parts.items(), key=lambda part: -part[1]))
    return f"on disk: {told} · the opponent's index {megabytes(run['import']['content']['opponent']['bytes_on_disk'])}"


def http_table(run):
    head = ["over HTTP, one core", "", "CPU a request", "requests/s", "p50", "p99", "bytes", "items", "rounds", "ratio", "bar"]
    rows = []
    for name, row in run["http"].items():
        for side in ("theirs", "ours"):
            rows.append(http_row(name, side, row, run["rounds"]))
    note = f"median of {run['rounds']} rounds of {run['seconds']} s each, in turn; ratio: CPU a request, theirs over ours"
    if any("*" in row[8] for row in rows):
        note += "\n* some rounds do not count: the server was not the bottleneck, or something failed (see --json)"
    return columns(head, rows) + "\n" + note


def http_row(name, side, row, rounds):
    figures, first = row[side], side == "theirs"
    answers = figures.get("answers")
    return [
        ROWS[name] if first else "",
        {"content_search": "plain tantivy", "suggestions": "bare axum"}[name] if first else "qiusuo",
        f"{figures['server_cpu_us']:.1f} µs",
        f"{figures['requests_per_second']:,.0f}",
        f"{figures['p50_ms']:.2f} ms",
        f"{figures['p99_ms']:.2f} ms",
        f"{figures['bytes_per_answer']:,.0f}",
        f"{answers['mean_items']:g}" if answers else "",
        f"{figures['counted']}/{rounds}" + ("" if figures["counted"] == rounds else "*"),
        "" if first else f"{row['ratio']:.2f}",
        "" if first else f"≥ {row['bar']}",
    ]


def server_line(server):
    memory = server["memory"]
    return (
        f"the server was ready after {server['seconds_until_ready']:.2f} s; after the rounds it holds "
        f"{megabytes(memory['RssAnon'])} anonymous and {megabytes(memory['RssFile'])} mapped memory"
    )


def megabytes(size):
    return f"{size / 1e6:,.1f} MB" if size < 100e6 else f"{size / 1e6:,.0f} MB"


def columns(head, rows):
    """Text columns, numbers to the right, with a rule under the head."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    left = {column for column in range(len(head)) if not any(row[column][:1].isdigit() for row in rows)}

    def line(cells):
        padded = [c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))]
        return "  ".join(padded).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, rows)])


main()
