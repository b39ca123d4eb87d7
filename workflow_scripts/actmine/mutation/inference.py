"""Decides which expressions of a candidate are tensors, and within which bounds.

A walk over the admitted tree with abstract values in place of tensors: nothing is executed.
What it does not know it calls OTHER, and the mutator leaves it alone.
"""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from actmine.functions.spelling import CONSTANTS, ROOTS, dotted
from actmine.functions.table import called
from actmine.mutation.calls import (
    MAX_TURNS,
    builtin_call,
    compared,
    input_tensor,
    scalar_call,
    sequence,
    torch_call,
)
from actmine.mutation.values import OTHER, Kind, Value, combine, join, narrow, number, signed

Env = dict[str, Value]

MAX_STEPS = 20_000  # expressions looked at; helpers that call helpers multiply [ours]
MAX_DEPTH = 120  # expressions within each other, through helpers; Python's stack ends [ours]


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What is known of a program.

    Attributes:
        values: of each expression and argument, over all the times it is evaluated.
        hazards: how many expressions may overflow or leave a function's domain.
        result: what `activation` returns.
    """

    values: Mapping[ast.AST, Value]
    hazards: int
    result: Value

    def kind(self, node: ast.AST) -> Kind:
        """The kind of an expression; OTHER if it is never evaluated."""
        return self.values.get(node, OTHER).kind


@dataclass(kw_only=True)
class _Walk:
    """The state of one walk: what was seen so far, and the names of the module."""

    module: Env = field(default_factory=dict)
    values: dict[ast.AST, Value] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0

    def see(self, node: ast.AST, value: Value) -> Value:
        known = self.values.get(node)
        self.values[node] = value if known is None else join(known, value)
        return value


def infer(tree: ast.Module) -> Inference:
    """Looks at every expression that `activation` reaches.

    Raises:
        ValueError: the tree defines no function `activation`.
    """
    walk = _Walk()
    _block(tree.body, walk.module, walk)
    activation = walk.module.get("activation", OTHER)
    if activation.function is None:
        raise ValueError("the tree defines no function `activation`; admit it first")
    result = _enter(activation.function, [input_tensor()], {}, walk.module, walk)
    for node in ast.walk(activation.function):
        # The contract demands the input's shape of what is returned, whatever made it.
        if isinstance(node, ast.Return) and node.value in walk.values:
            walk.values[node.value] = replace(walk.values[node.value], kind=Kind.FULL)
    hazards = sum(value.hazard for value in walk.values.values())
    return Inference(values=walk.values, hazards=hazards, result=result)


def _block(statements: Sequence[ast.stmt], env: Env, walk: _Walk) -> list[Value]:
    """Runs statements in `env` and gives the values they may return."""
    returned: list[Value] = []
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name):
                env[name] = Value(kind=Kind.OTHER, function=statement)
            case ast.Assign(targets=targets, value=expression):
                value = _look(expression, env, walk)
                for target in targets:
                    _bind(target, value, env)
            case ast.Return(value=ast.expr() as expression):
                returned.append(_look(expression, env, walk))
            case ast.If(test=test, body=body, orelse=orelse):
                _look(test, env, walk)
                returned += _branch(body, orelse, env, walk)
            case ast.For(target=target, iter=source, body=body):
                returned += _loop(target, _look(source, env, walk), body, env, walk)
            case ast.Expr(value=expression):
                _look(expression, env, walk)
    return returned


def _bind(target: ast.expr, value: Value, env: Env) -> None:
    if isinstance(target, ast.Name):
        env[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = value.items or ()
        if len(items) != len(target.elts):
            items = (OTHER,) * len(target.elts)
        for element, item in zip(target.elts, items, strict=True):
            _bind(element, item, env)


def _branch(
    body: Sequence[ast.stmt], orelse: Sequence[ast.stmt], env: Env, walk: _Walk
) -> list[Value]:
    left, right = dict(env), dict(env)
    returned = _block(body, left, walk) + _block(orelse, right, walk)
    for name in sorted(left.keys() | right.keys()):
        env[name] = join(left.get(name, OTHER), right.get(name, OTHER))
    return returned


def _loop(
    target: ast.expr, source: Value, body: Sequence[ast.stmt], env: Env, walk: _Walk
) -> list[Value]:
    returned: list[Value] = []
    if source.items is not None:
        for item in source.items[:MAX_TURNS]:
            _bind(target, item, env)
            returned += _block(body, env, walk)
        return returned
    before = dict(env)
    for _ in range(2):
        _bind(target, OTHER, env)
        returned += _block(body, env, walk)
        for name, value in env.items():
            if before.get(name, value) != value:
                env[name] = Value(kind=value.kind)  # grows with every turn: unbounded
    return returned


def _enter(
    function: ast.FunctionDef | ast.Lambda,
    args: Sequence[Value],
    named: Mapping[str, Value],
    env: Env,
    walk: _Walk,
) -> Value:
    """What a call of a function that the candidate defines returns."""
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    # A function of the module reads the module's names, not its caller's.
    own = walk.module.get(getattr(function, "name", ""), OTHER).function is function
    inner = dict(walk.module if own else env)
    defaults = _defaults(function.args, env, walk)
    for place, parameter in enumerate(parameters):
        name = parameter.arg
        given = args[place] if place < len(args) else named.get(name, defaults.get(name, OTHER))
        inner[name] = walk.see(parameter, given)
    if isinstance(function, ast.Lambda):
        return _look(function.body, inner, walk)
    returned = _block(function.body, inner, walk)
    return reduce(join, returned) if returned else OTHER


def _defaults(arguments: ast.arguments, env: Env, walk: _Walk) -> Env:
    plain = [*arguments.posonlyargs, *arguments.args]
    last = plain[len(plain) - len(arguments.defaults) :]
    pairs: list[tuple[ast.arg, ast.expr | None]] = [
        *zip(last, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {parameter.arg: _look(default, env, walk) for parameter, default in pairs if default}


def _look(node: ast.expr, env: Env, walk: _Walk) -> Value:
    walk.steps += 1
    if walk.steps > MAX_STEPS or walk.depth >= MAX_DEPTH:
        return walk.see(node, OTHER)
    walk.depth += 1
    value = _value(node, env, walk)
    walk.depth -= 1
    return walk.see(node, value)


def _value(node: ast.expr, env: Env, walk: _Walk) -> Value:
    match node:
        case ast.Name(id=name):
            return env.get(name, OTHER)
        case ast.Constant(value=bool()):
            return OTHER
        case ast.Constant(value=int() | float() as exact):
            return number(exact)
        case ast.Attribute():
            return _attribute(node, env, walk)
        case ast.UnaryOp(operand=operand):
            return signed(node.op, _look(operand, env, walk))
        case ast.BinOp(left=left, op=op, right=right):
            value = combine(op, _look(left, env, walk), _look(right, env, walk))
            return _narrow(value, node, walk) if isinstance(op, ast.Mult) else value
        case ast.Compare(left=left, comparators=comparators):
            return compared([_look(part, env, walk) for part in (left, *comparators)])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            _look(test, env, walk)
            return join(_look(body, env, walk), _look(orelse, env, walk))
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            return sequence([_look(element, env, walk) for element in elts])
        case ast.ListComp() | ast.GeneratorExp():
            return _comprehend(node, env, walk)
        case ast.Lambda():
            return Value(kind=Kind.OTHER, function=node)
        case ast.Subscript():
            return _subscript(node, env, walk)
        case ast.Call():
            return _call(node, env, walk)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _look(child, env, walk)
    return OTHER


def _narrow(value: Value, product: ast.BinOp, walk: _Walk) -> Value:
    """The product's value when equal factors are read as a square: -0.5 * x * x ≤ 0."""
    factors, negated = _factors(product)
    known = {ast.dump(factor): walk.values.get(factor, OTHER) for factor in factors}
    counts = Counter(map(ast.dump, factors))
    if max(counts.values()) == 1:
        return value
    powers = [(known[spelled], count) for spelled, count in counts.items()]
    return narrow(value, powers, negated=negated)


