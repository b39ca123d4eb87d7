"""Reads a prompt as a model would that can only use what stands in it."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ROW = re.compile(r"^([-+.\d]+) = ([-+.\d ]+) \| ([^:]+): (.+)$", re.M)
_TABLE = re.compile(r"^fitness = (.+) \| name: formula$", re.M)
_CARD = re.compile(
    r"^### ([^:\n]+): ([^\n]*)\n(.*?)(`{3,})python\n(.*?)\n\4$", re.DOTALL | re.M
)
_ADDS = re.compile(r"^\| (\w+) \| ([-+.\d]+) \|", re.M)
_GLIMPSED = re.compile(r"^Families add: (.+)$", re.M)
_MEMORY = re.compile(
    r"^## What became of earlier ideas\n.*?(`{3,})text\n(.*?)\n\1$", re.M | re.S
)
_LINE = re.compile(r"^(.*?) \| ([^:\n]+)(?:: .*)?$")
_OVER = re.compile(r"^([-+.\d]+) ± [.\d]+ on (.+?), fitness")
_FROM = re.compile(r"(?: on|, from) (.+?)(?:, fitness.*|, dropped.*)?$")
_CHILD = re.compile(r"^(.+?) ([-+.\d]+) ± [.\d]+(?: \(dropped\))?$")
_MADE = re.compile(r"^Made from it so far, with the gain over it: (.+)\.$", re.M)
_ADVICE = re.compile(r"^## Advice\n.*?(`{3,})text\n(.*?)\n\1$", re.DOTALL | re.M)
_FOCUS = re.compile(r"^Focus: (?:the family (\w+)|(?:the )?(\w+))", re.M)
_TURN = re.compile(r"^The same question was put (\d+) time", re.M)
_MOST = re.compile(r"^Most to gain: (\w+)\.$", re.M)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A function that the prompt tells of.

    Attributes:
        expression: of x, in Python; empty if the reader cannot make one of it.
        adds: what each family adds to its fitness.
        made: its children's names that the prompt has, with their gain if it is told.
    """

    name: str
    expression: str
    adds: Mapping[str, float] = field(default_factory=dict)
    made: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Idea:
    """A line of the memory: an earlier idea, whose child it is, and what it gained."""

    name: str
    parent: str
    gain: float | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a prompt says.

    Attributes:
        task: the heading's verb: improve, combine, write or make (cheaper); or advise.
        known: of the table of known functions.
        focus: a family or an aspect; empty if none is named.
        weakest: the family on which most is to be gained; empty likewise.
        turn: how often the same was asked before.
        refusals: how many replies to this very prompt were refused.
    """

    task: str
    parents: tuple[Told, ...]
    others: tuple[Told, ...]
    known: tuple[Told, ...]
    memory: tuple[Idea, ...]
    advice: str
    focus: str
    weakest: str
    turn: int
    refusals: int


def read(messages: list[dict[str, str]]) -> Reading:
    """A conversation as OpenAI's protocol has it."""
    system, user = messages[0]["content"], messages[1]["content"]
    before, _, question = user.partition("## Your question\n")
    cards = [_card(match) for match in _CARD.finditer(question)]
    focus, most = _FOCUS.search(question), _MOST.search(question)
    turn = _TURN.search(question)
    advice = _ADVICE.search(before)
    task = question.split(maxsplit=1)[0].lower()
    return Reading(
        task="advise" if task == "what" else task,
        parents=tuple(one for title, one in cards if not title.isdecimal()),
        others=tuple(one for title, one in cards if title.isdecimal()),
        known=tuple(_known(system)),
        memory=tuple(_ideas(before)),
        advice=advice[2] if advice else "",
        focus=(focus[1] or focus[2]) if focus else "",
        weakest=most[1] if most else "",
        turn=int(turn[1]) if turn else 0,
        refusals=sum(message["role"] == "assistant" for message in messages),
    )


def _known(system: str) -> list[Told]:
    head = _TABLE.search(system)
    families = head[1].split() if head else []
    return [
        Told(
            name=row[3].rstrip("*"),
            expression=expression_of(row[4]),
            adds=dict(zip(families, map(float, row[2].split()), strict=True)),
        )
        for row in _ROW.finditer(system)
    ]


