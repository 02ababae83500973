"""answers ADDRESS TEMPLATE QUERIES PATH: asks 200 of the queries and prints how many items an answer has.

PATH is where the list of items stands in an answer, such as `data.items`.
"""

import http.client
import json
import sys
import urllib.parse

ASKED = 200


def items(connection, target, path):
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        sys.exit(f"error: status {response.status}: {body[:300].decode(errors='replace')}")
    found = json.loads(body)
    for name in path.split("."):
        found = (found or {}).get(name)
    if not isinstance(found, list):
        sys.exit(f"error: no list `{path}` in {body[:300].decode(errors='replace')}")
    return len(found)


def main():
    address, template, file, path = sys.argv[1:]
    with open(file, encoding="utf-8") as lines:
        queries = [line.rstrip("\n") for line in lines]
    asked = queries[:: max(1, len(queries) // ASKED)]
    connection = http.client.HTTPConnection(address, timeout=30)
    counts = [items(connection, template.replace("{}", urllib.parse.quote(query, safe="")), path) for query in asked]
    most = max(counts)
    figures = {
        "asked": len(counts),
        "mean_items": round(sum(counts) / len(counts), 2),
        "most_items": most,
        "full": round(sum(count == most for count in counts) / len(counts), 3),
        "empty": sum(count == 0 for count in counts),
    }
    print(json.dumps(figures))


main()
