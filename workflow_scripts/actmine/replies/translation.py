"""Says in torch what a reply says in numpy, jax, scipy or layers, where both mean the same."""

import ast
from collections.abc import Sequence

from actmine.functions.spelling import dotted
from actmine.gate.library import CONSTANTS as OFFERED_CONSTANTS
from actmine.gate.library import FUNCTIONS
from actmine.mutation.expressions import template
from actmine.replies import dialects
from actmine.replies.tensors import Sort, Sorts
from actmine.replies.wording import reword

_ARRAY_TYPES = frozenset({"numpy.float32", "numpy.float64", "jax.numpy.float32", "float"})
_SAME_ARRAY = frozenset(
    {"numpy.asarray", "numpy.array", "jax.numpy.asarray", "jax.numpy.array"}
    | {"torch.as_tensor", "torch.asarray", "jax.nn.identity", "torch.nn.Identity"}
)
_ARRAY_ROOTS = ("numpy.", "jax.", "flax.", "scipy.")
_GELU = "jax.nn.gelu"


def translate(tree: ast.Module) -> list[str]:
    """Translates a source with full names in place; what cannot be said stays as it is.

    Returns: what was changed, each as "theirs -> ours".
    """
    translator = _Translator(tree)
    translator.visit(tree)
    ast.fix_missing_locations(tree)
    return list(dict.fromkeys(translator.changes))


