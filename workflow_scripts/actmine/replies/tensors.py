"""Tells tensors from plain numbers in a source that no gate has read yet.

numpy and jax take either where torch has one function for tensors and `math` for numbers.
"""

import ast
from collections.abc import Iterable, Sequence
from enum import StrEnum

from actmine.functions.spelling import dotted

MAX_PASSES = 8  # over a source, until what helpers receive is known [ours]
ENTRY = "activation"

_LIBRARIES = ("torch.", "F.", "numpy.", "jax.", "scipy.", "flax.")
_TENSOR_MAKERS = frozenset(
    {"tensor", "as_tensor", "full_like", "ones_like", "zeros_like", "full", "ones", "zeros"}
    | {"linspace", "arange", "array", "asarray"}
)
_NUMBER_METHODS = frozenset({"item", "size", "dim", "numel"})
_NUMBER_PROPERTIES = frozenset({"shape", "ndim", "dtype", "device"})
_GATHERED = frozenset({"enumerate", "zip", "reversed", "sorted", "list", "tuple"})
_COUNTS = frozenset({"range", "len", "float", "int", "round", "bool"})

Function = ast.FunctionDef | ast.Lambda


class Sort(StrEnum):
    """A tensor, a number or a collection of such; UNKNOWN may be either."""

    TENSOR = "tensor"
    NUMBER = "number"
    UNKNOWN = "unknown"


def _join(sorts: Iterable[Sort | None]) -> Sort | None:
    found = {sort for sort in sorts if sort is not None}
    return None if not found else found.pop() if len(found) == 1 else Sort.UNKNOWN


def _mixed(sorts: Iterable[Sort | None]) -> Sort | None:
    """Of an operation: a tensor if one operand is."""
    found = set(sorts)
    return Sort.TENSOR if Sort.TENSOR in found else _join(found)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


