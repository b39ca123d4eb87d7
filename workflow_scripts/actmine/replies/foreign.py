"""Says what to write instead of other libraries' names: nothing is translated."""

import ast
import re
from collections.abc import Iterator

from actmine.gate.library import FUNCTIONAL, TORCH
from actmine.replies.syntax import ReplyError

_LIBRARIES = {
    *("numpy", "jax", "tensorflow", "keras", "tf_keras", "scipy", "flax", "haiku", "equinox"),
    *("cupy", "mxnet", "autograd", "sympy", "paddle", "mlx", "numba"),
}
# Short names that everybody uses, imported or not.
_CUSTOMARY = {
    **{"np": "numpy", "onp": "numpy", "jnp": "jax.numpy", "jnn": "jax.nn", "lax": "jax.lax"},
    "tf": "tensorflow",
}
# Where torch's name or default is another: a hint must not change the function.
_INSTEAD = {
    "swish": "F.silu(x), or x * torch.sigmoid(beta * x)",
    "hard_swish": "F.hardswish(x)",
    "hard_silu": "F.hardswish(x)",
    "hard_sigmoid": "the formula you mean: torch.clamp(0.2 * x + 0.5, 0, 1) is Keras 2's, "
    "torch.clamp(x / 6 + 0.5, 0, 1) is that of JAX and Keras 3",
    "hard_tanh": "torch.clamp(x, -1, 1)",
    "log_sigmoid": "F.logsigmoid(x)",
    "soft_sign": "F.softsign(x)",
    "expit": "torch.sigmoid(x)",
    "softmax": "torch.softmax(x, dim)",
    "log_softmax": "torch.log_softmax(x, dim)",
    "leaky_relu": "F.leaky_relu(x, slope) with the slope as a number",
    "elu": "F.elu(x, alpha) with alpha as a number",
    "celu": "F.celu(x, alpha) with alpha as a number",
    "gelu": "F.gelu(x), or F.gelu(x, approximate='tanh') for the approximate form",
    "std": "x.std(dim, correction=0): torch's own default divides by n - 1",
    "var": "x.var(dim, correction=0): torch's own default divides by n - 1",
    "median": "torch.quantile(x, 0.5, dim)",
    "maximum": "torch.maximum(x, y) of two tensors, or torch.clamp(x, min=number)",
    "minimum": "torch.minimum(x, y) of two tensors, or torch.clamp(x, max=number)",
    "max": "torch.amax(x, dim)",
    "min": "torch.amin(x, dim)",
    "heaviside": "torch.heaviside(x, torch.tensor(value))",
    "power": "torch.pow(x, exponent)",
    "absolute": "torch.abs(x)",
    "sort": "torch.sort(x, dim)[0]",
    "clip_by_value": "torch.clamp(x, low, high)",
    "mod": "torch.remainder(x, y)",
    "concatenate": "torch.cat(tensors, dim)",
    "array": "torch.tensor(numbers)",
    "asarray": "torch.tensor(numbers)",
    "constant": "torch.tensor(numbers)",
    "pi": "math.pi",
    "e": "math.e",
    "cbrt": "torch.sign(x) * torch.abs(x) ** (1 / 3)",
    "tensorflow.nn.leaky_relu": "F.leaky_relu(x, slope); TensorFlow's default slope is 0.2",
    "keras.activations.leaky_relu": "F.leaky_relu(x, slope); Keras' default slope is 0.2",
    "keras.layers.LeakyReLU": "F.leaky_relu(x, slope); Keras' default slope is 0.3",
    "jax.nn.leaky_relu": "F.leaky_relu(x, slope); JAX's default slope is 0.01",
    "jax.nn.gelu": "F.gelu(x, approximate='tanh'), JAX's default form, or F.gelu(x)",
}
_RANDOM = {"dropout", "random", "rrelu", "normal", "uniform"}


def refuse_foreign(tree: ast.Module, code: ast.Module) -> None:
    """Refuses code that names another library, also where only a type says so.

    Args:
        tree: the whole program, with its imports.
        code: what is used of it.

    Raises:
        ReplyError: it names what to write in torch.
    """
    imported = dict(imports(tree))
    names = {name: name for name in _LIBRARIES} | _CUSTOMARY | imported
    for node in ast.walk(code):  # a dotted name comes before its parts
        match node:
            case ast.Name() | ast.Attribute():
                written = ast.unparse(node)
            case (
                ast.arg(annotation=ast.Constant(value=str() as written))
                | ast.FunctionDef(returns=ast.Constant(value=str() as written))
            ):
                pass
            case _:
                continue
        short, _, rest = written.partition(".")
        full = f"{names.get(short, '')}.{rest}".strip(".")
        root = full.split(".", maxsplit=1)[0]
        if root in _LIBRARIES and not isinstance(node, ast.Import | ast.ImportFrom):
            raise ReplyError(f"`{written}` is {root}'s; {_remedy(full)}")
    foreign = [full for full in imported.values() if full.split(".")[0] in _LIBRARIES]
    if foreign and not re.search(r"\b(torch|F|math|nn)\b", ast.unparse(code)):
        raise ReplyError(
            f"imports {foreign[0]} and nothing of torch, so methods such as x.std may mean "
            "either; write them with torch, and import nothing"
        )


def _remedy(full: str) -> str:
    """What stands for a name in torch, with the same values."""
    if set(full.lower().split(".")) & _RANDOM:
        return "an activation draws no random numbers"
    leaf = full.rsplit(".", maxsplit=1)[-1]
    if leaf.endswith(("ndarray", "Array", "Tensor")):
        return "x is a torch.Tensor here: write the function with torch, and no type"
    plain = full.replace("tensorflow.keras", "keras").replace("tf_keras", "keras")
    hints = [_INSTEAD[name] for name in (plain, leaf) if name in _INSTEAD]
    hints += [f"torch.{leaf}"] if leaf in TORCH else []
    hints += [f"F.{leaf}"] if leaf in FUNCTIONAL else []
    return f"write {hints[0] if hints else 'its formula with functions of torch'}"


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name that imports bind, with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
