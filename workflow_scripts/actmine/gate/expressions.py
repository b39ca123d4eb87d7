"""Reads the expressions of a source and refuses what the library table does not list."""

import ast
from collections.abc import Container, Iterator
from contextlib import contextmanager

from actmine.functions.spelling import ROOTS, dotted
from actmine.gate import library, literals
from actmine.gate.loops import MAX_NESTED_TRIPS, range_trips, trips
from actmine.gate.names import (
    Frame,
    Kind,
    Scope,
    bindings_of,
    bindings_of_target,
    check_identifier,
    parameters,
)
from actmine.gate.refusal import refuse, why_no_attribute, why_no_name, why_no_value

LARGEST_INTEGER = 2**63 - 1  # a tensor's
_COMPOSED = (
    ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Tuple, ast.List, ast.Subscript,
    ast.Slice,
)  # fmt: skip

_INSTEAD: dict[type[ast.expr], str] = {
    ast.Await: "is asynchronous; write a plain expression",
    ast.Dict: "is a dictionary; give each constant a name, or use a tuple",
    ast.DictComp: "is a dictionary; use a list comprehension",
    ast.GeneratorExp: "is a generator, which remembers its place; write a list [...] instead",
    ast.JoinedStr: "is a formatted string; an activation needs no text",
    ast.NamedExpr: "assigns inside an expression; assign on a line of its own",
    ast.Set: "is a set; use a tuple",
    ast.SetComp: "is a set; use a list comprehension",
    ast.Starred: "unpacks with a star; write the arguments or elements out",
    ast.Yield: "makes a generator; return a tensor",
    ast.YieldFrom: "makes a generator; return a tensor",
}


