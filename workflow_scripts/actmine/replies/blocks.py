"""Finds the pieces of a reply that may be code: fenced, wrapped in JSON, or loose."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from actmine.replies.syntax import FORM, ReplyError, parse, plain_lines

MAX_CHARACTERS = 256 * 1024  # of a reply; the client keeps no more [ours]
MAX_BLOCKS = 64  # fences of one reply [ours]
MAX_STARTS = 100  # places where loose code may begin; bounds the time for any text [ours]
MAX_SPAN = 6  # paragraphs of one loose statement [ours]

_THOUGHTS = r"(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad)"
_OPENED = re.compile(rf"<\|?{_THOUGHTS}\|?>", re.IGNORECASE)
_CLOSED = re.compile(rf"</\|?{_THOUGHTS}\|?>", re.IGNORECASE)
_FINAL = re.compile(r"<\|channel\|>final[^\n]{0,40}?<\|message\|>")
_FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})([^`]*)$")
_TRIPLE = re.compile(r"\"\"\"|'''")
# A fence in the middle of a line: `Here it is: ```python`, or code with ``` behind it.
_OPENS_LATE = re.compile(r"(?<=[^\s`>])[ \t]*(```+(?:python3?|py|Python)\b)")
_CLOSES_LATE = re.compile(r"(?<=[^\s`~>])[ \t]*(```+)[ \t]*$", re.MULTILINE)
_ON_THE_FENCE = re.compile(
    r"^([ \t]*```+(?:python3?|py)?)[ \t]+(?=(?:def|import|from|class) )", re.MULTILINE
)
_STARTS = re.compile(
    r"def |class |import |from \S+ import |@\w|[A-Za-z_]\w*\s*(?::[^=]+)?=[^=]"
)
_INSIDE = re.compile(r"[ \t)\]}]|\"\"\"|'''|#|$")
_RETURNS = re.compile(r"[ \t>]+return\b")  # and stands in no function that was read
_BEGUN = re.compile(r"^(?:async )?(?:def|class) +(\w+)(?=[ (:])", re.MULTILINE)


def without_thoughts(text: str) -> str:
    """The reply proper: what a reasoning model says after it has thought.

    Raises:
        ReplyError: the reply is too long, or ends before the thoughts do.
    """
    if len(text) > MAX_CHARACTERS:
        raise ReplyError(f"the reply has {len(text)} characters; {FORM} and say little else")
    text = plain_lines(text)
    final = list(_FINAL.finditer(text))
    if final:
        return text[final[-1].end() :]
    closed = list(_CLOSED.finditer(text))
    spoken = text[closed[-1].end() :] if closed else text
    opened = _OPENED.search(spoken)
    if opened is None:
        return spoken
    before = spoken[: opened.start()]
    if "def " in before or "lambda" in before:
        return before
    raise ReplyError(f"the reply ends within its thoughts; think less, and {FORM}")


def fenced(text: str, *, nested: bool = True) -> list[str]:
    """The fenced pieces in order; a fence left open reaches to the end of the text."""
    text = _ON_THE_FENCE.sub(r"\1\n", _OPENS_LATE.sub(r"\n\1", text))
    lines = _CLOSES_LATE.sub(r"\n\1", text).split("\n")
    found: list[str] = []
    at = 0
    while at < len(lines) and len(found) < MAX_BLOCKS:
        opened = _FENCE.match(lines[at])
        at += 1
        if opened is None:
            continue
        end = _end_of(lines, at, opened[2])
        piece = _inner(lines, at, end, quoted=">" in opened[1])
        inner = fenced(piece, nested=False) if nested and _holds_fence(piece) else []
        found.extend(inner if any(map(_may_define, inner)) else [piece])
        at = end + 1
    return found


def _may_define(piece: str) -> bool:
    return any(word in piece for word in ("def ", "lambda", "class "))


def _holds_fence(piece: str) -> bool:
    return any(_FENCE.match(line) for line in piece.split("\n"))


def _end_of(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fence: none within a docstring, if that docstring ends."""
    docstring = ""
    first = len(lines)
    for at in range(start, len(lines)):
        for mark in _TRIPLE.findall(lines[at]):
            docstring = "" if mark == docstring else docstring or mark
        closing = _FENCE.match(lines[at])
        if closing is None or closing[3].strip() or not closing[2].startswith(fence):
            continue
        if not docstring:
            return at
        first = min(first, at)
    return first


