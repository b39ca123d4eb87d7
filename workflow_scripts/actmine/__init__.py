"""Mines activation functions that generalise out of distribution.

`actmine.load(run)` reads a run's findings, `actmine.score(function)` tells what a function of
your own is worth: see `help("actmine.api")`.
"""

import sys

# `python -m actmine` looks into the working directory first: a user's random.py is not ours.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    sys.path[:] = [place for place in sys.path if place not in ("", sys.path[0])]

TYPE_CHECKING = False
if TYPE_CHECKING:  # by hand: a start would wait for `typing`, or read a user's
    from typing import Any

_OFFERED = ("Run", "load", "score")
_PUBLISHED = "activations"  # a room of its own


def __getattr__(name: str) -> "Any":
    """Imports what a user asks for, so that no stage pays for it, or hangs on its code."""
    from importlib import import_module

    if name in _OFFERED:
        return getattr(import_module(".api", __name__), name)
    if name == _PUBLISHED:
        return import_module(".activations", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_OFFERED, _PUBLISHED]