def _card(match: re.Match[str]) -> tuple[str, Told]:
    title, name, said, _, source = match.groups()
    glimpsed, made = _GLIMPSED.search(said), _MADE.search(said)
    adds = {row[1]: float(row[2]) for row in _ADDS.finditer(said)}
    for part in glimpsed[1].split(", ") if glimpsed else ():
        family, worth = part.rsplit(" ", 1)
        adds[family] = float(worth)
    children = dict(_named(part) for part in made[1].split("; ")) if made else {}
    return title, Told(name=name, expression=returned(source), adds=adds, made=children)


def _named(part: str) -> tuple[str, float | None]:
    """A child as a card or the end of a group names it, with its gain."""
    gained = _CHILD.match(part)
    if gained:
        return gained[1], float(gained[2])
    name = re.split(r" (?:stopped at|repeats an|no result|fitness) ?", part)[0]
    return name, None


def _ideas(before: str) -> list[Idea]:
    memory = _MEMORY.search(before)
    found = []
    for text in memory[2].splitlines() if memory else ():
        if text.startswith("also: "):
            named = (_named(part) for part in text.removeprefix("also: ").split("; "))
            found += [Idea(name=name, parent="", gain=gain) for name, gain in named]
        elif line := _LINE.match(text):
            over, origin = _OVER.match(line[1]), _FROM.search(line[1])
            gain = float(over[1]) if over else None
            parent = over[2] if over else origin[1] if origin else ""
            found.append(Idea(name=line[2], parent=parent, gain=gain))
    return found


def returned(source: str) -> str:
    """What `activation` returns, if that is all it does; empty if it does more."""
    try:
        (function,) = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ""
    body = getattr(function, "body", [])
    last = body[-1] if body else None
    if len(body) > 2 or not isinstance(last, ast.Return) or last.value is None:
        return ""
    return ast.unparse(last.value)


def expression_of(formula: str) -> str:
    """A printed formula as Python; empty if there is more to it than one expression of x."""
    text = re.sub(r"\|([^|]+)\|", r"abs(\1)", formula).replace("√(", "sqrt(")
    for sign, written in _SIGNS.items():
        text = text.replace(sign, written)
    text = re.sub(r"√(\d)", r"(\1**0.5)", text)
    text = re.sub(r"(\w+)\*\*2\(([^()]+)\)", r"\1(\2)**2", text)
    try:
        tree = ast.parse(re.sub(r"(?<=[\d)])(?=[x(])", "*", text), mode="eval")
        return ast.unparse(_Spelled().visit(tree))
    except (SyntaxError, KeyError):
        return ""


_SIGNS = {"·": "*", "²": "**2", "³": "**3", "\N{MINUS SIGN}": "-", "π": "(3.14159265)"}
_TORCH = {"exp", "log", "sqrt", "tanh", "sigmoid", "erf", "arctan", "sin", "cos", "cosh"}
_SPELLED = {name: f"torch.{name}" for name in _TORCH} | {"abs": "torch.abs"}


class _Spelled(ast.NodeTransformer):
    """Torch's names for those of a formula; a KeyError for a name that it cannot know."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id != "x":
            raise KeyError(node.id)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        args = [ast.unparse(self.visit(arg)) for arg in node.args]
        if name in ("max", "min") and len(args) == 2:
            # Formulas bound by a number; two functions have no bound in common.
            number = next(
                (text for text in reversed(args) if re.fullmatch(r"-?[\d.]+", text)), None
            )
            one, other = args if number is None else (next(a for a in args if a != number), "")
            form = f"torch.{name}imum({one}, {other})"
            if number is not None:
                form = f"torch.clamp({one}, {'min' if name == 'max' else 'max'}={number})"
            return ast.parse(form, mode="eval").body
        spelled = _SPELLED[name]
        if not any(isinstance(one, ast.Name) and one.id == "x" for one in ast.walk(node)):
            spelled = spelled.replace("torch.", "math.")  # of a number
        elif name in ("exp", "cosh"):  # a prompt asks to bound what goes into them
            args = [f"torch.clamp({args[0]}, -30.0, 30.0)"]
        return ast.parse(f"{spelled}({', '.join(args)})", mode="eval").body

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        test, body, other = map(
            ast.unparse, map(self.visit, (node.test, node.body, node.orelse))
        )
        return ast.parse(f"torch.where({test}, {body}, {other})", mode="eval").body
