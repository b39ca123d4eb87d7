"""Turns a class, such as an nn.Module with a forward method, into plain functions."""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from actmine.functions.spelling import ROOTS, dotted
from actmine.mutation.constants import VALUE_KEYWORDS
from actmine.mutation.expressions import identifiers, substitute
from actmine.replies.dialects import LAYERS
from actmine.replies.syntax import ReplyError

METHODS = ("forward", "__call__", "call")
_HOLDERS = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter"})
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_MAKERS = {"torch.ones": 1.0, "torch.zeros": 0.0}
_REMEDY = "write one plain function activation(x) with its constants as numbers"


@dataclass(kw_only=True)
class _Plan:
    """What becomes of the parts of one class.

    Attributes:
        values: expressions that stand for names of the constructor.
        attributes: expressions that stand for `self.name`.
        constants: the module's constants that are made of attributes.
    """

    name: str
    taken: set[str]
    values: dict[str, ast.expr] = field(default_factory=dict)
    attributes: dict[str, ast.expr] = field(default_factory=dict)
    constants: list[ast.stmt] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def fresh(self, wish: str) -> str:
        """A name that the source does not use yet."""
        name, count = wish, 1
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name


def flatten(
    tree: ast.Module, node: ast.ClassDef, creation: ast.Call | None
) -> tuple[list[ast.stmt], list[str]]:
    """The constants and functions that do what an object of a class does when called.

    The function that stands for the call has the name of the class.

    Args:
        creation: how the source makes the object; None for the default arguments.

    Returns: the statements, and what was changed.

    Raises:
        ReplyError: it holds weights of layers, or keeps a state between calls.
    """
    node = copy.deepcopy(node)  # where it fails, the class stays as it was
    plan = _Plan(name=node.name, taken={*identifiers(tree), *ROOTS})
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    call = next((methods[name] for name in METHODS if name in methods), None)
    if call is None:
        raise ReplyError(f"class {node.name} has no forward method; {_REMEDY}")
    if any(dotted(base).endswith("autograd.Function") for base in node.bases):
        raise ReplyError(f"class {node.name} defines its own gradient; {_REMEDY}")
    for statement in node.body:
        _class_constant(plan, statement)
    if "__init__" in methods:
        _construct(plan, methods["__init__"], creation)
    _name_constants(plan, [one for name, one in methods.items() if name != "__init__"])
    plan.changes.append(f"turned class {node.name} into a function")
    about = ast.get_docstring(node) or ""
    functions = list(_functions(plan, methods, call, about))
    return [*plan.constants, *functions], plan.changes


def _class_constant(plan: _Plan, statement: ast.stmt) -> None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            plan.attributes[name] = value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            plan.attributes[name] = value


def _construct(plan: _Plan, node: ast.FunctionDef, creation: ast.Call | None) -> None:
    """Follows the constructor, statement by statement."""
    plan.values.update(_arguments(plan, node, creation))
    for statement in node.body:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Assert():
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="__init__"))):
                pass  # of the base class
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="register_buffer" | "register_parameter"),
                    args=[ast.Constant(value=str() as name), value, *_],
                )
            ):
                plan.attributes[name] = _resolved(plan, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                plan.values[name] = _resolved(plan, value)
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)])
                | ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name))
            ) if statement.value is not None:
                plan.attributes[name] = _resolved(plan, statement.value)
            case _:
                line = ast.unparse(statement).split("\n")[0][:80]
                raise ReplyError(f"class {plan.name}: `{line}` is not understood; {_REMEDY}")


def _arguments(
    plan: _Plan, node: ast.FunctionDef, creation: ast.Call | None
) -> Mapping[str, ast.expr]:
    arguments = node.args
    names = [one.arg for one in [*arguments.posonlyargs, *arguments.args]][1:]
    given = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    given.update({one.arg: default for one, default in keyword_only if default is not None})
    names += [one.arg for one in arguments.kwonlyargs]
    if creation is not None:
        given.update(zip(names, creation.args, strict=False))
        given.update({k.arg: k.value for k in creation.keywords if k.arg is not None})
    missing = [name for name in names if name not in given]
    if missing:
        raise ReplyError(f"class {plan.name} needs a value for `{missing[0]}`; {_REMEDY}")
    return given


class _Reads(ast.NodeTransformer):
    """Puts what they stand for where attributes of `self` are read."""

    def __init__(self, plan: _Plan, own: str = "self") -> None:
        self.plan = plan
        self.own = own

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Name) or node.value.id != self.own:
            return node
        known = self.plan.attributes.get(node.attr)
        if isinstance(node.ctx, ast.Store):
            raise ReplyError(
                f"class {self.plan.name} stores `self.{node.attr}` when called, which is "
                f"hidden state; {_REMEDY}"
            )
        if known is None:
            raise ReplyError(
                f"class {self.plan.name} reads `self.{node.attr}`, which its constructor "
                f"does not set; {_REMEDY}"
            )
        return copy.deepcopy(known)


