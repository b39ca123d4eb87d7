"""Fills the pages' templates: escaping, numbers as text, and the one script that may run."""

import base64
import hashlib
import json
from math import exp, isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from actmine.number_text import counted, fixed, loss, signed, significant
from actmine.report.spots import THUMBNAIL
from actmine.shown_text import visible

FOLDER = Path(__file__).parent


def fill(template: str, **values: Any) -> str:
    """A page of ours from its template, with the script it may run and no other."""
    script = (FOLDER / "page.js.j2").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        environment()
        .get_template(template)
        .render(script=Markup(script), script_hash=digest, thumbnail=THUMBNAIL, **values)
    )


def environment() -> Environment:
    """Where templates are found, and how values become text."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {"fixed": fixed, "signed": signed, "loss": loss, "ratio": ratio}
    made.filters |= {"cell": cell, "significant": significant, "compact": compact, "hue": hue}
    made.filters |= {"data_uri": data_uri, "counted": counted}
    return made


def _shown(value: Any) -> Any:
    """Plain text with its invisible characters spelled out; markup is ours and stays."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def compact(value: Any) -> Markup:
    """JSON that may stand in a script element or an attribute in double or single quotes."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    for sign in "<>&'":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def ratio(gain: float) -> str:
    """A champion's loss over another's, of the log of the other's over its own."""
    return loss(exp(-gain))


def data_uri(content: bytes) -> str:
    """A file as an address that holds it: it goes where the page goes."""
    return f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"


def cell(value: Any) -> str:
    """A cell as text: numbers with three significant digits, nothing for what is missing."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value)


def hue(value: float) -> str:
    """A cell's colour: how far it lies from ReLU, and on which side; for color-mix."""
    share = min(abs(value), 1.0) * 42
    side = "blue" if value > 0 else "vermilion"
    return f"color-mix(in srgb, var(--{side}) {share:.0f}%, var(--paper))"