def _factors(node: ast.expr) -> tuple[list[ast.expr], bool]:
    """The factors of a product without their signs, and whether these make it negative."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            (first, minus), (second, other) = _factors(left), _factors(right)
            return first + second, minus != other
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            factors, minus = _factors(operand)
            return factors, not minus
    return [node], False


def _attribute(node: ast.Attribute, env: Env, walk: _Walk) -> Value:
    if dotted(node).partition(".")[0] in ROOTS:
        return number(CONSTANTS[node.attr]) if node.attr in CONSTANTS else OTHER
    _look(node.value, env, walk)
    return OTHER


def _comprehend(node: ast.ListComp | ast.GeneratorExp, env: Env, walk: _Walk) -> Value:
    source = _look(node.generators[0].iter, env, walk)
    if len(node.generators) > 1 or node.generators[0].ifs or source.items is None:
        return OTHER
    made = []
    for item in source.items[:MAX_TURNS]:
        inner = dict(env)
        _bind(node.generators[0].target, item, inner)
        made.append(_look(node.elt, inner, walk))
    return sequence(made)


def _subscript(node: ast.Subscript, env: Env, walk: _Walk) -> Value:
    value, place = _look(node.value, env, walk), _look(node.slice, env, walk)
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return number(1, 1e4)
    index = place.number
    if value.items and index is not None and -len(value.items) <= index < len(value.items):
        return value.items[int(index)]
    return OTHER


def _call(node: ast.Call, env: Env, walk: _Walk) -> Value:
    args = [_look(arg, env, walk) for arg in node.args]
    named = {word.arg: _look(word.value, env, walk) for word in node.keywords if word.arg}
    keep = any(
        word.arg == "keepdim" and ast.unparse(word.value) == "True" for word in node.keywords
    )
    name = dotted(node.func)
    root, _, rest = name.partition(".")
    if isinstance(node.func, ast.Name):
        function = env.get(root, OTHER).function
        if function is not None:
            return _enter(function, args, named, env, walk)
        return builtin_call(root, args)
    if root == "math":
        return scalar_call(rest, args)
    if root in ("torch", "F"):
        return torch_call(name.rpartition(".")[2], args, named, keep)
    if isinstance(node.func, ast.Attribute):
        receiver = _look(node.func.value, env, walk)
        if "shape_only" in called(node.func.attr).traits:
            return number(1, 1e4)
        return torch_call(node.func.attr, [receiver, *args], named, keep)
    return OTHER
