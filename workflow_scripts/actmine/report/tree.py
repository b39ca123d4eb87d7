"""Draws the lineage: a column a generation, a curve a function, a line to each parent."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from markupsafe import Markup

from actmine.champion.visible import visible
from actmine.number_text import signed
from actmine.records.status import Status
from actmine.report.lineage import Ancestor
from actmine.report.slots import Slots, outline
from actmine.report.spots import THUMBNAIL, path
from actmine.report.statuses import STATUSES

# Units of the drawing, which are pixels on the page.
STEP = (116, 84)  # from column to column and from row to row
BOX = (88, 66)
_EDGE = 12
_HEAD = 22  # room above for the generations' numbers


def tree(ancestors: Sequence[Ancestor], slots: Slots, *, champion_id: str) -> Markup | None:
    """The tree as SVG whose nodes link to the functions' own entries; none if it is empty."""
    if not ancestors:
        return None
    columns = sorted({one.place[0] for one in ancestors})
    column = {generation: n for n, generation in enumerate(columns)}
    corners = {
        one.candidate_id: (
            _EDGE + STEP[0] * column[one.place[0]],
            _HEAD + _EDGE + STEP[1] * one.place[1],
        )
        for one in ancestors
    }
    width = 2 * _EDGE + STEP[0] * (len(columns) - 1) + BOX[0]
    height = _HEAD + 2 * _EDGE + STEP[1] * max(one.place[1] for one in ancestors) + BOX[1]
    svg = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {width} {height}",
            "style": f"width:{width}px",
            "role": "group",
            "aria-label": f"Lineage of the finalists: {len(ancestors)} functions",
        },
    )
    for generation, n in column.items():
        head = ET.SubElement(svg, "text", {"x": str(_EDGE + STEP[0] * n), "y": "16"})
        head.set("class", "generation")
        head.text = f"gen {generation}"
    _draw_edges(svg, ancestors, corners)
    for one in ancestors:
        _draw_node(svg, one, corners[one.candidate_id], slots, champion_id=champion_id)
    return Markup(ET.tostring(svg, encoding="unicode"))


def _draw_edges(
    svg: ET.Element, ancestors: Sequence[Ancestor], corners: dict[str, tuple[int, int]]
) -> None:
    for one in ancestors:
        x, y = corners[one.candidate_id]
        for rank, parent in enumerate(one.parents):
            px, py = corners[parent]
            start, end = (px + BOX[0], py + BOX[1] // 2), (x, y + BOX[1] // 2)
            bend = max(18, (end[0] - start[0]) // 2)
            curve = (
                f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} "
                f"{end[0] - bend} {end[1]} {end[0]} {end[1]}"
            )
            kind = "edge" if rank == 0 else "edge second"
            ET.SubElement(
                svg,
                "path",
                {"d": curve, "class": kind, "data-of": f"{one.candidate_id} {parent}"},
            )


def _draw_node(
    svg: ET.Element,
    one: Ancestor,
    corner: tuple[int, int],
    slots: Slots,
    *,
    champion_id: str,
) -> None:
    told = STATUSES[one.status].word if one.fitness is None else signed(one.fitness, 3)
    kind = "node" + (" final" if one.final else "")
    kind += " champion" if one.candidate_id == champion_id else ""
    link = ET.SubElement(svg, "a", {"href": f"#n-{one.candidate_id}", "class": kind})
    link.set("data-id", one.candidate_id)
    link.set("aria-label", visible(f"{one.name}, generation {one.generation}, {told}"))
    place = {"x": str(corner[0]), "y": str(corner[1])}
    size = {"width": str(BOX[0]), "height": str(BOX[1]), "rx": "6"}
    ET.SubElement(link, "rect", place | size)
    if one.candidate_id in slots.prints:
        drawn = ET.SubElement(
            link, "path", {"d": path(*outline(slots.prints[one.candidate_id]), _inner())}
        )
        drawn.set("class", "shape")
        drawn.set("transform", f"translate({corner[0] + 8} {corner[1] + 6})")
    text = ET.SubElement(
        link, "text", {"x": str(corner[0] + 8), "y": str(corner[1] + BOX[1] - 7)}
    )
    text.text = told
    if one.status is not Status.SCORED:
        text.set("class", "status")
        dot = {"cx": str(corner[0] + 11), "cy": str(corner[1] + 11), "r": "4"}
        ET.SubElement(link, "circle", dot | {"style": f"fill:{STATUSES[one.status].property}"})


def _inner() -> tuple[int, int]:
    """The curve's part of a box: above its number."""
    return THUMBNAIL[0], BOX[1] - 30
