"""Keeps keys out of everything that is written or printed."""

import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

_MARKS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
MIN_CHARACTERS = 8  # a shorter value is no key, and would redact ordinary words [ours]
REDACTED = "[redacted]"


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables that by their name hold a secret."""
    values = {
        value.strip()
        for name, value in environ.items()
        if any(mark in name.upper() for mark in _MARKS)
    }
    return longest_first(value for value in values if len(value) >= MIN_CHARACTERS)


def longest_first(values: Iterable[str]) -> tuple[str, ...]:
    """In this order no secret is cut in half by another that is part of it."""
    return tuple(sorted({value for value in values if value}, key=lambda v: (-len(v), v)))


def redact(text: str, hidden: Iterable[str]) -> str:
    """The text without any of the secrets."""
    for secret in longest_first(hidden):
        text = text.replace(secret, REDACTED)
    return text


def redact_json(value: Any, hidden: Iterable[str]) -> Any:
    """The same for every text in a JSON value, names included.

    Lone surrogates, which JSON can carry and UTF-8 cannot, become question marks.
    """
    known = longest_first(hidden)
    if isinstance(value, str):
        return redact(value.encode(errors="replace").decode(), known)
    if isinstance(value, Mapping):
        return {redact_json(str(k), known): redact_json(v, known) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact_json(item, known) for item in value]
    return value


def redact_tracebacks(hidden: Iterable[str]) -> None:
    """From now on an uncaught error of any thread is printed without the secrets."""
    known = longest_first(hidden)

    def show(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        lines = traceback.format_exception(kind, error, trace)
        sys.stderr.write(redact("".join(lines), known))

    def show_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            show(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = show
    threading.excepthook = show_thread
