"""prefixes HOT_LOG: what people have typed when the list comes up, one a line, the same in every run.

The queries of the log are ranked by how many lines they have; a rank is drawn by Zipf's law (exponent 1), then a
prefix of 1 to 6 characters, every length alike; a shorter query is taken whole.
"""

import bisect
import collections
import gzip
import itertools
import random
import sys

PREFIXES = 100_000
LONGEST = 6
SEED = 20_261_123


def main():
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as log:
        columns = next(log).rstrip("\n").split("\t")
        if "query" not in columns:
            sys.exit(f"error: no column `query` in the header of {sys.argv[1]}")
        column = columns.index("query")
        counts = collections.Counter(line.rstrip("\n").split("\t")[column].strip() for line in log)
    del counts[""]
    queries = sorted(counts, key=lambda query: (-counts[query], query))
    reached = list(itertools.accumulate(1 / rank for rank in range(1, len(queries) + 1)))
    draw = random.Random(SEED)
    printed = 0
    while printed < PREFIXES:
        query = queries[bisect.bisect_left(reached, draw.random() * reached[-1])]
        # Rounding of a product, not `randint`: the latter's algorithm is not promised between versions.
        prefix = query[: 1 + int(draw.random() * LONGEST)].strip()
        if prefix:
            print(prefix)
            printed += 1


main()