def _resolved(plan: _Plan, value: ast.expr) -> ast.expr:
    """A constructor's expression in terms of the module alone, its parameters unwrapped."""
    new: ast.expr = _Reads(plan).visit(substitute(value, plan.values))
    if isinstance(new, ast.Call) and dotted(new.func) in _HOLDERS and new.args:
        new = new.args[0]
        plan.changes.append(f"fixed a parameter of {plan.name} at its initial value")
    _require_no_weights(plan, new)
    return new


def _require_no_weights(plan: _Plan, value: ast.expr) -> None:
    for node in ast.walk(value):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        is_layer = name.startswith("torch.nn.") and name.split(".")[-1][0].isupper()
        if is_layer and name not in {*LAYERS, "torch.nn.Identity", "torch.nn.Sequential"}:
            raise ReplyError(f"class {plan.name} holds a {name}, which holds state; {_REMEDY}")


def _is_callable_value(value: ast.expr) -> bool:
    """Whether an attribute is a function or a layer, which is named where it is called."""
    if isinstance(value, ast.Call):
        return dotted(value.func).startswith("torch.nn.")
    return isinstance(value, ast.Lambda) or dotted(value).startswith(("torch.", "F.", "jax."))


def _name_constants(plan: _Plan, methods: Sequence[ast.FunctionDef]) -> None:
    """Gives every attribute that is a value a name of the module."""
    operands = _operands(methods)
    for name, value in list(plan.attributes.items()):
        if _is_callable_value(value) or isinstance(value, ast.Name):
            continue
        constant = plan.fresh(name.upper())
        number = _as_number(value) if name not in operands.others else None
        target = ast.Name(id=constant, ctx=ast.Store())
        plan.constants.append(ast.Assign(targets=[target], value=number or value))
        plan.attributes[name] = ast.Name(id=constant, ctx=ast.Load())


@dataclass(kw_only=True)
class _Operands(ast.NodeVisitor):
    """Which attributes are read elsewhere than in arithmetic, where they must stay tensors."""

    others: set[str] = field(default_factory=set)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        for side in (node.left, node.right):
            if not isinstance(node.op, _ARITHMETIC) or not isinstance(side, ast.Attribute):
                self.visit(side)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in VALUE_KEYWORDS or not isinstance(node.value, ast.Attribute):
            self.visit(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.others.add(node.attr)
        self.generic_visit(node)


def _operands(methods: Sequence[ast.FunctionDef]) -> _Operands:
    found = _Operands()
    for method in methods:
        found.visit(method)
    return found


def _as_number(value: ast.expr) -> ast.expr | None:
    """`0.5` for a tensor of that one value: the same in arithmetic with any tensor."""
    match value:
        case ast.Constant(value=int() | float()):
            return value
        case ast.UnaryOp(op=ast.USub() as sign, operand=operand):
            inner = _as_number(operand)
            return None if inner is None else ast.UnaryOp(op=sign, operand=inner)
        case ast.BinOp(left=left, op=op, right=right):
            sides = _as_number(left), _as_number(right)
            return None if None in sides else ast.BinOp(sides[0], op, sides[1])  # type: ignore[arg-type]
        case ast.Attribute() if dotted(value).startswith(("math.", "numpy.")):
            return value
        case ast.List(elts=[only]) | ast.Tuple(elts=[only]):
            return _as_number(only)
        case ast.Call(func=ast.Attribute() as function, args=args):
            return _made_number(dotted(function), args)
        case ast.Call(func=ast.Name(id="float"), args=[inner]):
            return _as_number(inner)
    return None


def _made_number(name: str, args: Sequence[ast.expr]) -> ast.expr | None:
    single = bool(args) and ast.unparse(args[0]) in ("1", "()", "(1,)", "[1]", "[]")
    if name in ("torch.tensor", "torch.Tensor", "torch.FloatTensor") and len(args) == 1:
        listed = isinstance(args[0], ast.List | ast.Tuple)
        return _as_number(args[0]) if listed or name == "torch.tensor" else None
    if name in _MAKERS and single and len(args) == 1:
        return ast.Constant(value=_MAKERS[name])
    if name == "torch.full" and single and len(args) == 2:
        return _as_number(args[1])
    if name.startswith("math.") and all(map(_as_number, args)):
        return ast.Call(func=ast.parse(name, mode="eval").body, args=list(args), keywords=[])
    return None


def _functions(
    plan: _Plan, methods: Mapping[str, ast.FunctionDef], call: ast.FunctionDef, about: str
) -> Iterator[ast.stmt]:
    """The methods as functions of the module, the call under the name of the class."""
    names = {call.name: plan.name}
    for name in methods:
        if name != call.name and not name.startswith("__") and name != "extra_repr":
            names[name] = plan.fresh(name)
    for name, function in names.items():
        plan.attributes[name] = ast.Name(id=function, ctx=ast.Load())
    for name, function in names.items():
        method, is_call = methods[name], methods[name] is call
        static = any(dotted(one) == "staticmethod" for one in method.decorator_list)
        positional = [*method.args.posonlyargs, *method.args.args]
        if not static and positional:
            own = (method.args.posonlyargs or method.args.args).pop(0).arg
            method = _Reads(plan, own).visit(method)
        method.name = function
        if is_call and about and ast.get_docstring(method) is None:
            method.body.insert(0, ast.Expr(value=ast.Constant(value=about)))
        yield method