def _inner(lines: list[str], start: int, end: int, *, quoted: bool) -> str:
    piece = lines[start:end]
    if quoted:
        piece = [re.sub(r"^[ \t]*> ?", "", line) for line in piece]
    return "\n".join(piece)


def wrapped(text: str) -> dict[str, str]:
    """The texts of a JSON object in the reply by key, lists of lines joined; else nothing."""
    decoder = json.JSONDecoder(strict=False)  # models put real line ends into strings
    for place in list(re.finditer(r"\{\s*\"", text))[:3]:
        try:
            value, _ = decoder.raw_decode(text, place.start())
        except (ValueError, RecursionError):
            continue
        return dict(_texts(value))
    return {}


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        key, item = waiting.pop()
        if isinstance(item, str):
            yield key.lower(), plain_lines(item)
        elif isinstance(item, dict):
            waiting.extend(reversed([(str(k), v) for k, v in item.items()]))
        elif isinstance(item, list) and item and all(isinstance(one, str) for one in item):
            yield key.lower(), plain_lines("\n".join(item))
        elif isinstance(item, list):
            waiting.extend((key, one) for one in reversed(item))


def pieces(text: str, fields: Mapping[str, str]) -> list[str]:
    """The pieces of a reply that may be code, in order; none if all of it is loose."""
    found = fenced(text)
    inner = [value for value in fields.values() if _may_define(value)]
    if inner and not any("def " in one and not one.lstrip().startswith("{") for one in found):
        found = [one for value in inner for one in fenced(value) or [value]]
    return [one for one in found if one.strip()]


def tree_of(piece: str) -> ast.Module:
    """The program of a piece, without what is no code in it.

    Raises:
        ReplyError: it is no Python.
    """
    try:
        return parse(piece)
    except ReplyError as error:
        if not _BEGUN.search(piece):
            raise
        try:
            return loose(piece)
        except ReplyError:
            raise error from None


def prose(text: str) -> str:
    """A reply without its fenced code."""
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark is not None:
            fence = "" if fence and mark[2].startswith(fence) else fence or mark[2]
        elif not fence:
            kept.append(line)
    return "\n".join(kept)


def loose(text: str) -> ast.Module:
    """The statements that stand between prose, or before the place where a reply was cut.

    Raises:
        ReplyError: there is none, or a function that the text begins does not parse.
    """
    lines = text.split("\n")
    body: list[ast.stmt] = []
    failed: ReplyError | None = None
    starts = [at for at, line in enumerate(lines) if _STARTS.match(line)]
    end = 0
    unread: list[str] = []
    for at in starts[:MAX_STARTS]:
        if at < end:
            continue  # within what has been read
        unread += lines[end:at]
        try:
            tree, end = _statement(lines, at)
        except ReplyError as error:
            end = at
            if _BEGUN.match(lines[at]):
                failed = failed or error
        else:
            body.extend(tree.body)
    if any(_RETURNS.match(line) for line in [*unread, *lines[end:]]):
        raise failed or ReplyError(f"the code breaks off within a function; {FORM}")
    return _complete(text, body, failed)


def _statement(lines: list[str], start: int) -> tuple[ast.Module, int]:
    """The statements from a line on, as few paragraphs as parse, and the line behind them."""
    end = start + 1
    failed: ReplyError | None = None
    for _ in range(MAX_SPAN):
        end = _end_of_paragraph(lines, end)
        try:
            return parse("\n".join(lines[start:end])), end
        except ReplyError as error:
            failed = failed or error
        if end == len(lines):
            break
        end += 1
    assert failed is not None
    raise failed


def _end_of_paragraph(lines: list[str], at: int) -> int:
    decorated = lines[at - 1].startswith("@")
    while at < len(lines) and (decorated or _INSIDE.match(lines[at])):
        decorated = lines[at].startswith("@")
        at += 1
    return at


def _complete(text: str, body: list[ast.stmt], failed: ReplyError | None) -> ast.Module:
    """The statements, if no function was begun that is not among them."""
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    begun = {found[1] for found in _BEGUN.finditer(text)}
    if begun - defined:
        raise failed or ReplyError(f"the code is no valid Python 3.11; {FORM}")
    if not body:
        raise ReplyError(f"the reply holds no Python code; {FORM}")
    return ast.Module(body=body, type_ignores=[])
