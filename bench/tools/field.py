"""field NAME[.NAME…]: prints a field of the JSON document on standard input."""

import json
import sys

value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    if not isinstance(value, dict) or name not in value:
        sys.exit(f"error: there is no {sys.argv[1]} in the answer")
    value = value[name]
print(value)
