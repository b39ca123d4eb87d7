"""Finds the function that a block of code is about, and what it needs; nothing is rewritten."""

import ast
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from actmine.gate.normal import ENTRY, spelled_plainly
from actmine.gate.scalars import refuse_scalars
from actmine.gate.static import MAX_BYTES, Refusal, admit
from actmine.replies.blocks import tree_of
from actmine.replies.foreign import imports, refuse_foreign
from actmine.replies.syntax import FORM, ReplyError, begins_code
from actmine.replies.tidying import tidy

_PATCH = re.compile(r"^(?:<{5,}|={5,}|>{5,})", re.MULTILINE)
_ABRIDGED = re.compile(
    r"(?m)#\s*(?:\.{3}|…)|^(?>.*?#\s*(?:rest|remainder|code|body)\b)"
    r".*\b(?:unchanged|same|as before)\b"
)
# Functions beside the one that is meant: tests, losses and derivatives.
_ASIDES = re.compile(
    r"_*(?:test|check|plot|verify|benchmark)(?:_\w*)?|eval|evaluate|train|visuali[sz]e|demo"
    r"|validate|loss(?:_fn|_function)?|mse(?:_loss)?|derivative|deriv|gradient|grad|backward"
    r"|jacobian|df|dfdx"
)
# What such a function's name adds to the name of the one that is meant.
_ADDED = re.compile(
    r"d|dx|grad(?:ient)?|deriv(?:ative)?(?:_of)?|prime|backward|inv(?:erse)?|loss|test"
)
_NETWORK = re.compile(r"\b(?:Linear|LazyLinear|Conv[12]d|Embedding)\(")
_FRAGMENT = f"is only a part of a program; {FORM}, written out whole"
_RUNS = frozenset(["exec", "eval", "globals", "setattr", "vars"])


@dataclass(frozen=True, kw_only=True)
class Program:
    """A whole program with one function that it is about.

    Attributes:
        tree: this function and what it needs.
        source: the same in the one spelling that all layouts come to.
        own_name: what the reply calls the function.
        remark: what the code itself says of it: the comment, or the line, at its head.
        meaning: equal for programs that differ by layout, comments and docstrings only.
    """

    tree: ast.Module
    source: str
    own_name: str
    remark: str
    meaning: str


def program_of(text: str) -> Program | None:
    """The program of a piece; None if it is none, such as a command or a use of it.

    Raises:
        ReplyError: it is code and no whole program, or more than one.
    """
    if _PATCH.search(text) and begins_code(text):
        raise ReplyError(f"a patch {_FRAGMENT}")
    try:
        tree = tree_of(text)
    except ReplyError:
        if begins_code(text):
            raise
        return None
    _refuse_parts(tree)
    tree.body = [_function_of(node) for node in tree.body]
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    own_name = _own_name(tree, functions)
    if not own_name:
        return None
    if _ABRIDGED.search(text):
        raise ReplyError(f"the code leaves parts out; {FORM}, written out whole")
    if sum(own_name in bound(node) for node in tree.body) > 1:
        raise ReplyError(f"the code defines `{own_name}` twice; send only the one you mean")
    if is_called_otherwise(tree, own_name):
        raise ReplyError(f"`{own_name}` is called with other arguments; {FORM} with x alone")
    needed = _needed(tree, own_name)
    refuse_foreign(tree, needed)
    try:
        refuse_scalars(functions[own_name])
    except Refusal as refusal:
        raise ReplyError(str(refusal)) from None
    tidy(needed)
    functions[own_name].name = ENTRY
    needed = _with_full_names(needed)
    return Program(
        tree=needed,
        source=_spelled(needed),
        own_name=own_name,
        remark=_remark(text, own_name),
        meaning=_meaning(needed),
    )


def _refuse_parts(tree: ast.Module) -> None:
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) if not _NETWORK.search(ast.unparse(node)):
                raise ReplyError(
                    f"{name} is a class; write one plain function {ENTRY}(x) that computes "
                    "what its forward returns, with its parameters as numbers"
                )
            case ast.FunctionDef(name=name, args=ast.arguments(args=[ast.arg(arg=first), *_])):
                if first in ("self", "cls"):
                    raise ReplyError(f"the method {name} {_FRAGMENT}")
            case ast.Return():
                raise ReplyError(f"`return` outside a function {_FRAGMENT}")


def bound(node: ast.stmt) -> set[str]:
    """The names of the module that a statement binds; an import binds none."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    return {part.id for part in names if not isinstance(part.ctx, ast.Load)}


def used(node: ast.AST) -> set[str]:
    """The names that a statement speaks of and that are none of its own local ones."""
    parts = list(ast.walk(node))
    local = {part.arg for part in parts if isinstance(part, ast.arg)}
    if isinstance(node, ast.FunctionDef):
        local |= {name for statement in node.body for name in bound(statement)}
    return {part.id for part in parts if isinstance(part, ast.Name)} - local


def _function_of(node: ast.stmt) -> ast.stmt:
    """`f = lambda x: …` as the function that it is; any other statement as it is."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
            function = ast.parse("def _(): return").body[0]
            assert isinstance(function, ast.FunctionDef)
            function.name, function.args, function.body = name, args, [ast.Return(value=body)]
            return function
    return node


