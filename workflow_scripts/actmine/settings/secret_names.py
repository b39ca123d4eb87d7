"""Tells by its name what is a secret: a variable, or a parameter of a request."""

_MARKS = (
    *("KEY", "TOKEN", "SECRET", "PASSW", "PASSPHRASE", "_PASS", "CREDENTIAL"),
    *("BEARER", "AUTHORIZATION", "COOKIE"),
)


def is_secret_name(name: str) -> bool:
    """Whether what bears this name is a secret."""
    return bool(_marks(name))


def is_secret_parameter(name: str, value: object) -> bool:
    """The same of a parameter; a count of tokens, as in max_completion_tokens, is none."""
    return is_secret_name(name) and not (_marks(name) == ["TOKEN"] and _is_count(value))


def _marks(name: str) -> list[str]:
    folded = name.upper().replace("-", "_")
    return [mark for mark in _MARKS if mark in folded]


def _is_count(value: object) -> bool:
    """Whether all of a value is numbers, switches and nothing."""
    if isinstance(value, list | tuple):
        return all(map(_is_count, value))
    return value is None or isinstance(value, int | float)
