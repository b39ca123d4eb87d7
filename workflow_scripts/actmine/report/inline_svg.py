"""Puts SVG drawings into an HTML page: inert, without network, in the page's own colours."""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from markupsafe import Markup

from actmine.shown_text import visible

# What matplotlib draws with. Everything else is dropped, scripts and styles among it.
ELEMENTS = frozenset(
    {"svg", "g", "defs", "path", "use", "clipPath", "rect", "circle", "text", "tspan", "image"}
)
HREFS = ("#", "data:image/png;base64,")


def inline(svg: str, *, alt: str, colours: Mapping[str, str] | None = None) -> Markup:
    """An SVG document as an element of a page.

    Only elements that draw are kept, without event handlers and without references outside
    the page; the pixel size goes, so that the drawing fills its column. Its ids begin with a
    hash of it: they are unique on the page.

    Args:
        svg: a whole document.
        alt: its text for those who cannot see it.
        colours: hexadecimal colour, lower case: what replaces it in styles.

    Raises:
        ValueError: it is not well-formed XML.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise ValueError(f"drawing {alt!r}: not an SVG document ({error})") from None
    prefix = "d" + hashlib.sha256(f"{alt}\n{svg}".encode()).hexdigest()[:8]
    kept = _kept(root, prefix=prefix, colours=colours or {})
    if kept is None or kept.tag != "svg":
        raise ValueError(f"drawing {alt!r}: not an SVG document but {root.tag}")
    for size in ("width", "height"):
        kept.attrib.pop(size, None)
    kept.attrib |= {"role": "img", "aria-label": visible(alt)}
    return Markup(ET.tostring(kept, encoding="unicode"))


def _kept(element: ET.Element, *, prefix: str, colours: Mapping[str, str]) -> ET.Element | None:
    # Without namespaces: HTML's parser knows what an svg element holds.
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if tag not in ELEMENTS:
        return None
    copy = ET.Element(tag)
    for qualified, value in sorted(element.attrib.items()):
        name = qualified.rpartition("}")[2]
        if tag == "g" and name == "id":
            continue  # names a part of the plot; nothing refers to it
        kept = _attribute(name, value, prefix=prefix)
        if kept is not None:
            copy.set(name, kept)
    style = copy.get("style", "")
    for colour, replacement in colours.items():
        style = style.replace(colour, replacement)
    if style:
        copy.set("style", style)
    copy.text, copy.tail = _text(element.text), _text(element.tail)
    for child in element:
        if (kept_child := _kept(child, prefix=prefix, colours=colours)) is not None:
            copy.append(kept_child)
    return copy


def _attribute(name: str, value: str, *, prefix: str) -> str | None:
    """The value to keep, its ids made unique on the page; none if it could act or fetch."""
    if name.startswith("on") or value.count("url(") != value.count("url(#"):
        return None
    if name == "href":
        if not value.startswith(HREFS):
            return None
        return f"#{prefix}-{value[1:]}" if value.startswith("#") else value
    return f"{prefix}-{value}" if name == "id" else value.replace("url(#", f"url(#{prefix}-")


def _text(text: str | None) -> str | None:
    """Text that is more than the line breaks between elements."""
    return text if text and text.strip() else None
