"""Drops from a program what computes nothing: checks, prints, tests, annotations."""

import ast
import inspect

from actmine.functions.spelling import dotted

DOCSTRING_LIMIT = 1200  # characters; a longer text is no description [ours]

# Decorators that compile or mark a function and leave its values and gradients alone.
_NEUTRAL = frozenset(
    {
        "torch.jit.script",
        "torch.jit.export",
        "torch.jit.ignore",
        "torch.compile",
        "torch.fx.wrap",
    }
    | {"jax.jit", "staticmethod", "typing.override", "typing.final", "tensorflow.function"}
    | {"numba.njit", "numba.jit", "numpy.vectorize", "functools.lru_cache", "functools.cache"}
)
_TALKERS = frozenset({"print", "warnings.warn", "logging", "logger"})


def tidy(tree: ast.Module) -> None:
    """Tidies a program with full names in place; what it computes stays the same."""
    _Tidier().visit(tree)
    tree.body = [one for one in tree.body if not _is_aside(one)]
    ast.fix_missing_locations(tree)


def _is_aside(node: ast.stmt) -> bool:
    """Whether a statement of the module is a script's block, or an expression on its own."""
    match node:
        case ast.If(test=test):
            return "__name__" in {
                part.id for part in ast.walk(test) if isinstance(part, ast.Name)
            }
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name()))):
            return False  # it may change a constant, such as COEFFS.append(0.5)
        case ast.Expr() | ast.Pass():
            return True
    return False


class _Tidier(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        emptied = isinstance(getattr(node, "body", None), list) and not node.body  # type: ignore[attr-defined]
        if emptied and not isinstance(node, ast.Module | ast.For | ast.If | ast.FunctionDef):
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [one for one in node.decorator_list if not _is_neutral(one)]
        node.returns = None
        text = ast.get_docstring(node, clean=False)
        self.generic_visit(node)
        about = _bounded(text) if text else ""
        if about:
            node.body.insert(0, ast.Expr(value=ast.Constant(value=about)))
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        self.generic_visit(node)
        return ast.Assign(targets=[node.target], value=node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        talks = isinstance(node.value, ast.Call) and _talks(dotted(node.value.func))
        return None if talks or isinstance(node.value, ast.Constant) else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        # An assertion in other words.
        if not node.orelse and all(isinstance(one, ast.Raise) for one in node.body):
            return None
        self.generic_visit(node)
        if not node.body and not node.orelse:
            return None
        node.body = node.body or [ast.Pass()]
        return node

    def visit_For(self, node: ast.For) -> ast.AST | None:
        self.generic_visit(node)
        return node if node.body else None


def _talks(name: str) -> bool:
    return name in _TALKERS or name.split(".")[0] in _TALKERS


def _is_neutral(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    name = dotted(function)
    if name == "functools.partial" and isinstance(node, ast.Call) and node.args:
        return dotted(node.args[0]) in _NEUTRAL
    return name in _NEUTRAL


def _bounded(text: str) -> str:
    """A docstring in one spelling, indented for a function's body; empty if it is too long."""
    lines = [_printable(line).rstrip() for line in inspect.cleandoc(text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if len("\n".join(lines)) > DOCSTRING_LIMIT:
        return ""
    body = "\n".join(f"    {line}" if line and at else line for at, line in enumerate(lines))
    return f"{body}\n    " if len(lines) > 1 else body


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in line)


def drop_type_checks(function: ast.FunctionDef) -> None:
    """Drops `if not isinstance(x, torch.Tensor): …` on the argument, which is always one."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    first = arguments[0].arg if arguments else ""
    kept = [one for one in function.body if not _asks_for_type(one, first)]
    function.body = kept or [ast.Pass()]


def _asks_for_type(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.If(
            test=ast.UnaryOp(
                op=ast.Not(), operand=ast.Call(func=function, args=[ast.Name(id=asked), *kinds])
            ),
            orelse=[],
        ) if asked == name:
            called = dotted(function)
            of_tensors = bool(kinds) and dotted(kinds[0]) in ("torch.Tensor", "numpy.ndarray")
            return called == "torch.is_tensor" or (called == "isinstance" and of_tensors)
    return False
