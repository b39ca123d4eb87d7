"""Spells out the characters of a name that would not show, or show as something else."""

import unicodedata


def visible(text: str, *, kept: str = "\n\t") -> str:
    """The text with control, format and surrogate characters spelled out.

    A name with a right-to-left override reads as another name, and a lone surrogate
    cannot be written as UTF-8.

    Args:
        kept: what stays all the same; line breaks and tabs.
    """
    text = text.replace("\r\n", "\n")
    return "".join(
        f"[U+{ord(character):04X}]"
        if character not in kept and unicodedata.category(character)[0] == "C"
        else character
        for character in text
    )
