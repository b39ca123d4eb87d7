"""Makes text of candidates and models short and harmless inside a prompt, and numbers stable.

Such text is data: it may not end the block it stands in, nor start a line of the prompt.
"""

import re
from math import isfinite

from actmine.shown_text import one_line, visible

NAME_LIMIT = 60  # characters, as mutation/reply.py keeps them [ours]
LEAST_FENCE = 3


def plain_name(name: str) -> str:
    """A function's name for a heading; `unnamed` if nothing is left of it."""
    return one_line(name, NAME_LIMIT).replace("`", "'") or "unnamed"


def shortened(text: str, limit: int, head_share: float = 0.6) -> str:
    """The text, or its first and last lines around a marked ellipsis.

    Args:
        limit: characters that are kept; the mark comes on top.
        head_share: the part of them that is taken from the start.
    """
    text = visible(text)
    if len(text) <= limit:
        return text
    place = round(limit * head_share)
    head, tail = text[:place], text[len(text) - (limit - place) :]
    # Whole lines, unless that would lose more than half of a part.
    line_end, line_start = head.rfind("\n") + 1, tail.find("\n") + 1
    head = head[:line_end] if line_end > len(head) // 2 else head
    tail = tail[line_start:] if line_start < len(tail) // 2 else tail
    left_out = len(text) - len(head) - len(tail)
    return f"{head.rstrip()}\n# […] {left_out} characters left out\n{tail}"


def fenced(text: str, language: str = "python") -> str:
    """A code block whose fence is longer than any run of backticks inside it."""
    text = visible(text).strip("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(LEAST_FENCE, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def figure(value: float) -> str:
    """A number with three significant digits, the same on every platform.

    Raises:
        ValueError: it is not finite.
    """
    if not isfinite(value):
        raise ValueError(f"a prompt shows finite numbers, not {value}")
    scientific = f"{value:.2e}"  # rounds first: 999.7 is 1000 and not 1e+03
    exponent = int(scientific.split("e")[1])
    if float(scientific) == 0:
        return "0"
    if not -4 <= exponent < 6:
        return scientific
    return f"{float(scientific):.{max(0, 2 - exponent)}f}"


def whole(value: float) -> str:
    """A setting or an exact count: without a trailing `.0`, otherwise as `figure` shows it."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else figure(value)
