"""searchable ADDRESS KEY TEMPLATE: writes items one after the other and prints after how many milliseconds each is found.

The time runs from the acknowledgement of the write to the first answer that holds the item.
"""

import http.client
import json
import sys
import time
import urllib.parse

WRITTEN = 30
FIRST = 8_900_000_000_000_000_000
GIVEN_UP_MS = 10_000


def ask(connection, method, target, body=None, headers={}):
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        sys.exit(f"error: status {response.status}: {text[:300].decode(errors='replace')}")
    return text


def delay(address, key, template, number):
    writing, searching = (http.client.HTTPConnection(address, timeout=30) for _ in range(2))
    title = f"立刻可见{number}号"
    item = json.dumps({"group_id": str(FIRST + number), "group_type": "tuwen", "title": title}) + "\n"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    ask(writing, "POST", "/v1/items", item.encode(), headers)
    acknowledged = time.monotonic()
    target = template.replace("{}", urllib.parse.quote(title, safe=""))
    while True:
        found = json.loads(ask(searching, "GET", target))["data"]
        waited = (time.monotonic() - acknowledged) * 1000
        if any(result["title"] == title for result in found or []):
            return waited
        if waited > GIVEN_UP_MS:
            sys.exit(f"error: an item could not be found after {GIVEN_UP_MS} ms")
        time.sleep(0.002)


def main():
    delays = sorted(delay(*sys.argv[1:], number) for number in range(WRITTEN))
    print(json.dumps({"items": len(delays), "median_ms": round(delays[len(delays) // 2], 1), "most_ms": round(delays[-1], 1)}))


main()
