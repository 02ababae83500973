#!/usr/bin/env python3
"""Prints the bars of admission from the results of a run of bench/run admission."""
from bars import bar, table


def has(figures, name):
    return any(known.startswith(name) for known in figures)


def of(figures, name):
    return [(known, figures[known]) for known in sorted(figures) if known.startswith(name)]


def oversold(figures, _options, bars, marks):
    for name, run in of(figures, "oversell.") + of(figures, "damaged."):
        cycles = run["cycles"]
        over = sum(max(0, cycle["seen"] - cycle["limit"]) for cycle in cycles)
        bar(bars, f"{name}: calls oversold in {len(cycles)} cycles of {sum(cycle['seen'] for cycle in cycles)} calls", over, 0, digits=0)
        bar(bars, f"{name}: cycles whose figures do not fit the ledger", sum(bool(cycle["problems"]) for cycle in cycles), 0, digits=0)
        missing = sum(cycle["limit"] - cycle["seen"] for cycle in cycles)
        cut = sum(cycle["cut"] for cycle in cycles)
        lost = sum(cycle["loss"] for cycle in cycles)
        bar(bars, f"{name}: calls not seen (connections that broke {cut}, lost with leases {lost})", missing, cut + lost, digits=0)
        if run["problems"]:
            marks.append(f"{name}: {run['problems'][:3]}")


def refunds(figures, _options, bars, marks):
    for name, run in of(figures, "refund."):
        refund = run["refund"]
        text = f"{name}: {refund['calls']} calls of which {refund['failed']} fail: ledger less successes"
        bar(bars, text, abs(refund["ledger"] - refund["succeeded"]), 0, digits=0)
        if run["problems"]:
            marks.append(f"{name}: {run['problems'][:3]}")


def cost(figures, _options, bars, _marks):
    if has(figures, "cost"):
        run = figures["cost"]
        text = f"thread CPU of an admitted call, {run['tokens']} tokens known (of it the look-up {run['look_up_us']:.2f})"
        bar(bars, text, run["admission_us"], 2, unit="µs")
    if has(figures, "guesses"):
        run = figures["guesses"]
        text = f"{run['guesses']} wrong tokens: memory grown (Welch's t of right against wrong beginnings {run['welch_t']:.2f})"
        bar(bars, text, run["grown_bytes"] / 1e6, 16, unit="MB")


def brute(figures, _options, bars, marks):
    if has(figures, "brute"):
        run = figures["brute"]["guesses"]
        bar(bars, f"{run['calls']} wrong calls over HTTP: memory grown", run["grown_bytes"] / 1e6, 8, unit="MB")
        bar(bars, "wrong calls over HTTP: bytes written to the store", run["store_bytes"], 0, digits=0)
        if figures["brute"]["problems"]:
            marks.append(f"brute: {figures['brute']['problems'][:3]}")


table("admission", (oversold, refunds, cost, brute))
