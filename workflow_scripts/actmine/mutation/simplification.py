"""Makes shorter versions of an elite: the same by algebra, or with one part left out.

Whether a version behaves like the elite is for its fingerprint to say: nothing runs here.
"""

import ast
import copy
from collections.abc import Iterator
from itertools import islice

from actmine.functions.spelling import dotted
from actmine.functions.table import called
from actmine.gate.static import Refusal, admit
from actmine.mutation.algebra import is_arithmetic, rounded, shortened
from actmine.mutation.inference import Inference, infer
from actmine.mutation.rendering import phrase, render, tidy
from actmine.mutation.trees import (
    blocks,
    children,
    constant,
    drop_unused,
    functions,
    operands,
    size,
    tensor_sites,
    unary_call,
)
from actmine.mutation.values import OVERFLOW, Kind

MAX_VERSIONS = 64  # versions of one elite, those that change least [ours]
MAX_WORK = 50_000  # nodes of all versions that are made; a node takes about 0.1 ms [ours]
ROUNDS = 8  # of the exact rules, each on what the last one left [ours]
REAL = (Kind.FULL, Kind.PART, Kind.NUMBER)  # surely no complex numbers
CHOOSERS = ("Max", "Min", "Piecewise")  # as the table spells what picks one of two values


def simplified(source: str, *, name: str = "a longer function") -> list[str]:
    """Versions of a function in strictly fewer nodes, the shortest first.

    One follows by exact rules alone, where they apply; each other one also leaves out a term,
    a factor, a call around its argument or a branch. The caller takes the first that keeps
    the fingerprint, and may ask again for versions of that.

    Args:
        name: of the function that the source defines, for the docstrings.

    Returns: sources that the gate's text rules admit, different from each other; at most
        MAX_VERSIONS, which drops the shortest: they change most.

    Raises:
        Refusal: the gate refuses the source.
    """
    tree = admit(source)
    nodes, hazards = size(tree), infer(tree).hazards
    versions: dict[str, tuple[int, str]] = {}
    for version, summary in islice(_versions(tree), MAX_WORK // nodes):
        if size(version) >= nodes or not _is_sound(version, hazards):
            continue
        spelled, left = ast.dump(version), size(version)
        text = render(ast.fix_missing_locations(version), parent=name, summary=summary)
        try:
            admit(text)
        except Refusal:
            continue
        versions.setdefault(spelled, (left, text))
    return [text for _, text in sorted(versions.values())][-MAX_VERSIONS:]


def _is_sound(tree: ast.Module, hazards: int) -> bool:
    """Whether the result still depends on the input, and nothing is newly undefined."""
    inference = infer(tree)
    low, high = inference.result.bounds
    return low < high and inference.hazards <= hazards


def _versions(tree: ast.Module) -> Iterator[tuple[ast.Module, str]]:
    """Shorter programs and what each one changes, with the exact rules applied to all."""
    settled: set[str] = set()
    base = _reduced(tree, settled)
    # A copy: the caller writes a docstring into what it gets.
    yield copy.deepcopy(base), "the same in fewer parts"
    inference = infer(base)
    for site in tensor_sites(base, inference):
        for part in _parts(site.node, inference):
            site.put(part)
            version = copy.deepcopy(base)
            site.put(site.node)
            yield _reduced(version, settled), f"{phrase(site.node)} -> {phrase(part)}"
    for function in functions(base).values():
        for holder in list(ast.walk(function)):
            yield from _without_branches(base, holder, settled)


def _parts(node: ast.expr, inference: Inference) -> list[ast.expr]:
    """The tensors of the input's shape that may stand for the whole."""
    parts = [node.operand] if isinstance(node, ast.UnaryOp) else operands(node)
    full = [part for part in dict.fromkeys(parts) if inference.kind(part) is Kind.FULL]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and node.right in full:
        # What is taken away keeps its sign when it stays alone.
        full[-1] = ast.UnaryOp(op=ast.USub(), operand=node.right)
    return full


def _without_branches(
    base: ast.Module, holder: ast.AST, settled: set[str]
) -> Iterator[tuple[ast.Module, str]]:
    for block in blocks(holder):
        for place, statement in enumerate(tuple(block)):
            if not isinstance(statement, ast.If):
                continue
            for taken in (statement.body, statement.orelse):
                block[place : place + 1] = taken
                version = copy.deepcopy(base)
                block[place : place + len(taken)] = [statement]
                yield _reduced(version, settled), f"one branch of if {phrase(statement.test)}"


def _reduced(tree: ast.Module, settled: set[str]) -> ast.Module:
    """The same program by exact rules; the tree is used up.

    Args:
        settled: arithmetic that is known to be as short as it gets; grows.
    """
    for _ in range(ROUNDS):
        before = ast.dump(tree)
        _Exact(infer(tree), settled).generic_visit(tree)
        tree = tidy(tree)
        drop_unused(tree)
        ast.fix_missing_locations(tree)
        if ast.dump(tree) == before:
            break
    return tree


class _Exact(ast.NodeTransformer):
    """Rules that keep every value up to rounding."""

    def __init__(self, inference: Inference, settled: set[str]) -> None:
        self.inference = inference
        self.settled = settled

    def visit(self, node: ast.AST) -> ast.AST | None:
        """One node, after what stands below it."""
        match node:
            case ast.Assign(targets=[ast.Name(id=a)], value=ast.Name(id=b)) if a == b:
                return None
        number = self._number(node)
        if number is not None:
            return number
        if is_arithmetic(node):
            assert isinstance(node, ast.expr)
            self._visit_atoms(node)
            return self._shortened(node)
        self.generic_visit(node)
        return self._call(node) if isinstance(node, ast.Call) else node

    def _shortened(self, node: ast.expr) -> ast.expr:
        spelled = ast.dump(node)
        if spelled in self.settled:  # versions of one program have most of it in common
            return node
        shorter = shortened(node)
        if shorter is None:
            self.settled.add(spelled)
        return shorter or node

    def _visit_atoms(self, node: ast.AST) -> None:
        """What stands below a whole piece of arithmetic, which is looked at as one."""
        for child, field, _ in children(node):
            if is_arithmetic(child) and self._number(child) is None:
                self._visit_atoms(child)
            elif isinstance(child, ast.expr):
                setattr(node, field, self.visit(child))

    def _number(self, node: ast.AST) -> ast.expr | None:
        """The literal of an expression that is always one number, if it is longer."""
        scalar = isinstance(node, ast.Call) and dotted(node.func).startswith("math.")
        if not is_arithmetic(node) and not scalar:
            return None
        value = self.inference.values.get(node)
        exact = None if value is None else value.number
        if exact is None or not 0 < abs(exact) < OVERFLOW:
            return None
        literal = constant(rounded(exact))
        return literal if size(literal) < size(node) else None

    def _call(self, node: ast.Call) -> ast.expr:
        if called(dotted(node.func)).primitive in CHOOSERS and len(node.args) >= 2:
            left, right = node.args[-2:]
            return left if ast.dump(left) == ast.dump(right) else node
        call = unary_call(node)
        if call is None or _arguments(node) != 1:
            return node
        function, argument = called(call[0]), call[1]
        inner = unary_call(argument)
        if inner and isinstance(argument, ast.Call) and _arguments(argument) == 1:
            inside = called(inner[0])
            if function is inside and "idempotent" in function.traits:
                return argument
            # Of a complex number the square is another than that of its modulus.
            even = "even" in function.traits and inside.name == "abs"
            if even and self.inference.kind(inner[1]) in REAL:
                return _with_argument(node, inner[1])
        if "even" in function.traits and isinstance(argument, ast.UnaryOp):
            negated = isinstance(argument.op, ast.USub)
            return _with_argument(node, argument.operand) if negated else node
        same = "keeps_positive" in function.traits and self.inference.is_nonnegative(argument)
        return argument if same else node


def _arguments(node: ast.Call) -> int:
    """How many arguments a call has, its receiver among them."""
    is_method = dotted(node.func).partition(".")[0] not in ("torch", "F")
    return len(node.args) + len(node.keywords) + is_method


def _with_argument(node: ast.Call, argument: ast.expr) -> ast.Call:
    """A call of one argument with another one."""
    if node.args:
        node.args[0] = argument
    elif isinstance(node.func, ast.Attribute):
        node.func.value = argument
    return node
