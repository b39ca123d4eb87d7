"""Typesets a function as MathML, which browsers draw without a script or a font of ours.

It is made from the LaTeX that the champion's folder holds, one equation at a time.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from latex2mathml.converter import convert
from markupsafe import Markup

from actmine.champion.latex_formula import formula


def typeset(source: str) -> Markup | None:
    """The function as MathML; none if no formula says it, and the page shows the code alone."""
    return mathml(formula(source).equations[:1])


def meanings(source: str) -> Markup | None:
    """What the named functions in it stand for, one row each; none if it names none."""
    return mathml(formula(source).equations[1:])


def mathml(equations: Iterable[tuple[str, str]]) -> Markup | None:
    """Equations in LaTeX, left and right sides, as a table; none if there are none."""
    math = ET.Element("math", {"display": "block"})
    table = ET.SubElement(math, "mtable", {"class": "equations", "displaystyle": "true"})
    for left, right in equations:
        row = ET.SubElement(table, "mtr")
        for side in (left, "=", right):
            cell = ET.SubElement(row, "mtd")
            cell.extend(ET.fromstring(convert(side, xmlns="")))
            _set_names(cell)
    return Markup(ET.tostring(math, encoding="unicode")) if len(table) else None


def _set_names(cell: ET.Element) -> None:
    """Sets the names of functions apart from what stands before them, as TeX does."""
    for token in cell.iter():
        text = token.text or ""
        if token.tag in ("mi", "mo") and text.isalpha() and len(text) > 1 and text != "mod":
            token.tag = "mo"
            token.attrib |= {"form": "prefix", "lspace": "0.17em", "rspace": "0"}
