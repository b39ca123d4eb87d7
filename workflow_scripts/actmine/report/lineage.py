"""Lays out the lineage of the finalists: a column a generation, a curve a function."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from actmine.evolution.ancestry import Ancestor, first_line
from actmine.number_text import signed
from actmine.records.status import Status
from actmine.report.slots import Slots, outline
from actmine.report.spots import THUMBNAIL, path
from actmine.report.statuses import STATUSES

NODES = 120  # functions drawn; the lines of the fittest finalists come first [ours]
_DIFF_LINES = 60  # of one difference
# Units of the drawing, which are pixels on the page.
STEP = (116, 84)  # from column to column and from row to row
BOX = (88, 66)
_EDGE = 12
_HEAD = 22  # room above for the generations' numbers


@dataclass(frozen=True, kw_only=True)
class Node:
    """A function of the drawing.

    Attributes:
        parents: ids of those that are drawn too, the first the one that was edited.
        place: column (generation) and row.
        status, fitness: what became of it in its first slot.
        difference: lines of the source against the first parent's, each with its sign.
        final: it is a finalist.
    """

    ancestor: Ancestor
    parents: tuple[str, ...]
    place: tuple[int, int]
    status: Status
    fitness: float | None
    difference: tuple[tuple[str, str], ...]
    final: bool

    @property
    def outcome(self) -> str:
        """Its fitness, or what became of it instead."""
        return STATUSES[self.status].word if self.fitness is None else signed(self.fitness, 3)


def nodes(slots: Slots, finalists: Sequence[str]) -> tuple[Node, ...]:
    """The finalists and all they descend from, the oldest first.

    Args:
        finalists: ids, the champion first; those that no slot holds are passed over.
    """
    known = slots.ancestors()
    chosen = _chosen(known, [finalist for finalist in finalists if finalist in known])
    places = _places(chosen)
    rows = slots.first().loc[list(chosen)].to_dict("records")
    drawn = (
        Node(
            ancestor=ancestor,
            parents=tuple(parent for parent in ancestor.parents if parent in chosen),
            place=places[ancestor.candidate_id],
            status=Status(row["status"]),
            fitness=float(row["fitness"]) if pd.notna(row["fitness"]) else None,
            difference=tuple(
                _difference(slots.sources.get(ancestor.parents[0], ""), ancestor.source)
            )
            if ancestor.parents
            else (),
            final=ancestor.candidate_id in finalists,
        )
        for ancestor, row in zip(chosen.values(), rows, strict=True)
    )
    return tuple(sorted(drawn, key=lambda node: node.place))


def _chosen(known: Mapping[str, Ancestor], finalists: Sequence[str]) -> dict[str, Ancestor]:
    """By distance: whole lines of first parents, then the second parents' lines."""
    chosen: dict[str, Ancestor] = {}
    starts = list(finalists)
    while starts and len(chosen) < NODES:
        others: list[str] = []
        for start in starts:
            for ancestor in first_line(start, known):
                if ancestor.candidate_id in chosen or len(chosen) == NODES:
                    break
                chosen[ancestor.candidate_id] = ancestor
                others += ancestor.parents[1:]
        starts = others
    return chosen


def _places(chosen: Mapping[str, Ancestor]) -> dict[str, tuple[int, int]]:
    """A column a generation; within it, near the parents and near the drawing's middle."""
    columns: dict[int, list[Ancestor]] = defaultdict(list)
    for ancestor in chosen.values():
        columns[ancestor.generation or 0].append(ancestor)
    tallest = max(map(len, columns.values()), default=0)
    places: dict[str, tuple[int, int]] = {}
    for generation, ancestors in sorted(columns.items()):
        wish = {}
        for ancestor in ancestors:
            rows = [places[parent][1] for parent in ancestor.parents if parent in places]
            wish[ancestor.candidate_id] = sum(rows) / len(rows) if rows else (tallest - 1) / 2
        order = sorted(wish, key=lambda name: (wish[name], name))
        start = max(0, round(sum(wish.values()) / len(order) - (len(order) - 1) / 2))
        start = min(start, tallest - len(order))
        places |= {name: (generation, row) for row, name in enumerate(order, start=start)}
    return places


def _difference(before: str, after: str) -> Iterator[tuple[str, str]]:
    """(sign, line) of what changed: "-" gone, "+" new, " " the same; none without a before."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines()) if before else ()
    signs = [(line[0], line[2:]) for line in lines if line[0] in "-+ "]
    yield from signs[:_DIFF_LINES]


def corners(drawn: Sequence[Node]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each function's box, by candidate id."""
    columns = sorted({node.place[0] for node in drawn})
    return {
        node.ancestor.candidate_id: (
            _EDGE + STEP[0] * columns.index(node.place[0]),
            _HEAD + _EDGE + STEP[1] * node.place[1],
        )
        for node in drawn
    }


def tree(drawn: Sequence[Node], slots: Slots) -> dict[str, Any] | None:
    """What the template draws the tree of: places and curves by candidate id; none if empty."""
    if not drawn:
        return None
    places = corners(drawn)
    return {
        "corners": places,
        "box": BOX,
        "width": max(x for x, _ in places.values()) + BOX[0] + _EDGE,
        "height": max(y for _, y in places.values()) + BOX[1] + _EDGE,
        "columns": {node.place[0]: places[node.ancestor.candidate_id][0] for node in drawn},
        # A curve stands above the number.
        "curves": {
            name: path(*outline(slots.prints[name]), (THUMBNAIL[0], BOX[1] - 30))
            for name in places
            if name in slots.prints
        },
    }
