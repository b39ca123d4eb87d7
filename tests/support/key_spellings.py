"""The ways in which a server, a proxy or a library may repeat a key."""

import base64
import json
import quopri
import re
from collections.abc import Callable
from html import escape
from urllib.parse import quote

_Spell = Callable[[str], str]


def _joined(written: str, key: str, *, between: str = "") -> str:
    """Every character written in one way."""
    return between.join(written.format(code=ord(letter), letter=letter) for letter in key)


def _basic(user: str) -> _Spell:
    """As the password of a user whose name's length moves it in its block."""
    return lambda key: base64.b64encode(f"{user}:{key}".encode()).decode()


WAYS: dict[str, _Spell] = {
    "plain": lambda key: key,
    "a header": lambda key: f"Bearer {key}",
    "repr": lambda key: repr(key + "\r\n"),
    "repr of bytes": lambda key: repr(f"Bearer {key}\n".encode()),
    "in URLs": lambda key: quote(key, safe=""),
    "percent": lambda key: _joined("%{code:02x}", key),
    "PERCENT": lambda key: _joined("%{code:02X}", key),
    "percent twice": lambda key: quote(_joined("%{code:02X}", key)),
    "JSON": lambda key: _joined("\\u{code:04x}", key),
    "JSON in capitals": lambda key: _joined("\\u{code:04X}", key),
    "JSON in JSON": lambda key: json.dumps(json.dumps(_joined("\\u{code:04x}", key))),
    "JSON of HTML's": lambda key: json.dumps(key).replace("-", "\\u002d").replace("/", "\\/"),
    "wide escapes": lambda key: _joined("\\U{code:08x}", key),
    "braced escapes": lambda key: _joined("\\u{{{code:x}}}", key),
    "escapes of bytes": lambda key: _joined("\\x{code:02x}", key),
    "octal": lambda key: _joined("\\{code:03o}", key),
    "HTML": lambda key: _joined("&#{code};", key),
    "HTML, hexadecimal": lambda key: _joined("&#x{code:X};", key),
    "HTML in HTML": lambda key: escape(_joined("&#{code};", key)),
    "mail": lambda key: quopri.encodestring(key.encode(), quotetabs=True).decode(),
    "mail, every letter": lambda key: _joined("={code:02X}", key),
    "codes": lambda key: str(list(key.encode())),
    "hexadecimal codes": lambda key: _joined("0x{code:02x}", key, between=", "),
    "hexadecimal": lambda key: key.encode().hex(),
    "HEXADECIMAL": lambda key: key.encode().hex().upper(),
    "hexadecimal by bytes": lambda key: key.encode().hex(":"),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 in URLs": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64, escaped": lambda key: quote(base64.b64encode(f"a{key}".encode()).decode()),
    "base64 in lines": lambda key: base64.encodebytes(f"{'.' * 50}{key}".encode()).decode(),
    "base64, moved by one": _basic("abc"),
    "base64, moved by two": _basic("a"),
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "base32, moved": lambda key: base64.b32encode(f"ab{key}".encode()).decode(),
    "backwards": lambda key: key[::-1],
    "capitals": lambda key: key.upper(),
    "in lines": lambda key: _joined("{letter}", key, between="\n"),
    "quoted in lines": lambda key: f"{key[:4]}\n> {key[4:]}",
    "escaped lines": lambda key: f"{key[:5]}\\n{key[5:]}",
    "lines in URLs": lambda key: f"{key[:5]}%0D%0A{key[5:]}",
    "an array of lines": lambda key: json.dumps([key[:5], key[5:]]),
    "spaced by zero width": lambda key: _joined("{letter}", key, between="\u200b"),
    "spaced by tags": lambda key: f"{key[:3]}<wbr>{key[3:]}",
}


def spellings(key: str) -> dict[str, str]:
    """A key in all ways, by the name of the way."""
    return {way: spell(key) for way, spell in WAYS.items()}


def letters(text: str) -> str:
    """What is left of a text that was broken into pieces: ASCII letters and digits, as one."""
    return re.sub("[^a-z0-9]+", "", text.lower())


def leaks(text: str, *keys: str) -> list[str]:
    """The ways in which a text tells one of the keys, or most of it."""
    flat = letters(text)
    told = []
    for key in keys:
        told += [way for way, spelled in spellings(key).items() if spelled.strip() in text]
        for whole in (letters(key), letters(key)[::-1], key.encode().hex()):
            if whole[3:] in flat or whole[:-3] in flat:
                told.append(f"most of {key}")
    return told
