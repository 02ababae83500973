"""take FILE ROW SIDE -- LOAD_COMMAND…: one round; appends its figures to FILE as a JSON line.

A round counts only if the server was the bottleneck and nothing failed; one at a fixed rate (`--rate` among the
load's options) if that rate was kept and nothing failed. Otherwise it is taken again, at most
ATTEMPTS times; if none counts, the last one is kept and marked.
"""

import json
import signal
import subprocess
import sys

ATTEMPTS = 4
SERVER_BUSY = 0.95
GENERATOR_BUSY = 0.90
RATE_KEPT = 0.98


def problems(figures, rate):
    """Why a round does not count."""
    found = []
    if rate and figures["requests_per_second"] < RATE_KEPT * rate:
        found.append(f"{figures['requests_per_second']} of {rate:g} requests a second")
    if not rate and figures["server_busy"] < SERVER_BUSY:
        found.append(f"server_busy {figures['server_busy']} is below {SERVER_BUSY}")
    if figures["generator_busy"] > GENERATOR_BUSY:
        found.append(f"generator_busy {figures['generator_busy']} is above {GENERATOR_BUSY}")
    for name in ("failed", "unexpected"):
        if figures[name]:
            found.append(f"{figures[name]} {name}")
    return found


def load(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: (child.kill(), sys.exit(128 + number)))
    printed, _ = child.communicate()
    if child.returncode != 0:
        sys.exit(f"error: exit code {child.returncode}")
    return json.loads(printed)


def main():
    file, row, side, _separator, *command = sys.argv[1:]
    rate = float(command[command.index("--rate") + 1]) if "--rate" in command else 0
    for attempt in range(1, ATTEMPTS + 1):
        figures = load(command)
        why_not = problems(figures, rate)
        told = f"{figures['server_cpu_us']} µs of CPU a request, {figures['requests_per_second']}/s"
        print(f"   {side:<6}  {told}{'; not counted: ' + ', '.join(why_not) if why_not else ''}", file=sys.stderr)
        if not why_not:
            break
    taken = {"row": row, "side": side, "attempts": attempt, "counted": not why_not, "problems": why_not, **figures}
    with open(file, "a") as rounds:
        rounds.write(json.dumps(taken) + "\n")


main()
