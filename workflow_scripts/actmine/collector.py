"""Has Python look for garbage less often, while records are read or a fit runs.

Records hold no cycles, and to look through them again and again takes a tenth of the time of
whoever reads a whole search. A child that trains has ended before much of it has come together.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 100_000  # more than were freed, before the youngest are looked through [ours]


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Until it is left; cycles are still found, some megabytes later."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
