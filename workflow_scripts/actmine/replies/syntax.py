"""Reads Python out of a model's text into a tree, within fixed bounds; nothing is run."""

import ast
import html
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator

from actmine.gate.static import MAX_BYTES, MAX_NESTING, MAX_NODES

MAX_LINES = 1000  # of one block [ours]
REASON_LIMIT = 300  # characters, as of the gate's reasons in a prompt [ours]
FORM = "answer with one ```python block that defines activation(x)"


class ReplyError(ValueError):
    """Why no source could be read; the text goes into the model's repair prompt."""

    def __init__(self, reason: str) -> None:
        # It may quote a name, and a name has no bound.
        super().__init__(reason if len(reason) <= REASON_LIMIT else reason[:REASON_LIMIT] + "…")


# What chat models and the web pages they learnt from put in place of ASCII.
_STRAIGHT = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u2212\u2013\u2014\u2010\u2011\ufe63", "-"),
        **dict.fromkeys("\u00d7\u2217\u00b7\u22c5", "*"),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width
        "\u00f7": "/",
        "\u2044": "/",
        "\u00b2": "**2",
        "\u00b3": "**3",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u2260": "!=",
        "\u3001": ",",
        "\u3002": ".",
        "\u2026": "...",
    }
)
# A line that begins code: quoted, numbered, behind a prompt, or added by a diff, too.
_CODE = re.compile(
    r"^[ \t>+-]*(?:In \[\d+\]: |\d{1,4}[ \t|:.)│]+)?"
    r"(?:(?:async )?def \w+ *[(\uff08]|class \w+ *[(:]|return\b|\w+ *= *lambda\b"
    r"|activation *=[^=])",
    re.MULTILINE,
)
_PROMPT = re.compile(r"^(?:>>> ?|\.\.\. ?|In \[\d+\]: ?|[ \t]+\.{3}: ?|\.\.\.$)(.*)$")
_NUMBERED = re.compile(r"^[ \t]*(\d{1,4})(?:[ \t]?[|:.)│])?[ \t]?(.*)$")
_HEADER = re.compile(r"^(?:---|\+\+\+|@@|diff |index )")
# Signs that show nothing, or a plain space, and that Python refuses.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def plain_lines(text: str) -> str:
    """The text with `\\n` line ends, plain spaces and no invisible signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", _SPACES.sub(" ", text.replace("\u2028", "\n")))


def begins_code(text: str) -> bool:
    """Whether a line of a text begins code that could be, or belong to, a function."""
    return _CODE.search(text) is not None


def is_python(text: str) -> bool:
    """Whether a text as a whole is a program, as it stands."""
    try:
        _parse_once(text)
    except ReplyError:
        return False
    return True


def _without_prompts(text: str) -> str:
    """The lines behind `>>>` or `In [1]:`, without what was printed."""
    lines = text.split("\n")
    typed = [line[1] for line in map(_PROMPT.match, lines) if line]
    printed = "\n".join(line for line in lines if not _PROMPT.match(line))
    return "\n".join(typed) if typed and not begins_code(printed) else text


def _without_line_numbers(text: str) -> str:
    rows = [_NUMBERED.match(line) for line in text.split("\n") if line.strip()]
    numbers = [int(row[1]) for row in rows if row]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(rows))):
        return text
    return "\n".join(row[2] for row in rows if row)


def _added(text: str) -> str:
    """The new text of a diff that adds whole functions and keeps nothing of the old ones."""
    lines = [line for line in text.split("\n") if line.strip() and not _HEADER.match(line)]
    added = [line[1:] for line in lines if line[0] == "+"]
    is_whole = all(line[0] in "+-" for line in lines) and text.count("\n@@") <= 1
    return "\n".join(added) if added and is_whole else text


def _with_real_line_ends(text: str) -> str:
    """A program in one line whose line ends are escapes, as in a quoted string."""
    if "\n" in text.strip() or "\\n" not in text:
        return text
    return text.strip().strip("\"'").replace("\\n", "\n").replace('\\"', '"')


_MENDINGS: tuple[Callable[[str], str], ...] = (
    textwrap.dedent,
    lambda text: text.translate(_STRAIGHT),
    html.unescape,
    _without_prompts,
    _without_line_numbers,
    _added,
    _with_real_line_ends,
)


def _spellings(text: str) -> Iterator[str]:
    """The text as written, then with one more mending each time that changes it."""
    yield text
    for mend in _MENDINGS:
        mended = mend(text)
        if mended != text:
            text = mended
            yield text
    if "\t" in text:  # as Python 2 had it
        yield textwrap.dedent(text.expandtabs(8))


def parse(text: str) -> ast.Module:
    """The tree of a program, mended where it is only spelled with the wrong signs.

    Raises:
        ReplyError: it is too long, nested too deeply, or no Python; names the line.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise ReplyError(f"the code has {size} bytes; write at most {MAX_BYTES}")
    if text.count("\n") > MAX_LINES:
        raise ReplyError(f"the code has over {MAX_LINES} lines; write one short function")
    first: ReplyError | None = None
    for spelling in _spellings(text):
        try:
            tree = _parse_once(spelling)
        except ReplyError as error:
            first = first or error
        else:
            _check_size(tree)
            return tree
    assert first is not None
    raise first


def _parse_once(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as "\s" in a docstring
            return ast.parse(text)
    except SyntaxError as error:
        place = f"line {error.lineno} of the code" if error.lineno else "the code"
        raise ReplyError(
            f"{place} is no valid Python 3.11: {error.msg}; write the whole function again"
        ) from None
    except ValueError as error:
        raise ReplyError(f"the code is no Python text ({error}); {FORM}") from None
    except (MemoryError, RecursionError):
        raise ReplyError("the code is nested too deeply; name the parts") from None


def _check_size(tree: ast.Module) -> None:
    # In a loop of its own: what recurses over a tree must not meet a deep one.
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > MAX_NODES:
            raise ReplyError(f"the code has over {MAX_NODES} parts; write it shorter")
        if depth > MAX_NESTING:
            raise ReplyError(f"the code nests over {MAX_NESTING} deep; name the parts")
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
