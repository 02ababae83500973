"""What the tables of bars share: figures of a run, bars and whether they are met, text columns."""

import argparse
import json
import os
import pathlib
import platform
import statistics
import sys

# Exit code of a run in which a figure rests on no round that counts, or on a void measurement.
NOT_ALL_COUNT = 3


def table(bench, judges, numbers=(), read=lambda results: {}, tables=lambda run: []):
    """Reads the figures of a run, lets the judges add bars and marks, and prints all of it.

    `numbers` are further whole-number options of the run, `read` gives further figures, `tables` further tables.
    """
    options = parse(numbers)
    figures = {**read_all(options.results), **read(options.results)}
    bars, marks = [], []
    for judge in judges:
        judge(figures, options, bars, marks)
    run = {
        "bench": bench,
        "commit": options.commit,
        "profile": options.profile,
        "machine": machine(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "figures": figures,
        "bars": bars,
        "marks": marks,
    }
    print(json.dumps(run, ensure_ascii=False, indent=2) if options.json else render(run, tables(run)))
    sys.exit(NOT_ALL_COUNT if marks else 0)


def parse(numbers):
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=pathlib.Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--table", action="store_true")
    form.add_argument("--json", action="store_true")
    for name in ("profile", "commit"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("rounds", "seconds", *numbers):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    load = [round(value, 2) for value in os.getloadavg()]
    return {"cpu": names[0] if names else platform.machine(), "cores": len(names) or os.cpu_count(), "load_average": load}


def read_all(results):
    """The JSON files of a run by name, and its rounds."""
    figures = {file.stem: json.loads(file.read_text()) for file in sorted(results.glob("*.json"))}
    rounds = results / "rounds.ndjson"
    figures["rounds"] = [json.loads(line) for line in rounds.read_text().splitlines()] if rounds.exists() else []
    return figures


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


def median(figures, row, side, name, marks, rounds):
    taken = [taken for taken in figures["rounds"] if (taken["row"], taken["side"]) == (row, side)]
    counted = [taken for taken in taken if taken["counted"]]
    if len(counted) < rounds:
        marks.append(f"{row}, {side}: {len(counted)} of {rounds} rounds count")
    return statistics.median(taken[name] for taken in counted or taken)


def has(figures, row):
    return any(taken["row"] == row for taken in figures["rounds"])


def render(run, tables):
    machine = run["machine"]
    load = " ".join(f"{value:g}" for value in machine["load_average"])
    parts = [f"{run['bench']} · qiusuo {run['commit']} ({run['profile']}) · {machine['cpu']}, {machine['cores']} cores, load {load}"]
    rows = [[row["bar"], row["told"], row["wanted"], {True: "met", False: "NOT MET", None: ""}[row["met"]]] for row in run["bars"]]
    if rows:
        parts.append(columns(["bar", "figure", "wanted", ""], rows))
    parts.extend(tables)
    parts.extend(f"* {mark}" for mark in run["marks"])
    return "\n\n".join(parts)


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
