"""Reads the statements of a source and refuses what an activation does not need."""

import ast
from collections.abc import Sequence

from actmine.gate.expressions import Expressions
from actmine.gate.library import ANNOTATIONS
from actmine.gate.loops import remember, trips
from actmine.gate.names import Frame, Scope, bindings_of, bindings_of_target, parameters
from actmine.gate.normal import ENTRY, spelled_out
from actmine.gate.refusal import Refusal, refuse

_INSTEAD: dict[type[ast.stmt], str] = {
    ast.AsyncFor: "is asynchronous; write a plain loop",
    ast.AsyncFunctionDef: "is asynchronous; write a plain function",
    ast.AsyncWith: "is asynchronous; write a plain function",
    ast.Assert: "checks something; the gate checks shapes itself, leave it out",
    ast.ClassDef: "is a class; write a plain function",
    ast.Delete: "deletes a name; leave it out",
    ast.Global: "reaches for global state; pass values as arguments "
    "(a constant of the module can be read without it)",
    ast.Match: "matches patterns; use if and elif",
    ast.Nonlocal: "changes an outer name; return the value instead",
    ast.Raise: "raises an error; return a tensor for every input",
    ast.Try: "catches errors; write a formula that is finite everywhere",
    ast.TryStar: "catches errors; write a formula that is finite everywhere",
    ast.While: "has no bound; use `for _ in range(…)` with a constant",
    ast.With: "opens a context; write the forward formula alone, "
    "with .detach() on what should have no gradient",
}


def _check_annotation(node: ast.expr | None) -> None:
    parts: Sequence[ast.expr] = ()
    match node:
        case None:
            pass
        case ast.Constant(value=value) if value in (None, Ellipsis, *ANNOTATIONS):
            pass
        case ast.Name() | ast.Attribute() if ast.unparse(node) in ANNOTATIONS:
            pass
        case ast.Subscript(value=outer, slice=inner):
            parts = [outer, inner]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            parts = elements
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            parts = [left, right]
        case _:
            refuse(node, "is not a type that is offered; write torch.Tensor, or no type")
    for part in parts:
        _check_annotation(part)


class Reader(Expressions):
    """One reading of a source, statement by statement."""

    def __init__(self) -> None:
        super().__init__()
        self.in_loop = False

    def module(self, tree: ast.Module) -> None:
        """Reads a whole source.

        Raises:
            Refusal: at the first thing that is not offered.
        """
        self.scope.bindings = bindings_of(tree.body)
        for name, places in self.scope.bindings.items():
            if len(places) > 1:
                refuse(places[1].node, f"binds `{name}` again; give it another name")
        for statement in tree.body:
            self._module_statement(statement)
        _check_entry(self.scope)

    def statement(self, node: ast.stmt) -> None:
        """Reads one statement of a function's body."""
        match node:
            case ast.ImportFrom(module="__future__"):
                refuse(node, "stands inside a function; leave it out")
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                pass  # imports were read by `spelled_plainly`
            case ast.FunctionDef():
                self._function(node)
            case ast.Assign() | ast.AnnAssign():
                self._assignment(node)
            case ast.AugAssign(target=ast.Name(id=name)):
                self._operation(spelled_out(node))
                self.scope.bound.add(name)
            case ast.For():
                self._loop(node)
            case ast.If():
                self.expression(node.test)
                self._body([*node.body, *node.orelse])
            case ast.Return():
                if node.value is not None:
                    self.expression(node.value)
            case ast.Expr():
                self._bare_expression(node)
            case ast.Break() | ast.Continue():
                if not self.in_loop:
                    refuse(node, "stands outside a loop; leave it out")
            case _:
                refuse(node, _INSTEAD.get(type(node), "is not supported; write it plainly"))

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def _module_statement(self, node: ast.stmt) -> None:
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future and ast.unparse(node) == "from __future__ import annotations":
            return
        imports = ast.Import | ast.ImportFrom
        if isinstance(node, imports | ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Expr):
            self.statement(node)
        elif isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            refuse(
                node,
                "is a script's block, which nobody calls and which would run unread "
                "from a saved file; leave it out",
            )
        else:
            other = "stands outside a function; only imports, constants and functions may"
            refuse(node, _INSTEAD.get(type(node), other))

    def _function(self, node: ast.FunctionDef) -> None:
        if node.decorator_list:
            refuse(
                node.decorator_list[0],
                "decorates a function; call it on the values instead, or leave it out",
            )
        if getattr(node, "type_params", None):
            refuse(node, "has type parameters; leave them out")
        for annotation in [*(p.annotation for p in parameters(node.args)), node.returns]:
            _check_annotation(annotation)
        self.defaults(node.args)
        scope = Scope(
            frame=Frame.FUNCTION,
            parent=self.scope,
            bindings=bindings_of(node.body, node.args),
            entry=self.scope.frame is Frame.MODULE and node.name == ENTRY,
        )
        scope.bound.update(parameter.arg for parameter in parameters(node.args))
        outer_loop, self.in_loop = self.in_loop, False
        with self.inside(scope, owner=node):
            self._body(node.body)
        self.in_loop = outer_loop
        self.scope.bound.add(node.name)

    def _assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
        if isinstance(node, ast.AnnAssign):
            _check_annotation(node.annotation)
        if node.value is None:
            refuse(node, "declares a name without a value; leave it out")
        self.expression(node.value)
        for target in targets:
            self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            remember(target.id, value, self.scope)
        elif isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            if len(values) == len(target.elts):
                for part, its_value in zip(target.elts, values, strict=True):
                    self._assign(part, its_value)
        self.scope.bound.update(bindings_of_target(target))

    def _loop(self, node: ast.For) -> None:
        self.iterable(node.iter)
        before, outer_loop = self.trips, self.in_loop
        self.charge(node, trips(node.iter, self.scope))
        self.scope.bound.update(bindings_of_target(node.target))
        self.in_loop = True
        self._body(node.body)
        self.trips, self.in_loop = before, outer_loop
        self._body(node.orelse)

    def _bare_expression(self, node: ast.Expr) -> None:
        match node.value:
            case ast.Constant(value=str()):
                return  # a docstring, or a comment written as one
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append")):
                self._append(node.value, name)
            case _:
                self.expression(node.value)
                refuse(node, "does nothing with its value; assign or return it")

    def _append(self, call: ast.Call, name: str) -> None:
        places = self.scope.bindings.get(name, [])
        own = self.scope.frame is Frame.FUNCTION and places
        lists = ast.List | ast.ListComp
        if not own or not all(isinstance(place.node, lists) for place in places):
            refuse(
                call,
                "appends to a list that this function did not create as `name = []`; "
                "a list that outlives the call would be hidden state",
            )
        if len(call.args) != 1 or call.keywords:
            refuse(call, "is no append of one value; write `name.append(value)`")
        self.expression(call.args[0])


def _check_entry(scope: Scope) -> None:
    places = scope.bindings.get(ENTRY, [])
    node = places[0].node if places else None
    if not isinstance(node, ast.FunctionDef):
        raise Refusal(None, f"the source defines no function `{ENTRY}`; add `def {ENTRY}(x):`")
    arguments = node.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    if required != 1 or None in arguments.kw_defaults:
        refuse(node, "must take the tensor x and nothing else without a default")
