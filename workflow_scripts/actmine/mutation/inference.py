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
from actmine.gate.library import MAX_TRIPS
from actmine.gate.names import parameters
from actmine.mutation.calls import builtin_call, compared, scalar_call, sequence, torch_call
from actmine.mutation.values import (
    INPUT,
    OTHER,
    Kind,
    Value,
    combine,
    factors_of,
    join,
    narrow,
    number,
    signed,
)

Env = dict[str, Value]

# Of expressions and statements looked at; helpers that call helpers, and loops, multiply.
MAX_STEPS = 5_000  # [ours]
MAX_DEPTH = 120  # of them within each other, through helpers; Python's stack ends [ours]


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

    def is_nonnegative(self, node: ast.AST) -> bool:
        """Whether an expression is surely never below zero."""
        return self.values.get(node, OTHER).bounds[0] >= 0


@dataclass(kw_only=True)
class _Walk:
    """The state of one walk: what was seen so far, and the names of the module."""

    module: Env = field(default_factory=dict)
    values: dict[ast.AST, Value] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0

    def record(self, node: ast.AST, value: Value) -> Value:
        known = self.values.get(node)
        self.values[node] = value if known is None else join(known, value)
        return value

    def block(self, statements: Sequence[ast.stmt], env: Env) -> list[Value]:
        """Runs statements in `env` and gives the values they may return."""
        returned: list[Value] = []
        self.depth += 1
        for statement in statements:
            self.steps += 1
            if self.depth >= MAX_DEPTH:
                break
            match statement:
                case ast.FunctionDef(name=name):
                    env[name] = Value(kind=Kind.OTHER, function=statement)
                case ast.Assign(targets=targets, value=expression):
                    value = self._evaluate(expression, env)
                    for target in targets:
                        _bind(target, value, env)
                case ast.Return(value=ast.expr() as expression):
                    returned.append(self._evaluate(expression, env))
                case ast.If():
                    returned += self._branch(statement, env)
                case ast.For():
                    returned += self._loop(statement, env)
                case ast.Expr(value=expression):
                    self._evaluate(expression, env)
        self.depth -= 1
        return returned

    def _branch(self, node: ast.If, env: Env) -> list[Value]:
        self._evaluate(node.test, env)
        left, right = dict(env), dict(env)
        returned = self.block(node.body, left) + self.block(node.orelse, right)
        for name in sorted(left.keys() | right.keys()):
            env[name] = join(left.get(name, OTHER), right.get(name, OTHER))
        return returned

    def _loop(self, node: ast.For, env: Env) -> list[Value]:
        returned: list[Value] = []
        items = self._evaluate(node.iter, env).items
        if items is not None:
            for item in items[:MAX_TRIPS]:
                if self.steps > MAX_STEPS:
                    break  # and on to the return: every step from here on is of no known kind
                _bind(node.target, item, env)
                returned += self.block(node.body, env)
            return returned
        before = dict(env)
        for _ in range(2):
            _bind(node.target, OTHER, env)
            returned += self.block(node.body, env)
            for name, value in env.items():
                if before.get(name, value) != value:
                    env[name] = Value(kind=value.kind)  # grows with every turn: unbounded
        return returned

    def enter(
        self,
        function: ast.FunctionDef | ast.Lambda,
        args: Sequence[Value],
        named: Mapping[str, Value],
        env: Env,
    ) -> Value:
        """What a call of a function that the candidate defines returns."""
        # A function of the module reads the module's names, not its caller's.
        own = self.module.get(getattr(function, "name", ""), OTHER).function is function
        inner = dict(self.module if own else env)
        defaults = self._defaults(function.args, env)
        for place, parameter in enumerate(parameters(function.args)):
            name = parameter.arg
            given = (
                args[place] if place < len(args) else named.get(name, defaults.get(name, OTHER))
            )
            inner[name] = self.record(parameter, given)
        if isinstance(function, ast.Lambda):
            return self._evaluate(function.body, inner)
        returned = self.block(function.body, inner)
        return reduce(join, returned) if returned else OTHER

    def _defaults(self, arguments: ast.arguments, env: Env) -> Env:
        plain = [*arguments.posonlyargs, *arguments.args]
        last = plain[len(plain) - len(arguments.defaults) :]
        pairs: list[tuple[ast.arg, ast.expr | None]] = [
            *zip(last, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        return {
            parameter.arg: self._evaluate(default, env)
            for parameter, default in pairs
            if default
        }

    def _evaluate(self, node: ast.expr, env: Env) -> Value:
        self.steps += 1
        if self.steps > MAX_STEPS or self.depth >= MAX_DEPTH:
            return self.record(node, OTHER)
        self.depth += 1
        value = self._value(node, env)
        self.depth -= 1
        return self.record(node, value)

    def _value(self, node: ast.expr, env: Env) -> Value:
        match node:
            case ast.Name(id=name):
                return env.get(name, OTHER)
            case ast.Constant(value=int() | float() as exact) if not isinstance(exact, bool):
                return number(exact)
            case ast.Attribute():
                return self._attribute(node, env)
            case ast.UnaryOp(operand=operand):
                return signed(node.op, self._evaluate(operand, env))
            case ast.BinOp(left=left, op=op, right=right):
                value = combine(op, self._evaluate(left, env), self._evaluate(right, env))
                return self._narrow(value, node) if isinstance(op, ast.Mult) else value
            case ast.Compare(left=left, comparators=comparators):
                return compared([self._evaluate(part, env) for part in (left, *comparators)])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._evaluate(test, env)
                return join(self._evaluate(body, env), self._evaluate(orelse, env))
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return sequence([self._evaluate(element, env) for element in elts])
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehend(node, env)
            case ast.Lambda():
                return Value(kind=Kind.OTHER, function=node)
            case ast.Subscript():
                return self._subscript(node, env)
            case ast.Call():
                return self._call(node, env)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._evaluate(child, env)
        return OTHER

    def _narrow(self, value: Value, product: ast.BinOp) -> Value:
        """The product's value when equal factors are read as a square: -0.5 * x * x ≤ 0."""
        factors, negated = factors_of(product)
        spelled = [ast.dump(factor) for factor in factors]
        counts = Counter(spelled)
        if len(counts) == len(factors):
            return value
        known = dict(zip(spelled, factors, strict=True))
        powers = [(self.values.get(known[t], OTHER), count) for t, count in counts.items()]
        return narrow(value, powers, negated=negated)

    def _attribute(self, node: ast.Attribute, env: Env) -> Value:
        if dotted(node).partition(".")[0] in ROOTS:
            return number(CONSTANTS[node.attr]) if node.attr in CONSTANTS else OTHER
        self._evaluate(node.value, env)
        return OTHER

    def _comprehend(self, node: ast.ListComp | ast.GeneratorExp, env: Env) -> Value:
        source = self._evaluate(node.generators[0].iter, env)
        if len(node.generators) > 1 or node.generators[0].ifs or source.items is None:
            return OTHER
        made = []
        for item in source.items[:MAX_TRIPS]:
            inner = dict(env)
            _bind(node.generators[0].target, item, inner)
            made.append(self._evaluate(node.elt, inner))
        return sequence(made)

    def _subscript(self, node: ast.Subscript, env: Env) -> Value:
        value, place = self._evaluate(node.value, env), self._evaluate(node.slice, env)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return number(1, 1e4)
        index = place.number
        if value.items and index is not None and -len(value.items) <= index < len(value.items):
            return value.items[int(index)]
        return OTHER

    def _call(self, node: ast.Call, env: Env) -> Value:
        args = [self._evaluate(arg, env) for arg in node.args]
        named = {
            word.arg: self._evaluate(word.value, env) for word in node.keywords if word.arg
        }
        keep = "keepdim=True" in map(ast.unparse, node.keywords)
        name = dotted(node.func)
        root, _, rest = name.partition(".")
        if isinstance(node.func, ast.Name):
            function = env.get(root, OTHER).function
            if function is not None:
                return self.enter(function, args, named, env)
            return builtin_call(root, args)
        if root == "math":
            return scalar_call(rest, args)
        if root in ("torch", "F"):
            return torch_call(name.rpartition(".")[2], args, named, keep)
        if isinstance(node.func, ast.Attribute):
            receiver = self._evaluate(node.func.value, env)
            if "shape_only" in called(node.func.attr).traits:
                return number(1, 1e4)
            return torch_call(node.func.attr, [receiver, *args], named, keep)
        return OTHER


def infer(tree: ast.Module) -> Inference:
    """Looks at every expression that `activation` reaches.

    Raises:
        ValueError: the tree defines no function `activation`.
    """
    walk = _Walk()
    walk.block(tree.body, walk.module)
    activation = walk.module.get("activation", OTHER)
    if activation.function is None:
        raise ValueError("the tree defines no function `activation`; admit it first")
    x = Value(kind=Kind.FULL, bounds=INPUT)
    result = walk.enter(activation.function, [x], {}, walk.module)
    for node in ast.walk(activation.function):
        # The contract demands the input's shape of what is returned, whatever made it.
        if isinstance(node, ast.Return) and node.value in walk.values:
            walk.values[node.value] = replace(walk.values[node.value], kind=Kind.FULL)
    hazards = sum(value.hazard for value in walk.values.values())
    return Inference(values=walk.values, hazards=hazards, result=result)


def _bind(target: ast.expr, value: Value, env: Env) -> None:
    if isinstance(target, ast.Name):
        env[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = value.items or ()
        if len(items) != len(target.elts):
            items = (OTHER,) * len(target.elts)
        for element, item in zip(target.elts, items, strict=True):
            _bind(element, item, env)