class Sorts:
    """What each name of a source holds: the join over all places that give it a value."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: dict[tuple[ast.AST, str], Sort] = {}
        self.functions: dict[str, Function] = {}
        self.results: dict[ast.AST, Sort] = {}
        self.scopes: list[ast.AST] = [tree]
        self._local: dict[ast.AST, set[str]] = {tree: set()}
        for _ in range(MAX_PASSES):
            before = dict(self.names), dict(self.results), len(self.functions)
            self._block(tree.body)
            if (self.names, self.results, len(self.functions)) == (*before[:2], before[2]):
                break

    def sort(self, node: ast.expr | None) -> Sort | None:
        """What an expression is in the present scope; None while nothing is known."""
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return Sort.NUMBER
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(operand=inner) | ast.Starred(value=inner):
                return self.sort(inner)
            case ast.Subscript(value=inner):
                shape = isinstance(inner, ast.Attribute) and inner.attr == "shape"
                return Sort.NUMBER if shape else self.sort(inner)
            case ast.BinOp(left=left, right=right):
                return _mixed((self.sort(left), self.sort(right)))
            case ast.Compare(left=left, comparators=others):
                return _mixed(map(self.sort, [left, *others]))
            case ast.BoolOp(values=parts):
                return _mixed(map(self.sort, parts))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return _join(map(self.sort, parts))
            case ast.IfExp(body=left, orelse=right):
                return _join((self.sort(left), self.sort(right)))
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                self._clauses(node.generators)
                return self.sort(element)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
        return Sort.UNKNOWN

    def enter(self, scope: Function) -> None:
        """Reads what follows as standing inside a function."""
        self.scopes.append(scope)

    def leave(self) -> None:
        """Ends the innermost `enter`."""
        self.scopes.pop()

    def is_bound(self, name: str) -> bool:
        """Whether the source itself gives the name a value."""
        return any(name in self._local.get(scope, ()) for scope in self.scopes)

    def _name(self, name: str) -> Sort | None:
        for scope in reversed(self.scopes):
            if name in self._local.get(scope, ()):
                return self.names.get((scope, name))
        return Sort.UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Sort | None:
        name = dotted(node)
        if name.startswith(("math.", *_LIBRARIES)):
            return Sort.NUMBER
        return Sort.NUMBER if node.attr in _NUMBER_PROPERTIES else self.sort(node.value)

    def _call(self, node: ast.Call) -> Sort | None:
        name = dotted(node.func)
        leaf = name.rsplit(".", maxsplit=1)[-1]
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        own = self.functions.get(name)
        if own is not None:
            self._pass_on(own, node)
            return self.results.get(own)
        if name.startswith("math.") or name in _COUNTS:
            return Sort.NUMBER
        if name.startswith(_LIBRARIES):
            return Sort.TENSOR if leaf in _TENSOR_MAKERS else _mixed(map(self.sort, arguments))
        if name in _GATHERED:
            return _join(map(self.sort, node.args))
        if isinstance(node.func, ast.Attribute):
            inner = self.sort(node.func.value)
            return Sort.NUMBER if node.func.attr in _NUMBER_METHODS else inner
        if isinstance(node.func, ast.Call):  # a layer that is made and called on the spot
            return _mixed(map(self.sort, arguments))
        return _mixed(map(self.sort, arguments)) or Sort.UNKNOWN

    def _pass_on(self, function: Function, call: ast.Call) -> None:
        known = _parameters(function.args)
        for parameter, argument in zip(known, call.args, strict=False):
            self._give(function, parameter.arg, self.sort(argument))
        for keyword in call.keywords:
            if keyword.arg is not None:
                self._give(function, keyword.arg, self.sort(keyword.value))

    def _give(self, scope: ast.AST, name: str, sort: Sort | None) -> None:
        self._local.setdefault(scope, set()).add(name)
        joined = _join((self.names.get((scope, name)), sort))
        if joined is not None:
            self.names[scope, name] = joined

    def _block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef():
                self._function(node.name, node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as function):
                self._function(name, function)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._target(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, value=value):
                self._give(self.scopes[-1], name, _mixed((self._name(name), self.sort(value))))
            case ast.For(target=target, iter=items):
                self._target(target, items)
                self._block([*node.body, *node.orelse])
            case ast.Return(value=value):
                scope = self.scopes[-1]
                joined = _join((self.results.get(scope), self.sort(value)))
                if joined is not None:
                    self.results[scope] = joined
            case ast.Expr(value=value):
                self._appended(value)
            case ast.If() | ast.With() | ast.Try() | ast.While():
                self._block([*node.body, *getattr(node, "orelse", [])])

    def _appended(self, node: ast.expr) -> None:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append")):
                self._give(self.scopes[-1], name, _join(map(self.sort, node.args)))

    def _target(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._give(self.scopes[-1], target.id, self.sort(value))
        elif isinstance(target, ast.Tuple | ast.List):
            whole = isinstance(value, ast.Tuple | ast.List)
            parts = value.elts if whole and len(value.elts) == len(target.elts) else []  # type: ignore[attr-defined]
            for index, part in enumerate(target.elts):
                self._target(part, parts[index] if parts else _part(value, index))

    def _clauses(self, clauses: Sequence[ast.comprehension]) -> None:
        for clause in clauses:
            self._target(clause.target, clause.iter)

    def _function(self, name: str, node: Function) -> None:
        self._local.setdefault(self.scopes[-1], set()).add(name)
        self.functions[name] = node
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        for parameter in _parameters(arguments):
            self._local.setdefault(node, set()).add(parameter.arg)
        defaults = zip(reversed(positional), reversed(arguments.defaults), strict=False)
        keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        for parameter, default in [*defaults, *keyword_only]:
            if default is not None and not _is_none(default):
                self._give(node, parameter.arg, self.sort(default))
        if name == ENTRY and positional and len(self.scopes) == 1:
            self._give(node, positional[0].arg, Sort.TENSOR)
        self.enter(node)
        if isinstance(node, ast.Lambda):
            self.results[node] = self.sort(node.body) or Sort.UNKNOWN
        else:
            self._block(node.body)
        self.leave()


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _part(value: ast.expr, index: int) -> ast.expr:
    """What stands for one item of each step of an `enumerate` or a `zip`."""
    match value:
        case ast.Call(func=ast.Name(id="enumerate"), args=[items, *_]):
            return ast.Constant(value=0) if index == 0 else items
        case ast.Call(func=ast.Name(id="zip"), args=items) if index < len(items):
            return items[index]
    return value