def _own_name(tree: ast.Module, functions: dict[str, ast.FunctionDef]) -> str:
    """The function that a program is about; empty if there is none.

    Raises:
        ReplyError: there may be more than one, or `activation` is no function.
    """
    match [node for node in tree.body if ENTRY in bound(node)]:
        case [ast.Assign(value=ast.Name(id=name)) as alias] if name in functions:
            tree.body.remove(alias)
            return name
        case [ast.Assign() as assigned] if ENTRY not in functions:
            raise ReplyError(f"{_why_no_function(assigned)}; write def {ENTRY}(x): return …")
    able = [name for name, node in functions.items() if _may_be_meant(node)]
    asides = {name for name in able if _is_aside(name, able)}
    callers = [node for name, node in functions.items() if name not in asides]
    meant = [
        name
        for name in able
        if name not in asides
        and not any(name in used(caller) - bound(caller) for caller in callers)
    ]
    if ENTRY in able:
        meant = [ENTRY, *(name for name in meant if name != ENTRY)]
    if len(meant) > 1:
        raise ReplyError(
            f"the code defines {' and '.join(f'`{name}`' for name in meant[:3])}, and none "
            f"calls the other; send only the one you mean, as {ENTRY}(x), and what it needs"
        )
    return meant[0] if meant else ""


def _why_no_function(node: ast.Assign) -> str:
    try:
        admit(ast.unparse(node.value))
    except Refusal as refusal:
        if not isinstance(node.value, ast.Name) and "does nothing" not in refusal.reason:
            return refusal.reason.removeprefix("line 1: ")
    return f"`{ast.unparse(node)[:60]}` defines no function here"


def _may_be_meant(function: ast.FunctionDef) -> bool:
    """Whether a function takes one argument and returns a value, and is no stub."""
    positional = [*function.args.posonlyargs, *function.args.args]
    required = len(positional) - len(function.args.defaults)
    takes_one = required == 1 and None not in function.args.kw_defaults
    nodes = list(ast.walk(function))
    values = [node.value for node in nodes if isinstance(node, ast.Return) and node.value]
    inner = {node.name for node in function.body if isinstance(node, ast.FunctionDef)}
    returns = bool(values) and not any(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in inner)
        for value in values
    )
    lines = [node.value for node in nodes if isinstance(node, ast.Expr)]
    is_stub = any(isinstance(line, ast.Constant) and line.value is ... for line in lines)
    return (takes_one or function.name == ENTRY) and returns and not is_stub


def is_called_otherwise(tree: ast.AST, name: str) -> bool:
    """Whether a call gives a function more than x, which makes another function of it."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        isinstance(node.func, ast.Name)
        and node.func.id == name
        and (len(node.args) > 1 or node.keywords)
        for node in calls
    )


def _is_aside(name: str, others: Sequence[str]) -> bool:
    """Whether a name is that of a test, a loss, or the derivative of another function."""
    added = (name.replace(other, "").strip("_") for other in others if other in name)
    return bool(_ASIDES.fullmatch(name)) or any(map(_ADDED.fullmatch, added))


def _needed(tree: ast.Module, name: str) -> ast.Module:
    """What a function needs, and what may change it: all but tests, prints and plots."""
    wanted, waiting = set[str](), [name]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [n for node in tree.body if name in bound(node) for n in used(node)]
    kept = [node for node in tree.body if bound(node) & wanted]
    # A list, a dictionary or a tensor can change in place, wherever it is spoken of.
    plain = ast.Name | ast.Constant | ast.UnaryOp | ast.BinOp | ast.Tuple | ast.Attribute
    can_change = any(isinstance(node, ast.Global) for node in ast.walk(tree)) or any(
        not isinstance(node, ast.FunctionDef)
        and not isinstance(getattr(node, "value", None), plain)
        for node in kept
    )
    body = [
        node for node in tree.body if node in kept or not _is_idle(node, can_change=can_change)
    ]
    return ast.Module(body=body, type_ignores=[])


def _is_idle(node: ast.stmt, *, can_change: bool) -> bool:
    """Whether a statement of the module leaves what is wanted as it is."""
    match node:
        case ast.Import() | ast.ImportFrom():
            if "*" in dict(imports(node)):
                raise ReplyError(
                    f"`{ast.unparse(node)}` leaves open whose names are meant; write "
                    "torch.tanh(x) for tensors, math.sqrt(2) for numbers, and import nothing"
                )
            return False
        case ast.FunctionDef() | ast.ClassDef() | ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.If(test=test) if "__name__" in used(test):
            return True
    stores = (
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute | ast.Subscript)
        and not isinstance(part.ctx, ast.Load)
    )
    return not (can_change or any(stores) or used(node) & _RUNS)


def _with_full_names(tree: ast.Module) -> ast.Module:
    """The program without imports, where the gate knows what they stand for."""
    names = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    imported = ast.Import | ast.ImportFrom
    tree.body = [
        node
        for node in tree.body
        if not isinstance(node, imported) or names & {name for name, _ in imports(node)}
    ]
    try:
        plain = spelled_plainly(tree)
    except Refusal:
        return tree  # the gate will say why
    plain.body = [node for node in plain.body if not isinstance(node, imported)]
    return plain


def _remark(text: str, name: str) -> str:
    """The comment, or the line that announces it, at the head of a function."""
    head = re.search(rf"^[ \t]*(?:def {name}\b|{name} *=)[^\n#]*(#.*)?", text, re.MULTILINE)
    if head is None:
        return ""
    above = text[: head.start()].strip().split("\n")
    near = above[-1:] if any(map(begins_code, above)) else [above[0], above[-1]]
    remarks = [line for line in near if line.startswith("#") or line.endswith(":")]
    return " ".join([*dict.fromkeys(remarks), head[1] or ""])


def _meaning(tree: ast.Module) -> str:
    tree = deepcopy(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _spelled(tree: ast.Module) -> str:
    source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    size = len(source.encode())
    if size > MAX_BYTES:
        raise ReplyError(f"the code has {size} bytes; write at most {MAX_BYTES}")
    return source
