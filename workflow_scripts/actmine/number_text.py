"""Numbers as a reader sees them on pages, cards and terminals: one spelling everywhere."""

from math import isfinite

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fixed(value: float | None, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign; a dash if there is none."""
    if value is None or not isfinite(value):
        return DASH
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """The same with a plus sign too: a fitness is better or worse than ReLU's."""
    text = fixed(value, digits)
    return f"+{text}" if text[0].isdigit() and float(text) != 0 else text


def significant(value: float) -> str:
    """A positive number with three significant digits, zeros among them."""
    return f"{value:#.3g}".rstrip(".") if value < 1000 else f"{value:.0f}"


def loss(value: float | None) -> str:
    """A loss with three significant digits, whatever its size; a dash if there is none."""
    if value is None or not isfinite(value):
        return DASH
    if value == 0 or 0.001 <= value < 10_000:
        return significant(value) if value else "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 reply", "2 replies".

    Args:
        many: the plural, where it is not `one` with an s.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """A length of time as a person says it."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
