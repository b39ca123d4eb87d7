"""Keeps keys out of everything that is written or printed, however a server spells them."""

import io
import re
import sys
from base64 import b32encode, b64encode
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote

from actmine.settings.secret_names import is_secret_name

MIN_CHARACTERS = 8  # a shorter value is no key, and would redact ordinary words [ours]
REDACTED = "[redacted]"

_ACCOUNT = re.compile(r"//([^/\s]+)@([^/\s@]*)")  # user:password, and the host
_PROXY_ACCOUNT = re.compile(r"^(?:\w+://)?(\S+)@([^/\s@]*)")
# Letters and digits, as they are, or as URLs, JSON, HTML and languages escape them.
_AS_IT_IS = re.compile(r"(?P<letter>[a-z0-9])", re.ASCII | re.IGNORECASE)
# A run of backslashes is tried from its start alone, or a long one would take minutes.
_SLASHES = r"(?<!\\)\\++"
_ESCAPED = re.compile(
    rf"(?:{_SLASHES}x|%(?:25)*|(?:{_SLASHES}|%)u(?:0000)?00|{_SLASHES}u\{{0*|&(?:amp;)*\#x0*)"
    r"(?P<hex>[0-9a-f]{2})[;}]?"
    r"|&(?:amp;)*\#0*(?P<decimal>\d{2,3});?"
    rf"|{_SLASHES}(?P<octal>[01][0-7]{{2}})"
    rf"|{_SLASHES}(?:[fnrtv]|u[0-9a-f]{{4}})"
    r"|&(?:amp;)*\#?\w+;|<[^<>]{0,80}>"  # between letters
    r"|(?P<letter>[a-z0-9])",
    re.ASCII | re.IGNORECASE,
)
# Apart from these, for keys too have signs and digits of this kind.
_LISTED = re.compile(r"(?:=|0x)(?P<hex>[0-9a-f]{2})|(?P<letter>[a-z0-9])", re.ASCII | re.I)
_BASE = {"hex": 16, "decimal": 10, "octal": 8}
_FEWEST = 6  # letters and digits of a secret that are looked for apart from its other signs
_TELLING = 12  # in a row, of a longer secret: they are a part of it, and no word [ours]


def secrets(environ: Mapping[str, str], *, keys: Iterable[str] = ()) -> tuple[str, ...]:
    """What variables hold that bear a secret's name, and the accounts in any other's URL.

    Args:
        keys: variables that hold keys, whatever they are called.

    A path of something that exists tells where a secret is, and is none.
    """
    values, known = set(), set(keys)
    for name, value in environ.items():
        if name in known or (is_secret_name(name) and not _is_place(value)):
            values.add(value.strip())
        # Some proxies' addresses have no scheme, or a slash in the password.
        accounts = _PROXY_ACCOUNT if "PROXY" in name.upper() else _ACCOUNT
        for account, host in accounts.findall(value):
            parts = (f"{account}@{host}", account, *account.split(":", 1))
            values |= {*parts, *map(unquote, parts)}
    return longest_first(value for value in values if len(value) >= MIN_CHARACTERS)


def _is_place(value: str) -> bool:
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except OSError:  # too long for a name
        return False


def strip_secrets(environ: MutableMapping[str, str]) -> None:
    """Takes line breaks and spaces from around secrets: a file or a shell has left them."""
    for name in filter(is_secret_name, list(environ)):
        environ[name] = environ[name].strip()


def longest_first(values: Iterable[str]) -> tuple[str, ...]:
    """In this order no secret is cut in half by another that is part of it."""
    return tuple(sorted({value for value in values if value}, key=lambda v: (-len(v), v)))


def redact(text: str, hidden: Iterable[str]) -> str:
    """The text without the secrets, whole or in part.

    Letters and digits alone are compared, so that neither escapes nor what breaks a line hides
    a secret; base64, base32, hex and codes are known too, and a secret written backwards.
    """
    return _redacted(text, longest_first(hidden))


@lru_cache(maxsize=64)  # a request is written three times, and most of it is the same in all
def _redacted(text: str, hidden: tuple[str, ...]) -> str:
    for secret in hidden:
        text = text.replace(secret, REDACTED)
    kept, end = [], 0
    for start, stop in sorted(chain.from_iterable(_told(text, hidden))):
        if start >= end:
            kept.append(text[end:start])
        end = max(end, stop)
    return REDACTED.join([*kept, text[end:]])


def _told(text: str, hidden: tuple[str, ...]) -> Iterator[list[tuple[int, int]]]:
    """Where the text tells a part of a secret, read in each way: starts and ends."""
    for reading in (_AS_IT_IS, _ESCAPED, _LISTED) if hidden else ():
        spans, letters = [], []
        for match in reading.finditer(text):
            if letter := _letter(match):
                spans.append(match.span())
                letters.append(letter)
        flat = "".join(letters).lower()
        for size, parts in _parts(hidden).items():
            yield [
                (spans[first][0], spans[first + size - 1][1])
                for first in range(len(flat) - size + 1)
                if flat[first : first + size] in parts
            ]


def _letter(match: re.Match[str]) -> str:
    """The letter or digit that is meant; nothing if it is another character."""
    kind = match.lastgroup
    if kind is None:
        return ""
    meant = match[kind] if kind == "letter" else chr(int(match[kind], _BASE[kind]))
    return meant if meant.isascii() and meant.isalnum() else ""


@lru_cache(maxsize=8)
def _parts(hidden: tuple[str, ...]) -> dict[int, set[str]]:
    """What gives a secret away, in letters and digits, by its length."""
    parts: dict[int, set[str]] = {}
    for secret in hidden:
        # One of few different characters, as 10000000, may stand in the letters of any text.
        plain = len(set(secret)) < MIN_CHARACTERS or secret.isdigit()
        for whole in _spellings(secret)[2 * plain :]:
            size = min(_TELLING, len(whole))
            starts = range(len(whole) - size + 1) if size >= _FEWEST else ()
            parts.setdefault(size, set()).update(whole[i : i + size] for i in starts)
    return parts


def _spellings(secret: str) -> list[str]:
    """The secret forwards, backwards and in every code: letters and digits alone."""
    data = secret.encode(errors="surrogateescape")
    codes = [secret, secret[::-1], data.hex(), "".join(map(str, data))]
    for encode, bits, block in ((b64encode, 6, 3), (b32encode, 5, 5)):
        for before in range(block):  # bytes of something else that stand in the same block
            code = encode(bytes(before) + data).decode()
            codes.append(code[-(-before * 8 // bits) : (before + len(data)) * 8 // bits])
    return ["".join(_AS_IT_IS.findall(code)).lower() for code in codes]


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


def redact_output(hidden: Iterable[str]) -> None:
    """From now on whatever this process prints, errors and warnings too, has no secrets."""
    known = longest_first(hidden)
    sys.stdout, sys.stderr = _Redacted(sys.stdout, known), _Redacted(sys.stderr, known)


class _Redacted(io.TextIOBase):
    """A stream that keeps what it is given until it is flushed: no secret comes in halves."""

    def __init__(self, stream: TextIO, hidden: tuple[str, ...]) -> None:
        self._stream = stream
        self._hidden = hidden
        self._held: list[str] = []

    def write(self, text: str) -> int:
        self._held.append(text)
        return len(text)

    def flush(self) -> None:
        text = "".join(self._held)
        self._held.clear()
        self._stream.write(redact(text, self._hidden))
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()
