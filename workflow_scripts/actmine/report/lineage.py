"""Draws the lineage of the finalists: a column a generation, a curve a function."""

import difflib
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from actmine.champion.visible import visible
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
    chosen = _chosen(known, [one for one in finalists if one in known])
    places = _places(chosen)
    rows = slots.first().loc[list(chosen)].to_dict("records")
    drawn = (
        Node(
            ancestor=one,
            parents=tuple(parent for parent in one.parents if parent in chosen),
            place=places[one.candidate_id],
            status=Status(row["status"]),
            fitness=float(row["fitness"]) if pd.notna(row["fitness"]) else None,
            difference=tuple(_difference(slots.sources.get(one.parents[0], ""), one.source))
            if one.parents
            else (),
            final=one.candidate_id in finalists,
        )
        for one, row in zip(chosen.values(), rows, strict=True)
    )
    return tuple(sorted(drawn, key=lambda node: node.place))


def _chosen(known: Mapping[str, Ancestor], finalists: Sequence[str]) -> dict[str, Ancestor]:
    """By distance: whole lines of first parents, then the second parents' lines."""
    found: dict[str, Ancestor] = {}
    starts = list(finalists)
    while starts and len(found) < NODES:
        others: list[str] = []
        for start in starts:
            for one in first_line(start, known):
                if one.candidate_id in found or len(found) == NODES:
                    break
                found[one.candidate_id] = one
                others += one.parents[1:]
        starts = others
    return found


def _places(chosen: Mapping[str, Ancestor]) -> dict[str, tuple[int, int]]:
    """A column a generation; within it, near the parents and near the drawing's middle."""
    columns: dict[int, list[Ancestor]] = defaultdict(list)
    for one in chosen.values():
        columns[one.generation or 0].append(one)
    tallest = max(map(len, columns.values()), default=0)
    places: dict[str, tuple[int, int]] = {}
    for generation, ones in sorted(columns.items()):
        wish = {}
        for one in ones:
            rows = [places[parent][1] for parent in one.parents if parent in places]
            wish[one.candidate_id] = sum(rows) / len(rows) if rows else (tallest - 1) / 2
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


def draw_lineage(drawn: Sequence[Node], slots: Slots, *, champion_id: str) -> Markup | None:
    """The tree as SVG whose nodes link to the functions' own entries; none if it is empty."""
    if not drawn:
        return None
    columns = {place: n for n, place in enumerate(sorted({one.place[0] for one in drawn}))}
    corners = {
        one.ancestor.candidate_id: (
            _EDGE + STEP[0] * columns[one.place[0]],
            _HEAD + _EDGE + STEP[1] * one.place[1],
        )
        for one in drawn
    }
    width = 2 * _EDGE + STEP[0] * (len(columns) - 1) + BOX[0]
    height = _HEAD + 2 * _EDGE + STEP[1] * max(one.place[1] for one in drawn) + BOX[1]
    svg = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {width} {height}",
            "style": f"width:{width}px",
            "role": "group",
            "aria-label": f"Lineage of the finalists: {len(drawn)} functions",
        },
    )
    for generation, n in columns.items():
        x = _EDGE + STEP[0] * n
        _add(svg, "text", {"class": "generation"}, x=x, y=16).text = f"gen {generation}"
    for one in drawn:
        for rank, parent in enumerate(one.parents):
            _draw_edge(svg, one, rank, corners[parent], corners[one.ancestor.candidate_id])
    for one in drawn:
        corner = corners[one.ancestor.candidate_id]
        _draw_node(svg, one, corner, slots, champion_id=champion_id)
    return Markup(ET.tostring(svg, encoding="unicode"))


def _draw_edge(
    svg: ET.Element, one: Node, rank: int, parent: tuple[int, int], child: tuple[int, int]
) -> None:
    start, end = (
        (parent[0] + BOX[0], parent[1] + BOX[1] // 2),
        (child[0], child[1] + BOX[1] // 2),
    )
    bend = max(18, (end[0] - start[0]) // 2)
    curve = (
        f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} "
        f"{end[0] - bend} {end[1]} {end[0]} {end[1]}"
    )
    names = f"{one.ancestor.candidate_id} {one.parents[rank]}"
    kind = "edge second" if rank else "edge"
    _add(svg, "path", {"class": kind, "data-of": names}, d=curve)


def _draw_node(
    svg: ET.Element, one: Node, corner: tuple[int, int], slots: Slots, *, champion_id: str
) -> None:
    name, (x, y) = one.ancestor.candidate_id, corner
    kind = "node" + " final" * one.final + " champion" * (name == champion_id)
    label = f"{one.ancestor.name}, generation {one.ancestor.generation}, {one.outcome}"
    attributes = {"class": kind, "data-id": name, "aria-label": visible(label)}
    link = _add(svg, "a", attributes, href=f"#n-{name}")
    _add(link, "rect", x=x, y=y, width=BOX[0], height=BOX[1], rx=6)
    if name in slots.prints:
        # The curve stands above the number.
        curve = path(*outline(slots.prints[name]), (THUMBNAIL[0], BOX[1] - 30))
        _add(link, "path", {"class": "shape"}, d=curve, transform=f"translate({x + 8} {y + 6})")
    scored = one.status is Status.SCORED
    text = _add(link, "text", {} if scored else {"class": "status"}, x=x + 8, y=y + BOX[1] - 7)
    text.text = one.outcome
    if not scored:
        fill = f"fill:{STATUSES[one.status].property}"
        _add(link, "circle", cx=x + 11, cy=y + 11, r=4, style=fill)


def _add(
    parent: ET.Element, tag: str, attributes: Mapping[str, str] | None = None, **more: Any
) -> ET.Element:
    return ET.SubElement(
        parent, tag, {**(attributes or {}), **{key: str(value) for key, value in more.items()}}
    )
