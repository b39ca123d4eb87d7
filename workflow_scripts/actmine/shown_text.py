"""Names and texts of candidates and models as a reader sees them: nothing hidden, one spelling.

They are data of strangers. A right-to-left override shows a name that is not there, a line
separator starts a line of its own, and a lone surrogate cannot be written as UTF-8.
"""

import unicodedata
from collections.abc import Sequence

_LINES = frozenset({"Zl", "Zp"})  # Unicode's line and paragraph separators
# Letters, marks and signs that no font draws: they make two names look alike, and a row of
# variation selectors carries a text that only a model reads. Unicode's Default_Ignorable.
_EMPTY = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip


def visible(text: str, *, kept: str = "\n\t") -> str:
    """The text with every character spelled out that has no glyph.

    Line ends become line feeds.

    Args:
        kept: what stays all the same; line feeds and tabs.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        f"[U+{ord(character):04X}]"
        if character not in kept and _hidden(character)
        else character
        for character in text
    )


def _hidden(character: str) -> bool:
    """Whether it controls or formats text, draws nothing, or is half a character or none."""
    category = unicodedata.category(character)
    return category.startswith("C") or category in _LINES or character in _EMPTY


def one_line(text: str, limit: int) -> str:
    """The text without line breaks, of at most `limit` characters, an ellipsis among them."""
    text = " ".join(visible(text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def table_cell(text: str) -> str:
    """A name in a cell of a Markdown table: one line, and no bar that would end the cell."""
    return " ".join(visible(text).split()).replace("|", "\\|")


def drawn_name(name: str, limit: int = 24) -> str:
    """A name beside an axis or in a legend of matplotlib, which leaves out one like `_name`."""
    name = one_line(name, limit) or "(no name)"
    return f"\N{HAIR SPACE}{name}" if name.startswith("_") else name


def joined(parts: Sequence[str]) -> str:
    """One or more parts of a sentence, as they are read out."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
