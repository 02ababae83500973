"""full ADDRESS TEMPLATE QUERIES PATH COUNT: prints the lines of QUERIES whose answer has COUNT items, in their order.

PATH is where the list of items stands in an answer, such as `data.items`. Each query is asked once.
"""

import http.client
import json
import sys
import urllib.parse


def items(connection, target, path):
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        sys.exit(f"error: status {response.status}: {body[:300].decode(errors='replace')}")
    found = json.loads(body)
    for name in path.split("."):
        found = (found or {}).get(name)
    return len(found or [])


def main():
    address, template, file, path, count = sys.argv[1:]
    with open(file, encoding="utf-8") as lines:
        queries = [line.rstrip("\n") for line in lines]
    connection = http.client.HTTPConnection(address, timeout=30)
    is_full = {}
    for query in queries:
        if query not in is_full:
            target = template.replace("{}", urllib.parse.quote(query, safe=""))
            is_full[query] = items(connection, target, path) == int(count)
    kept = [query for query in queries if is_full[query]]
    if not kept:
        sys.exit(f"error: no query of {file} has an answer of {count} items")
    print("\n".join(kept))


main()
