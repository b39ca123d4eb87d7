"""Finds the pieces of a reply that may be code: fenced, in a field or a tag, or loose."""

import ast
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from actmine.replies.syntax import FORM, ReplyError, begins_code, is_python, parse, plain_lines

MAX_BLOCKS = 64  # fences or tags of one reply [ours]

_FENCE = re.compile(r"^([ \t>]*)(`{3,}+|~{3,}+)([^`]*)$")
_TRIPLE = re.compile(r"\"\"\"|'''")
_PYTHON = re.compile(r"^(?:python3?|py)\b", re.IGNORECASE)
# A fence in the middle of a line: `Here it is: ```python`, or code with ``` behind it.
_OPENS_LATE = re.compile(r"(?<=[^\s`>])[ \t]*(```+(?:python3?|py|Python)\b)")
_CLOSES_LATE = re.compile(r"(?<=[^\s`~>])[ \t]*(```+)[ \t]*$", re.MULTILINE)
_ON_THE_FENCE = re.compile(
    r"^([ \t]*```+(?:python3?|py)?)[ \t]+(?=(?:def|import|from|class) )", re.MULTILINE
)
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_LIST = rf"\[\s*+{_STRING}(?:\s*+,\s*+{_STRING})*+\s*+(?:,\s*+)?\]"
# A text of a JSON object, or a list of its lines: also where the object is cut behind it.
_JSON = re.compile(
    rf"(?<!\\)({_STRING})\s*+:\s*+({_STRING}|{_LIST})(?=\s*+(?:[,}}\]]|\Z))", re.DOTALL
)
_YAML = re.compile(
    r"^([ \t]*)(?:- )?(\w[\w -]{0,40}):[ \t]*\|[+-]?[ \t]*\n"
    r"((?:\1[ \t]+.*(?:\n|\Z)|[ \t]*\n)++)",
    re.MULTILINE,
)
_TAG = re.compile(r"<([A-Za-z][\w:-]{0,40})(?:\s[^<>\n]*)?>(?:\s*<!\[CDATA\[)?")
_TOLD = re.compile(
    r"rational|reason|explan|descri|thought|think|analys|note|motiv|name|formula", re.IGNORECASE
)
# The end of one may be the start of the next. Code is looked for in them by itself: both at
# once would take a time that grows with the square of a reply.
_INLINE = re.compile(r"(?<!`)`([^`\n]++)(?=`(?!`))")
_INLINE_CODE = re.compile(r".*?\breturn .|.*?\blambda \w+:|(?>.*?\bdef \w+\().*\):")
_STARTS = re.compile(r"def |class |import |from \S+ import |@\w")
_ASSIGNS = re.compile(r"[A-Za-z_]\w*\s*(?::[^=]+)?=[^=]")
_INDENTED = re.compile(r"^([ \t]*)def ", re.MULTILINE)
_INSIDE = re.compile(r"[ \t)\]}]|\"\"\"|'''|#|$")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A text of a reply that may be code.

    Attributes:
        label: what the reply calls it: its key, its tag, or the line in front of it.
        is_remark: whether it stands within a sentence.
    """

    text: str
    label: str = ""
    is_remark: bool = False


def pieces(text: str) -> list[Piece]:
    """The pieces of a reply that may be code, in order."""
    if is_python(text) and text.lstrip()[:1] not in ("{", "["):
        return [Piece(text=text)]
    result: list[Piece] = []
    before = ""
    for fence, part in _sections(_with_fenced_fields(text)):
        if fence is None:
            before = part
            result += islice(_remarks(part), MAX_BLOCKS)
            if begins_code(part):
                result.append(Piece(text=part))
            continue
        label = fence.removeprefix(_FIELD)
        if label == fence:
            label = f"{_PYTHON.sub('', fence)} {_last_line(before)}".strip()
        before = ""
        result += _inside(part, label)
    return result


def _remarks(part: str) -> Iterator[Piece]:
    """The code between single backticks."""
    end = 0
    for match in _INLINE.finditer(part):
        if match.start() >= end and _INLINE_CODE.match(match[1]):
            end = match.end() + 1
            yield Piece(text=match[1], is_remark=True)


def _inside(part: str, label: str) -> list[Piece]:
    """What a fence holds: code, or a text with code in it."""
    try:
        parse(part)
    except ReplyError:
        is_code = False
    else:
        is_code = part.lstrip()[:1] not in ("{", "[")
    inner = [] if is_code or not _holds_more(part) else pieces(part)
    if not any(begins_code(piece.text) for piece in inner):
        return [Piece(text=part, label=label)]
    return [
        Piece(
            text=piece.text, label=f"{label} {piece.label}".strip(), is_remark=piece.is_remark
        )
        for piece in inner
    ]


def _holds_more(part: str) -> bool:
    fenced = any(_FENCE.match(line) for line in part.split("\n"))
    return fenced or _with_fenced_fields(part) != part


def _last_line(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip(" \t>`")]
    return re.split(r"(?<=[.!?]) ", lines[-1].strip())[-1] if lines else ""


def _sections(text: str) -> Iterator[tuple[str | None, str]]:
    """The parts of a text in order: None with prose, or what stands on a fence with its text.

    A fence left open reaches to the end of the text.
    """
    text = _ON_THE_FENCE.sub(r"\1\n", _OPENS_LATE.sub(r"\n\1", text))
    lines = _CLOSES_LATE.sub(r"\n\1", text).split("\n")
    prose: list[str] = []
    at = blocks = 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        at += 1
        if opened is None:
            prose.append(lines[at - 1])
            continue
        blocks += 1
        if blocks > MAX_BLOCKS:
            raise ReplyError(f"the reply has over {MAX_BLOCKS} blocks; {FORM}")
        yield None, "\n".join(prose)
        prose = []
        end = _end_of(lines, at, opened[2])
        piece = lines[at:end]
        if ">" in opened[1]:
            piece = [re.sub(r"^[ \t]*> ?", "", line) for line in piece]
        yield opened[3].strip(), "\n".join(piece)
        at = end + 1
    yield None, "\n".join(prose)


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


_FIELD = "\ue000"  # on a fence: it was none, but a field or a tag of this name


def _with_fenced_fields(text: str) -> str:
    """The text with the code of JSON, YAML, XML and HTML in fences, under key or tag."""
    for pattern, value_of in ((_JSON, _json_text), (_YAML, lambda value: value)):
        parts, end = [], 0
        for field in pattern.finditer(text):
            *_, key, value = field.groups()
            if _TOLD.search(key) is None and begins_code(code := value_of(value)):
                parts += [text[end : field.start()], _fence_of(key.strip('"'), code)]
                end = field.end()
        text = "".join([*parts, text[end:]])
    parts, end = [], 0
    for tag in islice(_TAG.finditer(text), MAX_BLOCKS):
        close = text.find(f"</{tag[1]}", tag.end())
        content = text[tag.end() : close].removesuffix("]]>")
        if tag.start() >= end and close >= 0 and begins_code(content):
            parts += [text[end : tag.start()], _fence_of(tag[1], html.unescape(content))]
            end = text.find(">", close) + 1 or len(text)
    return "".join([*parts, text[end:]])


def _json_text(value: str) -> str:
    try:
        content = json.loads(value, strict=False)  # models put real line ends into strings
    except ValueError:
        try:
            content = json.loads(re.sub(r",\s*\]\Z", "]", value), strict=False)
        except ValueError:
            return ""
    return plain_lines(content if isinstance(content, str) else "\n".join(content))


def _fence_of(key: str, code: str) -> str:
    runs = re.findall("~+", code)
    fence = "~" * max([8, *(len(run) + 1 for run in runs)])
    return f"\n{fence}{_FIELD}{key.replace('`', '')}\n{code}\n{fence}\n"


def fields(text: str) -> Mapping[str, str]:
    """The texts of a JSON object in the reply by key, in small letters."""
    return {match[1].strip('"').lower(): _json_text(match[2]) for match in _JSON.finditer(text)}


def tree_of(piece: str) -> ast.Module:
    """The program of a piece, without what is no code in it.

    Raises:
        ReplyError: it is no Python.
    """
    try:
        return parse(piece)
    except ReplyError as error:
        try:
            return _loose(piece)
        except ReplyError:
            raise error from None


def prose(text: str) -> list[str]:
    """What a reply says before, between and behind its code."""
    sections = _sections(_with_fenced_fields(text))
    return [part for fence, part in sections if fence is None]


def _starts_code(line: str) -> bool:
    if _STARTS.match(line):
        return True
    is_open = line.rstrip().endswith(("(", "[", "{", ",", "\\"))
    return bool(_ASSIGNS.match(line)) and (is_open or is_python(line))


def _loose(text: str) -> ast.Module:
    """The program whose lines stand between prose.

    Raises:
        ReplyError: they are no program, or code stands among the prose, too.
    """
    code: list[str] = []
    rest: list[str] = []
    lines = rest
    first = _INDENTED.search(text)
    indent = first[1] if first else ""
    for line in text.split("\n"):
        line = line.removeprefix(indent)
        if _starts_code(line):
            lines = code
        elif not _INSIDE.match(line):
            lines = rest
        lines.append(line)
    if begins_code("\n".join(rest)):
        raise ReplyError(f"code stands among the prose; {FORM}")
    return parse("\n".join(code))