class Expressions:
    """One reading of a source, expression by expression.

    Attributes:
        scope: the frame that the reader is in.
        trips: how often the text being read runs, by the loops around it.
        peak: the largest `trips` in the function being read.
        costs: the peak of each function read so far.
    """

    def __init__(self) -> None:
        self.scope = Scope(frame=Frame.MODULE)
        self.trips = 1
        self.peak = 1
        self.costs: dict[ast.AST, int] = {}

    def expression(self, node: ast.expr) -> None:
        """Reads one expression.

        Raises:
            Refusal: with the line, the construct and what to write instead.
        """
        match node:
            case ast.Constant():
                self._constant(node)
            case ast.Name():
                self._name(node)
            case ast.Attribute():
                self._attribute(node)
            case ast.Call():
                self._call(node)
            case ast.Lambda():
                self._lambda(node)
            case ast.ListComp():
                self._comprehension(node)
            case ast.BinOp():
                self._operation(node)
            case _ if isinstance(node, _COMPOSED):
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.expression(child)
            case _:
                refuse(node, _INSTEAD.get(type(node), "is not supported; write it plainly"))

    def iterable(self, node: ast.expr) -> None:
        """Reads what is iterated on the spot: here, and only here, may an iterator stand."""
        match node:
            case ast.GeneratorExp():
                self._comprehension(node)
            case ast.Call(func=ast.Name(id=name)) if name in library.ITERATORS:
                self._arguments(node, library.KEYWORDS, iterables=len(node.args))
            case _:
                self.expression(node)

    def charge(self, node: ast.AST, steps: int) -> None:
        """Counts the text that follows as run `steps` times more often.

        Raises:
            Refusal: the loops around it multiply to more than MAX_NESTED_TRIPS.
        """
        self.trips *= max(1, steps)
        self.peak = max(self.peak, self.trips)
        if self.trips > MAX_NESTED_TRIPS:
            refuse(node, f"runs {self.trips} times in all; at most {MAX_NESTED_TRIPS} may")

    @contextmanager
    def inside(self, scope: Scope, owner: ast.AST | None = None) -> Iterator[None]:
        """Reads in another scope; a function, given as `owner`, has a cost of its own."""
        before = self.scope, self.trips, self.peak
        self.scope = scope
        if owner is not None:
            self.trips = self.peak = 1
        yield
        peak = self.peak
        self.scope, self.trips, self.peak = before
        if owner is None:
            self.peak = max(self.peak, peak)
        else:
            self.costs[owner] = peak

    def defaults(self, arguments: ast.arguments) -> None:
        """Reads the default values, which belong to the scope around the function."""
        star = arguments.vararg or arguments.kwarg
        if star is not None:
            refuse(star, "collects arguments with a star; name each argument")
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self.expression(default)

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str | bytes):
            refuse(node, "is text; strings are offered as listed keyword values only")
        if isinstance(node.value, int) and node.value > LARGEST_INTEGER:
            refuse(node, "is an integer above 2**63 - 1; write it as a float")

    def _name(self, node: ast.Name) -> None:
        check_identifier(node.id, node)
        holder = self.scope.holder(node.id)
        if holder is None:
            if node.id in ROOTS:
                refuse(node, f"stands alone; name one function of it, such as {node.id}.tanh")
            if node.id in library.BUILTINS:
                refuse(node, "is a builtin that is not called here; call it")
            refuse(node, why_no_value(node.id))
        if node.id in holder.bound:
            return
        local = holder.frame is not Frame.MODULE and self.scope.function() in (
            holder,
            holder.function(),
        )
        # A loop may read what its previous step assigned further down.
        kinds = {binding.kind for binding in holder.bindings[node.id]}
        if not local or Kind.FUNCTION in kinds:
            refuse(
                node,
                "is used inside its own definition or above it; "
                "recursion is not supported, define it above without itself",
            )

    def _library_name(self, node: ast.expr) -> str | None:
        """The dotted name, if it starts at a name that the source does not bind itself."""
        name = dotted(node)
        own = not name or self.scope.holder(name.partition(".")[0]) is not None
        return None if own else name

    def _attribute(self, node: ast.Attribute) -> None:
        name = self._library_name(node)
        if name is not None:
            if name not in library.FUNCTIONS and name not in library.CONSTANTS:
                refuse(node, why_no_value(name))
            return
        call = node.value if isinstance(node.value, ast.Call) else None
        of_finfo = call is not None and self._library_name(call.func) == "torch.finfo"
        if node.attr in library.PROPERTIES or (of_finfo and node.attr in library.FINFO):
            self.expression(node.value)
        elif node.attr in library.METHODS:
            refuse(node, "is a method that is not called; call it")
        else:
            refuse(node, why_no_attribute(node.attr))

    def _call(self, node: ast.Call) -> None:
        function = node.func
        keywords: Container[str] = library.KEYWORDS
        name = self._library_name(function)
        if name is None and isinstance(function, ast.Attribute):
            if function.attr not in library.METHODS and not literals.is_conversion(node):
                refuse(node, why_no_attribute(function.attr))
            self.expression(function.value)
        elif name in library.BUILTINS:
            self._builtin(node, str(name))
            return
        elif name in library.CONSTANTS:
            refuse(node, "is a constant, not a function; leave the call out")
        elif name is not None and name not in library.FUNCTIONS and name not in ROOTS:
            check_identifier(name, function)
            refuse(function, why_no_name(name))
        else:
            self.expression(function)
            binding = self.scope.only(function.id) if isinstance(function, ast.Name) else None
            own = function if binding is None else binding.node
            if isinstance(own, ast.FunctionDef | ast.Lambda):
                keywords = {parameter.arg for parameter in parameters(own.args)}
                with self.inside(self.scope):
                    self.charge(node, self.costs.get(own, 1))
        if name in ("math.comb", "math.factorial"):
            literals.check_factorial(node)
        before = self.trips
        is_sum = name == "torch.einsum" and literals.is_equation(node)
        self._arguments(node, keywords, known=int(is_sum))
        self.trips = before

    def _builtin(self, node: ast.Call, name: str) -> None:
        if name in library.ITERATORS:
            refuse(node, f"remembers how far it was read; write list({name}(...)) to keep it")
        if name == "range":
            range_trips(node, self.scope)
        if name == "float" and not node.keywords and len(node.args) == 1:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and argument.value in library.FLOAT_STRINGS:
                return
        # The first only: `sum([], start)` hands its second back unread.
        self._arguments(node, library.KEYWORDS, iterables=int(name in library.CONSUMERS))

    def _arguments(
        self, node: ast.Call, keywords: Container[str], *, iterables: int = 0, known: int = 0
    ) -> None:
        positional = node.args[known:]
        for argument in positional[:iterables]:
            self.iterable(argument)
        for argument in positional[iterables:]:
            # A shape is short: `*x.shape[:-1]` cannot make a call grow.
            if isinstance(argument, ast.Starred) and literals.is_shape_part(argument.value):
                argument = argument.value
            self.expression(argument)
        for keyword in node.keywords:
            if keyword.arg is None:
                refuse(keyword, "unpacks with stars; write the arguments out")
            check_identifier(keyword.arg, keyword)
            if keyword.arg not in keywords:
                refuse(keyword, "is not among the keyword arguments offered; leave it out")
            match keyword.value:
                case ast.Constant(value=str() as text):
                    literals.check_option(keyword, text)
                case _:
                    self.expression(keyword.value)

    def _operation(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.LShift | ast.RShift):
            refuse(node, "shifts bits; multiply or divide by a power of two")
        if isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                if isinstance(side, ast.List | ast.Tuple | ast.ListComp):
                    refuse(node, "repeats a list; use torch.full, or a list comprehension")
        literals.check_power(node)
        self.expression(node.left)
        self.expression(node.right)

    def _lambda(self, node: ast.Lambda) -> None:
        self.defaults(node.args)
        scope = Scope(
            frame=Frame.FUNCTION, parent=self.scope, bindings=bindings_of([], node.args)
        )
        scope.bound.update(scope.bindings)
        with self.inside(scope, owner=node):
            self.expression(node.body)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> None:
        scope = Scope(frame=Frame.COMPREHENSION, parent=self.scope)
        for clause in node.generators:
            for name, found in bindings_of_target(clause.target).items():
                scope.bindings.setdefault(name, []).extend(found)
        first, *more = node.generators
        before = self.trips
        self.iterable(first.iter)
        self.charge(node, trips(first.iter, self.scope))
        with self.inside(scope):
            for clause in [first, *more]:
                if clause.is_async:
                    refuse(node, "is asynchronous; write a plain comprehension")
                if clause is not first:
                    self.iterable(clause.iter)
                    self.charge(node, trips(clause.iter, scope))
                scope.bound.update(bindings_of_target(clause.target))
                for condition in clause.ifs:
                    self.expression(condition)
            self.expression(node.elt)
        self.trips = before
