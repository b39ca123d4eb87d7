"""Moves a module's numbers into the functions that use them, as TorchScript demands."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator


def with_own_constants(tree: ast.Module) -> ast.Module:
    """The program with each constant number set at the top of every function that reads it.

    TorchScript compiles functions without the module around them. A number is what numbers,
    other such constants and functions of `math` give; anything else stays where it is.
    """
    tree = copy.deepcopy(tree)
    numbers = number_statements(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            used = _needed(_read(node) - _bound(node), numbers)
            node.body[:0] = [copy.deepcopy(numbers[name]) for name in numbers if name in used]
    moved = {id(statement) for statement in numbers.values()}
    kept = [node for node in tree.body if id(node) not in moved]
    left = {name for node in kept for name in _read_outside(node)}
    stay = _needed(left, numbers)
    back = [numbers[name] for name in numbers if name in stay]
    tree.body = [*back, *kept]
    return ast.fix_missing_locations(tree)


def number_statements(tree: ast.Module) -> dict[str, ast.Assign]:
    """The statements that give a name to a number, in order; each name is bound once."""
    bound = Counter(
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    numbers: dict[str, ast.Assign] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if bound[name] == 1 and _is_number(value, numbers):
                    numbers[name] = node
    return numbers


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a number as it is written, without a sign."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return not isinstance(number, bool)
    return False


def _is_number(value: ast.expr, known: dict[str, ast.Assign]) -> bool:
    match value:
        case ast.Name(id=name):
            return name in known
        case ast.Attribute(value=ast.Name(id="math")):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_number(operand, known)
        case ast.BinOp(left=left, right=right):
            return _is_number(left, known) and _is_number(right, known)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math")), args=args, keywords=[]):
            return all(_is_number(argument, known) for argument in args)
    return is_literal(value)


def _needed(names: set[str], numbers: dict[str, ast.Assign]) -> set[str]:
    """The constants among some names, and those that they are computed from."""
    waiting, needed = list(names & numbers.keys()), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(_read(numbers[name].value) & numbers.keys())
    return needed


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_load(n)}


def _bound(function: ast.FunctionDef) -> set[str]:
    names = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and not _is_load(n)}
    return names | {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}


def _read_outside(node: ast.stmt) -> Iterator[str]:
    """What a statement reads when the module is imported: of a function, its defaults."""
    if isinstance(node, ast.FunctionDef):
        for default in (*node.args.defaults, *node.args.kw_defaults):
            yield from () if default is None else _read(default)
    else:
        yield from _read(node)


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)
