"""extend TITLES COUNT OUT [--first N]: content of COUNT items made of the titles, gzip.

The titles come first as they are, unless --first N is given, which is the number that the first made item gets. A made
item is one of the titles with another number and another title: its first half, and the second half of another one's,
so that lengths, characters and the words at the edges stay distributed as they were. The same every time.
"""

import gzip
import json
import random
import sys

# Above every number that the vendor's items have here.
MADE = 8_000_000_000_000_000_000


def made(items, number):
    chance = random.Random(number)
    item, other = chance.choice(items), chance.choice(items)
    first, second = item["title"], other["title"]
    title = first[: (len(first) + 1) // 2] + second[len(second) // 2 :]
    return {**item, "group_id": str(MADE + number), "title": title}


def main():
    titles, count, out = sys.argv[1:4]
    count, first = int(count), int(sys.argv[5]) if len(sys.argv) > 5 else None
    with gzip.open(titles, "rt", encoding="utf-8") as lines, gzip.open(out, "wt", encoding="utf-8", compresslevel=1) as written:
        texts = lines.readlines()
        items = [json.loads(line) for line in texts]
        kept = texts[:count] if first is None else []
        written.writelines(kept)
        for number in range(first or 0, (first or 0) + count - len(kept)):
            written.write(json.dumps(made(items, number), ensure_ascii=False) + "\n")


main()
