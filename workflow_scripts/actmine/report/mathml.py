"""Typesets a function as MathML, which browsers draw without a script or a font of ours.

It is made from LaTeX as the champion's folder holds it, one equation at a time.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from latex2mathml.converter import convert
from markupsafe import Markup

from actmine.champion.latex_formula import formula

LONGEST = 34  # letters of a line, which the narrowest place of a formula has room for


def typeset(source: str) -> Markup | None:
    """The function as MathML; none if no formula says it, and the page shows the code alone."""
    return mathml(formula(source).equations[:1])


def mathml(equations: Iterable[tuple[str, str]]) -> Markup | None:
    """Equations in LaTeX, left and right sides, as a table; none if there are none."""
    math = ET.Element("math", {"display": "block"})
    table = ET.SubElement(math, "mtable", {"class": "equations", "displaystyle": "true"})
    for left, right in equations:
        first, *others = _lines(_converted(right))
        _add_row(table, _converted(left), _converted("="), first)
        for line in others:
            _add_row(table, ET.Element("mrow"), ET.Element("mrow"), line)
    return Markup(ET.tostring(math, encoding="unicode")) if len(table) else None


def _converted(latex: str) -> ET.Element:
    (row,) = ET.fromstring(convert(latex, xmlns=""))
    _set_names(row)
    return row


def _add_row(table: ET.Element, *cells: ET.Element) -> None:
    row = ET.SubElement(table, "mtr")
    for cell in cells:
        ET.SubElement(row, "mtd").append(cell)


def _lines(row: ET.Element) -> list[ET.Element]:
    """A sum in lines of some length, each after the first with its sign ahead.

    No browser breaks a formula, and a long one would be cut off.
    """
    lines = [ET.Element("mrow")]
    for term in _terms(row):
        so_far = sum(map(_width, lines[-1]))
        if so_far and so_far + sum(map(_width, term)) > LONGEST:
            lines.append(ET.Element("mrow"))
        lines[-1].extend(term)
    return lines


def _terms(row: ET.Element) -> Iterator[list[ET.Element]]:
    """What is added up, each with the sign before it."""
    term: list[ET.Element] = []
    for part in row:
        if part.tag == "mo" and part.text in ("+", "\u2212") and term:
            yield term
            term = []
        term.append(part)
    yield term


def _width(part: ET.Element) -> int:
    return len("".join(part.itertext()))


def _set_names(cell: ET.Element) -> None:
    """Sets the names of functions apart from what stands before them, as TeX does."""
    for token in cell.iter():
        text = token.text or ""
        if token.tag in ("mi", "mo") and text.isalpha() and len(text) > 1 and text != "mod":
            token.tag = "mo"
            token.attrib |= {"form": "prefix", "lspace": "0.17em", "rspace": "0"}
