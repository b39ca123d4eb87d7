"""Mines activation functions that generalise out of distribution."""

import sys

# `python -m actmine` looks into the working directory first: a user's random.py is not ours.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    sys.path[:] = [place for place in sys.path if place not in ("", sys.path[0])]
