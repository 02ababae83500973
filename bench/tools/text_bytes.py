"""text_bytes CONTENT: how many items there are, and the UTF-8 bytes of what is searched in them, as JSON."""

import gzip
import json
import sys


def text(item):
    author = (item.get("user_info") or {}).get("name") or ""
    return "".join([item.get("title") or "", item.get("abstract") or "", item.get("content") or "", author, *(item.get("tags") or [])])


def main():
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        sizes = [len(text(json.loads(line)).encode()) for line in lines]
    print(json.dumps({"items": len(sizes), "bytes": sum(sizes)}))


main()