class _Translator(ast.NodeTransformer):
    def __init__(self, tree: ast.Module) -> None:
        self.sorts = Sorts(tree)
        self.changes: list[str] = []
        names = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names -= dialects.CONSTANTS.keys()
        # Methods that both have, such as std, are numpy's only where nothing is torch's.
        self.of_arrays = any(n.startswith(_ARRAY_ROOTS) for n in names) and not any(
            n.startswith(("torch.", "F.")) for n in names
        )

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.sorts.enter(node)
        self.generic_visit(node)
        self.sorts.leave()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.sorts.enter(node)
        self.generic_visit(node)
        self.sorts.leave()
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        name = dotted(node)
        value = dialects.CONSTANTS.get(name)
        if value is None:
            self.generic_visit(node)
            return self._renamed(node, name)
        if value != "None":
            self._note(name, value)
        return ast.parse(value, mode="eval").body

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = dotted(node.func)
        if not name or self.sorts.is_bound(name.split(".")[0]):
            self.generic_visit(node)
            return self._method(node) or self._layer(node) or node
        node.args = [self.visit(argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        for theirs, ours in dialects.HANDED_ON.items():
            if name.startswith(theirs):
                name = ours + name.removeprefix(theirs)
        new = self._call(name, node)
        if new is None:
            node.func = self.visit(node.func)
            return node
        return new

    def _note(self, theirs: str, ours: str) -> None:
        self.changes.append(f"{theirs} -> {ours}")

    def _renamed(self, node: ast.Attribute, name: str) -> ast.expr:
        """A function of torch that is looked for in the wrong one of its namespaces."""
        if not name.startswith(("torch.", "F.")) or name in FUNCTIONS | OFFERED_CONSTANTS:
            return node
        right = [f"{root}.{node.attr}" for root in ("torch", "F", "torch.special")]
        found = next((one for one in right if one in FUNCTIONS), "")
        known = dialects.MISNAMED.get(name, found if name.count(".") == 1 else "")
        if not known:
            return node
        self._note(name, known)
        return ast.parse(known, mode="eval").body

    def _call(self, name: str, node: ast.Call) -> ast.expr | None:
        if name in dialects.UNARY or name.startswith(("torch.", "math.")):
            new = self._unary(name, node)
            if new is not None:
                return new
        if name == "math.pow" and len(node.args) == 2:
            tensor = self.sorts.sort(node.args[0]) is Sort.TENSOR
            return template("_ ** _2", *node.args) if tensor else None
        if name in dialects.EXTREMES:
            return self._extreme(name, node)
        if name in dialects.OPERATORS and len(node.args) == 2 and not node.keywords:
            sign = dialects.OPERATORS[name]
            self._note(name, sign)
            return template(f"_ {sign} _2", *node.args)
        if name in dialects.OF_TWO_TENSORS:
            return self._of_two(name, node)
        if name in dialects.REWORDED:
            target, parameters = dialects.REWORDED[name]
            return self._reworded(name, target, parameters, node.args, node.keywords)
        if name == _GELU:
            return self._gelu(node)
        return self._array(name, node)

    def _unary(self, name: str, node: ast.Call) -> ast.expr | None:
        """A function of one argument, which torch has for tensors and math for numbers."""
        theirs_is_ours = name.startswith(("torch.", "math."))
        ours = name.split(".", maxsplit=1)[1] if theirs_is_ours else dialects.UNARY[name]
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            return None
        sort = self.sorts.sort(node.args[0])
        if sort is Sort.NUMBER:
            right = "abs" if ours == "abs" else f"math.{ours}"
            if right not in FUNCTIONS | {"abs"}:
                return None
        else:
            right = f"torch.{ours}"
            if name.startswith("math.") and sort is not Sort.TENSOR:
                return None
        if right == name or right not in FUNCTIONS | {"abs"}:
            return None
        if theirs_is_ours and not _is_elementwise(ours):
            return None
        self._note(name, right)
        return template(f"{right}(_)", node.args[0])

    def _extreme(self, name: str, node: ast.Call) -> ast.expr | None:
        bound = dialects.EXTREMES[name]
        if len(node.args) != 2 or node.keywords:
            return None
        left, right = node.args
        sorts = self.sorts.sort(left), self.sorts.sort(right)
        if sorts[0] is Sort.NUMBER:
            left, right = right, left
        if set(sorts) == {Sort.TENSOR, Sort.NUMBER}:
            self._note(name, "torch.clamp")
            return template(f"torch.clamp(_, {bound}=_2)", left, right)
        if name.startswith("torch."):
            return None
        if sorts == (Sort.TENSOR, Sort.TENSOR):
            ours = "torch.maximum" if bound == "min" else "torch.minimum"
        elif sorts == (Sort.NUMBER, Sort.NUMBER):
            ours = "max" if bound == "min" else "min"
        else:
            return None
        if ours == name:
            return None
        self._note(name, ours)
        return template(f"{ours}(_, _2)", *node.args)

    def _of_two(self, name: str, node: ast.Call) -> ast.expr | None:
        if len(node.args) != 2 or node.keywords:
            return None
        ours = f"torch.{dialects.OF_TWO_TENSORS[name]}"
        sorts = [self.sorts.sort(argument) for argument in node.args]
        if name.endswith("logaddexp") and Sort.NUMBER in sorts:
            number = node.args[sorts.index(Sort.NUMBER)]
            tensor = node.args[1 - sorts.index(Sort.NUMBER)]
            if not (isinstance(number, ast.Constant) and number.value == 0):
                return None
            self._note(name, "F.softplus")
            return template("F.softplus(_)", tensor)
        # The remainder takes a number as its second argument too.
        free = ours == "torch.remainder" and sorts[1] is Sort.NUMBER
        if sorts[0] is not Sort.TENSOR or not (free or sorts[1] is Sort.TENSOR):
            return None
        self._note(name, ours)
        return template(f"{ours}(_, _2)", *node.args)

    def _reworded(
        self,
        name: str,
        target: str,
        parameters: Sequence[str],
        args: Sequence[ast.expr],
        keywords: Sequence[ast.keyword],
    ) -> ast.expr | None:
        words = reword(parameters, args, keywords)
        if words is None:
            return None
        self._note(name, target)
        positional, named = words
        function = ast.parse(target, mode="eval").body
        return ast.Call(func=function, args=positional, keywords=named)

    def _gelu(self, node: ast.Call) -> ast.expr | None:
        given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "approximate")]
        if len(node.args) + len(node.keywords) - len(given) != 1 or len(given) > 1:
            return None
        exact = given[0] if given else ast.Constant(value=True)
        if not isinstance(exact, ast.Constant) or not isinstance(exact.value, bool):
            return None
        x = node.args[0] if node.args else node.keywords[0].value
        text = "F.gelu(_, approximate='tanh')" if exact.value else "F.gelu(_)"
        self._note(_GELU, text.replace("_", "x", 1))
        return template(text, x)

    def _array(self, name: str, node: ast.Call) -> ast.expr | None:
        """What makes an array, or takes one and gives it back."""
        if name == "jax.lax.stop_gradient" and len(node.args) == 1:
            self._note(name, "x.detach()")
            return template("_.detach()", node.args[0])
        if name == "jax.lax.clamp" and len(node.args) == 3 and not node.keywords:
            self._note(name, "torch.clamp")
            low, x, high = node.args
            return template("torch.clamp(_, min=_2, max=_3)", x, low, high)
        typed = all(keyword.arg in ("dtype", "copy") for keyword in node.keywords)
        if len(node.args) != 1 or not typed:
            return None
        sort = self.sorts.sort(node.args[0])
        if name in _SAME_ARRAY and sort is Sort.TENSOR:
            return node.args[0]  # every tensor of a candidate is float32 already
        if name in _ARRAY_TYPES - {"float"} and sort is Sort.NUMBER:
            return node.args[0]
        made = name.endswith((".array", ".asarray")) and name.startswith(_ARRAY_ROOTS)
        if (made or name == "torch.Tensor") and sort is Sort.NUMBER:
            listed = isinstance(node.args[0], ast.List | ast.Tuple)
            if name != "torch.Tensor" or listed:  # a bare number would be a length there
                self._note(name, "torch.tensor")
                return template("torch.tensor(_)", node.args[0])
        return None

    def _method(self, node: ast.Call) -> ast.expr | None:
        if not isinstance(node.func, ast.Attribute) or not self.of_arrays:
            return None
        receiver, name = node.func.value, node.func.attr
        if name == "astype" and len(node.args) == 1 and not node.keywords:
            to = dotted(node.args[0])
            if to in _ARRAY_TYPES:
                return template("_.float()", receiver)
            return template("_.to(_2)", receiver, node.args[0]) if ".dtype" in to else None
        if name not in dialects.METHODS or self.sorts.sort(receiver) is not Sort.TENSOR:
            return None
        ours, parameters = dialects.METHODS[name]
        words = reword(parameters, node.args, node.keywords)
        if words is None:
            return None
        if ours != name or any(word.arg == "correction" for word in words[1]):
            self._note(f".{name}", f".{ours}")
        function = ast.Attribute(value=receiver, attr=ours, ctx=ast.Load())
        return ast.Call(func=function, args=words[0], keywords=words[1])

    def _layer(self, node: ast.Call) -> ast.expr | None:
        """`nn.GELU()(x)`: a layer that is made and called on the spot."""
        made = node.func
        if not isinstance(made, ast.Call) or len(node.args) != 1 or node.keywords:
            return None
        name = dotted(made.func)
        if name == "torch.nn.Identity":
            return node.args[0]
        if name == "torch.nn.Sequential" and not made.keywords:
            inner = node.args[0]
            for layer in made.args:
                call = ast.Call(func=layer, args=[inner], keywords=[])
                inner = self._layer(call) or call
            return inner
        if name not in dialects.LAYERS:
            return None
        target, parameters = dialects.LAYERS[name]
        words = reword(parameters, made.args, [k for k in made.keywords if not _is_off(k)])
        if words is None:
            return None
        self._note(name, target)
        function = ast.parse(target, mode="eval").body
        return ast.Call(func=function, args=[node.args[0], *words[0]], keywords=words[1])


def _is_elementwise(leaf: str) -> bool:
    return f"torch.{leaf}" in FUNCTIONS and f"math.{leaf}" in FUNCTIONS


def _is_off(keyword: ast.keyword) -> bool:
    off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
    return keyword.arg == "inplace" and off
