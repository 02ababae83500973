"""measure FILE COMMAND…: runs a command that prints one JSON document and writes its figures to FILE as JSON.

`peak_bytes` is the process's VmHWM and holds mapped files too; `peak_anonymous_bytes` is RssAnon, looked at every
50 ms. `cpu_seconds` is user and system time of all its threads. Exit code 3 (some lines rejected) is no failure.
"""

import json
import os
import signal
import subprocess
import sys
import time

SOME_REJECTED = 3


def memory(process):
    """(VmHWM, RssAnon) in bytes, zeros once the process has ended."""
    found = {}
    try:
        with open(f"/proc/{process}/status") as status:
            for line in status:
                name, _, value = line.partition(":")
                if name in ("VmHWM", "RssAnon"):
                    found[name] = int(value.split()[0]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found.get("VmHWM", 0), found.get("RssAnon", 0)


def main():
    file, command = sys.argv[1], sys.argv[2:]
    output = open(file + ".out", "w+")
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=output)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: (child.kill(), sys.exit(143)))
    peak = anonymous = 0
    while True:
        high_water, now = memory(child.pid)
        peak, anonymous = max(peak, high_water), max(anonymous, now)
        ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    wall = time.monotonic() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, SOME_REJECTED):
        sys.exit(f"error: exit code {code}")
    output.seek(0)
    figures = {
        "output": json.load(output),
        "wall_seconds": round(wall, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_bytes": peak,
        "peak_anonymous_bytes": anonymous,
    }
    with open(file, "w") as out:
        json.dump(figures, out)


main()
