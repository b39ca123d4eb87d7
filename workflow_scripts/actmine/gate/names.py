"""Which names a source binds, where, and to what."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from actmine.functions.spelling import ROOTS
from actmine.gate.library import LENGTHS
from actmine.gate.refusal import refuse

# `max` or `sum` may be a local name, as Python has it; what bounds a loop may not.
RESERVED = ROOTS | LENGTHS | {"nn", "Tensor"}


class Frame(Enum):
    """Whose names a scope holds."""

    MODULE = auto()
    FUNCTION = auto()
    COMPREHENSION = auto()


class Kind(Enum):
    """How a name got its value."""

    VALUE = auto()  # `name = expression`
    FUNCTION = auto()  # `def name` or `name = lambda`
    PARAMETER = auto()
    ITEM = auto()  # a loop variable, or part of something unpacked


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One place that gives a name its value."""

    kind: Kind
    node: ast.AST


Bindings = dict[str, list[Binding]]


@dataclass(kw_only=True)
class Scope:
    """The names of one frame.

    Attributes:
        bindings: every place in the frame that binds a name.
        bound: names whose binding stands above the text that is being read.
        integers: names of integers that may bound a loop; None where a parameter sets them.
        lengths: the same for names of tuples and lists.
        entry: whether this is the frame of `activation`, whose first argument is a tensor.
    """

    frame: Frame
    parent: "Scope | None" = None
    bindings: Bindings = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    integers: dict[str, int | None] = field(default_factory=dict)
    lengths: dict[str, int | None] = field(default_factory=dict)
    entry: bool = False

    def chain(self) -> Iterator["Scope"]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def holder(self, name: str) -> "Scope | None":
        """The scope that a use of `name` refers to; None if the source does not bind it."""
        return next((scope for scope in self.chain() if name in scope.bindings), None)

    def only(self, name: str) -> Binding | None:
        """The binding of a name that is bound in exactly one place."""
        scope = self.holder(name)
        places = scope.bindings[name] if scope is not None else []
        return places[0] if len(places) == 1 else None

    def function(self) -> "Scope":
        """The innermost scope that is not a comprehension's."""
        return next(s for s in self.chain() if s.frame is not Frame.COMPREHENSION)


def check_identifier(name: str, node: ast.AST) -> None:
    """Refuses names that start with two underscores, wherever they stand."""
    if name.startswith("__"):
        refuse(node, "has a name with two leading underscores; choose a plain one")


def _bind(bindings: Bindings, name: str, kind: Kind, node: ast.AST) -> None:
    check_identifier(name, node)
    if name in RESERVED:
        refuse(node, f"gives `{name}` another meaning; choose another name")
    bindings.setdefault(name, []).append(Binding(kind=kind, node=node))


def _bind_target(bindings: Bindings, target: ast.expr, value: ast.expr | None) -> None:
    if isinstance(target, ast.Name):
        kind = Kind.ITEM if value is None else Kind.VALUE
        kind = Kind.FUNCTION if isinstance(value, ast.Lambda) else kind
        _bind(bindings, target.id, kind, target if value is None else value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts: Sequence[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            parts = value.elts
        for element, part in zip(target.elts, parts, strict=True):
            _bind_target(bindings, element, part)
    elif isinstance(target, ast.Attribute):
        refuse(target, "stores into an attribute; assign to a plain name instead")
    elif isinstance(target, ast.Subscript):
        refuse(target, "stores into an element; build the result with torch.where or torch.cat")
    else:
        refuse(target, "unpacks a rest; name every part instead")


def _bind_statement(bindings: Bindings, statement: ast.stmt) -> None:
    match statement:
        case ast.FunctionDef():
            _bind(bindings, statement.name, Kind.FUNCTION, statement)
        case ast.Assign():
            for target in statement.targets:
                _bind_target(bindings, target, statement.value)
        case ast.AnnAssign():
            _bind_target(bindings, statement.target, statement.value)
        case ast.AugAssign() | ast.For():
            _bind_target(bindings, statement.target, None)
    # Any other statement binds nothing, or is refused where statements are read.
    if isinstance(statement, ast.For | ast.If):
        for inner in [*statement.body, *statement.orelse]:
            _bind_statement(bindings, inner)


def bindings_of(body: Sequence[ast.stmt], arguments: ast.arguments | None = None) -> Bindings:
    """The names that a body and its parameters bind, without those of inner functions.

    Raises:
        Refusal: a name is reserved or private, an element is stored into, or a function's
            name is bound twice, which could hide a recursion.
    """
    bindings: Bindings = {}
    for parameter in parameters(arguments):
        if parameter.arg in bindings:
            refuse(parameter, "names two parameters; give each its own name")
        _bind(bindings, parameter.arg, Kind.PARAMETER, parameter)
    for statement in body:
        _bind_statement(bindings, statement)
    for name, places in bindings.items():
        if len(places) > 1 and any(binding.kind is Kind.FUNCTION for binding in places):
            refuse(places[1].node, f"binds `{name}` again; give each function its own name")
    return bindings


def bindings_of_target(target: ast.expr) -> Bindings:
    """The names that the target of a comprehension binds."""
    bindings: Bindings = {}
    _bind_target(bindings, target, None)
    return bindings


def parameters(arguments: ast.arguments | None) -> list[ast.arg]:
    """All named parameters, in order."""
    if arguments is None:
        return []
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
