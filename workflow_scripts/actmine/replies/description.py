"""Reads a candidate's name, formula and rationale off its docstring and the reply."""

import ast
import re
import unicodedata
from collections.abc import Mapping

NAME_LIMIT = 60  # characters; of the next two as well [ours]
FORMULA_LIMIT = 300
RATIONALE_LIMIT = 1000
_WRITTEN_LIMIT = 10_000  # characters of a tree: names that are written out may multiply [ours]
_PROSE_LIMIT = 20_000  # characters of a reply that are searched for a rationale [ours]

_LABEL = re.compile(
    r"^[ \t>*#_-]{0,8}"
    r"(name|formula|rationale|reasoning|explanation|motivation|why|intuition|idea)"
    r"[ \t*_]{0,6}[:=][ \t*_]{0,6}(.*)$",
    re.IGNORECASE,
)
_KEYS = {"name": "name", "formula": "formula"}
_SECTION = re.compile(
    r"^\s*(args?|arguments|parameters|returns?|inputs?|outputs?|shape)\b.*:?$", re.I
)
_DEFINITION = re.compile(r"^\s*(?:[A-Za-z_]\w*\s*\(\s*x\s*\)|y)\s*=\s*\S")


def line(text: str, limit: int) -> str:
    """Printable text in one line, cut at a word with an ellipsis."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(" ", maxsplit=1)[0] if " " in kept else kept) + "…"


def labelled(text: str) -> dict[str, str]:
    """The parts of a text that stand behind `Name:`, `Formula:` and `Rationale:`."""
    parts: dict[str, str] = {}
    key = ""
    for row in text.split("\n"):
        label = _LABEL.match(row)
        if label is not None:
            key = _KEYS.get(label[1].lower(), "rationale")
            if key in parts:
                key = ""
            else:
                parts[key] = label[2].strip()
        elif not row.strip() or _SECTION.match(row):
            key = ""
        elif key:
            parts[key] += " " + row.strip()
    return {key: value.strip(" *`_") for key, value in parts.items() if value.strip(" *`_")}


def describe(
    function: ast.FunctionDef, own_name: str, *, fields: Mapping[str, str], prose: str
) -> tuple[str, str, str]:
    """The name, the formula and the rationale of a candidate.

    Args:
        function: as it is handed on.
        own_name: what the reply calls the function.
        fields: texts by key, of a reply in JSON.
        prose: the reply without its code.
    """
    text = ast.get_docstring(function) or ""
    said = {**labelled(prose[:_PROSE_LIMIT]), **_of_fields(fields), **labelled(text)}
    free = [row for row in text.split("\n") if row.strip() and not _LABEL.match(row)]
    first = free[0].strip().rstrip(".") if free else ""
    heading = first if len(first) <= NAME_LIMIT and not _DEFINITION.match(first) else ""
    name = line(said.get("name", "") or heading, NAME_LIMIT) or line(own_name, NAME_LIMIT)
    formula = said.get("formula") or next((row for row in free if _DEFINITION.match(row)), "")
    rationale = said.get("rationale") or _free_text(text, first) or _last_paragraph(prose)
    return (
        name.strip("\"'` ") or "activation",
        line(formula or _returned(function), FORMULA_LIMIT),
        line(rationale, RATIONALE_LIMIT),
    )


def formula_of(source: str) -> str:
    """The formula of a source: its author's, or what its straight lines compute; may be empty.

    Names that stand for one expression each are written out.
    """
    try:
        functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        function = next(node for node in functions if node.name == "activation")
        said = labelled(ast.get_docstring(function) or "").get("formula", "")
        return line(said or _computed(function), FORMULA_LIMIT)
    except (StopIteration, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""  # only what was refused: it has a reason to be told instead


def _computed(function: ast.FunctionDef) -> str:
    """What a function of straight lines returns; nothing of any other, or of a long one."""
    meant: dict[str, ast.expr] = {}
    for statement in function.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                meant[name] = _written_out(value, meant)
                if len(ast.dump(meant[name])) > _WRITTEN_LIMIT:
                    return ""
            case ast.Return(value=ast.expr() as value):
                return _expression(_written_out(value, meant))
            case ast.Expr(value=ast.Constant()):  # the docstring
                pass
            case _:
                return ""
    return ""


def _written_out(value: ast.expr, meant: Mapping[str, ast.expr]) -> ast.expr:
    """An expression without the names that stand for others."""
    if not meant:
        return value
    written: ast.expr = _Writer(meant).visit(value)
    return written


class _Writer(ast.NodeTransformer):
    def __init__(self, meant: Mapping[str, ast.expr]) -> None:
        self._meant = meant

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._meant.get(node.id, node)


def _of_fields(fields: Mapping[str, str]) -> dict[str, str]:
    keys = {"title": "name", "explanation": "rationale", "reasoning": "rationale"}
    known = ("name", "formula", "rationale")
    return {keys.get(k, k): v for k, v in fields.items() if keys.get(k, k) in known and v}


def _returned(function: ast.FunctionDef) -> str:
    match function.body[-1]:
        case ast.Return(value=ast.expr() as value):
            return _expression(value)
    return ""


def _expression(value: ast.expr) -> str:
    return re.sub(r"\b(?:torch|F|math)\.", "", ast.unparse(value))


def _free_text(text: str, first: str) -> str:
    """A docstring's second paragraph and what follows, up to its sections."""
    rows = []
    for row in text.split("\n")[1:]:
        if _SECTION.match(row):
            break
        if not _LABEL.match(row) and not _DEFINITION.match(row):
            rows.append(row)
    rest = " ".join(rows).strip()
    return rest or (first if len(first) > NAME_LIMIT else "")


def _last_paragraph(prose: str) -> str:
    """What a reply says behind its code, which mostly explains it."""
    parts = [part for part in prose[-_PROSE_LIMIT:].split("\n\n") if len(part.split()) >= 5]
    return parts[-1] if parts else ""
