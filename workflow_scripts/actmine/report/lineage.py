"""Traces the finalists back to the seeds: who was made from whom, and what was changed."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from actmine.records.status import Status
from actmine.report.slots import Slots

NODES = 120  # functions drawn; the lines of the fittest finalists come first [ours]
_DIFF_LINES = 60  # of one difference


@dataclass(frozen=True, kw_only=True)
class Ancestor:
    """A function of the tree.

    Attributes:
        candidate_id: names it on the page too.
        parents: ids in the tree, the first the one that was edited.
        place: column (generation) and row in the drawing.
        difference: lines of the source against the first parent's, each with its sign.
        status: what became of it in its first slot.
        final: it is a finalist.
    """

    candidate_id: str
    name: str
    source: str
    generation: int
    parents: tuple[str, ...]
    place: tuple[int, int]
    status: Status
    fitness: float | None
    summary: str
    made: str
    difference: tuple[tuple[str, str], ...]
    final: bool


def ancestors(slots: Slots, finalists: Sequence[str]) -> tuple[Ancestor, ...]:
    """The finalists and all they descend from, the oldest first.

    Args:
        finalists: ids, the champion first; those that no slot holds are passed over.
    """
    first = slots.first()
    rows = {str(k): row for k, row in zip(first.index, first.to_dict("records"), strict=True)}
    chosen = _chosen(rows, [one for one in finalists if one in rows])
    places = _places(rows, chosen)
    made = (
        _ancestor(one, rows[one], rows, slots, chosen, places[one], final=one in finalists)
        for one in chosen
    )
    return tuple(sorted(made, key=lambda one: (one.generation, one.place[1])))


def _chosen(rows: Mapping[str, Mapping[Any, Any]], finalists: Sequence[str]) -> list[str]:
    """Ids by distance: whole lines of first parents, then the second parents' lines."""
    found: dict[str, None] = {}
    waiting = list(finalists)
    while waiting and len(found) < NODES:
        later: list[str] = []
        for start in waiting:
            one = start
            while one in rows and one not in found and len(found) < NODES:
                found[one] = None
                first, *others = [*_parents(rows[one]), ""]
                later += [other for other in others if other]
                one = first
        waiting = later
    return list(found)


def _parents(row: Mapping[Any, Any]) -> list[str]:
    return str(row["parents"]).split()


def _places(
    rows: Mapping[str, Mapping[Any, Any]], chosen: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """A column a generation; within it, near the parents and near the drawing's middle."""
    columns: dict[int, list[str]] = defaultdict(list)
    for one in chosen:
        columns[int(rows[one]["generation"])].append(one)
    tallest = max((len(ones) for ones in columns.values()), default=0)
    places: dict[str, tuple[int, int]] = {}
    for generation in sorted(columns):
        wished = {one: _wish(rows[one], places, tallest) for one in columns[generation]}
        order = sorted(columns[generation], key=lambda one: (wished[one], one))
        start = max(0, round(sum(wished.values()) / len(order) - (len(order) - 1) / 2))
        start = min(start, tallest - len(order))
        for row, one in enumerate(order, start=start):
            places[one] = (generation, row)
    return places


def _wish(row: Mapping[Any, Any], places: Mapping[str, tuple[int, int]], tallest: int) -> float:
    above = [places[one][1] for one in _parents(row) if one in places]
    return sum(above) / len(above) if above else (tallest - 1) / 2


def _ancestor(
    one: str,
    row: Mapping[Any, Any],
    rows: Mapping[str, Mapping[Any, Any]],
    slots: Slots,
    chosen: Sequence[str],
    place: tuple[int, int],
    *,
    final: bool,
) -> Ancestor:
    parents = _parents(row)
    before = slots.sources.get(parents[0], "") if parents else ""
    source = slots.sources.get(one, "")
    return Ancestor(
        candidate_id=one,
        name=str(row["name"]),
        source=source,
        generation=int(row["generation"]),
        parents=tuple(parent for parent in parents if parent in chosen),
        place=place,
        status=Status(row["status"]),
        fitness=float(row["fitness"]) if pd.notna(row["fitness"]) else None,
        summary=str(row["summary"]),
        made=", ".join(filter(None, (str(row["mutator"]), str(row["operator"])))),
        difference=tuple(_difference(before, source)) if before else (),
        final=final,
    )


def _difference(before: str, after: str) -> Iterator[tuple[str, str]]:
    """(sign, line) of what changed: "-" gone, "+" new, " " the same."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    told = [(line[0], line[2:]) for line in lines if line[0] in "-+ "]
    yield from told[:_DIFF_LINES]
