"""A place in the search."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Slot:
    """A place in the search that one candidate fills; `index` counts within the island."""

    generation: int
    island: int
    index: int
