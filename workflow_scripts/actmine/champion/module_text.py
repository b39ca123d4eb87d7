"""Writes a mined function as a file that needs nothing but torch."""

import ast
import re
import textwrap
from collections.abc import Mapping

from actmine.champion.coefficients import Parametrised, free_name, parametrised
from actmine.champion.module_constants import with_own_constants
from actmine.functions.drop_in import IMPORTS
from actmine.gate.static import admit

_HELPER = "_with_coefficients"
_CLASS = "Activation"
NO_CHAMPION = '"""No mined function qualified as champion of this run."""\n'
_WIDTH = 88  # of the docstring's lines


def champion_text(source: str, *, title: str, origin: str) -> str:
    """A module with `activation(x)` and `Activation(learnable=False)`, ready to import.

    The function is the candidate's in the normal form in which it was measured: the same
    operations on the same numbers. The text runs nothing when it is written.

    Args:
        source: an admitted candidate.
        title, origin: what it is called and where it comes from, for the docstring.

    Raises:
        Refusal: the gate does not admit the source.
    """
    tree = admit(source)
    helper, owner, learned = _learned(tree)
    if learned.values:
        tree.body.append(learned.function)
    formula = docstring(source)
    imports, *blocks = _blocks(with_own_constants(tree), formula)
    parts = [
        f"{_head(title, formula, origin, owner)}\n\n{imports}",
        *blocks,
        _class(owner, helper, learned),
    ]
    return "\n\n\n".join(parts) + "\n"


def interface(source: str) -> tuple[str, Mapping[str, float]]:
    """The name of the module's class, and by name the coefficients that it can learn.

    Raises:
        Refusal: the gate does not admit the source.
    """
    _, owner, learned = _learned(admit(source))
    return owner, learned.values


def docstring(source: str) -> str:
    """The first line of what a source says of `activation`, read without running anything."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == "activation":
            return (ast.get_docstring(node) or "").split("\n")[0]
    return ""


def _head(title: str, formula: str, origin: str, owner: str) -> str:
    paragraphs = [f"{title}: an activation function mined by actmine.", formula, origin]
    paragraphs.append(
        f"`activation` is the function, `{owner}` the same as a module. Needs torch alone."
    )
    lines = "\n\n".join(
        textwrap.fill(_plain(paragraph), _WIDTH) for paragraph in paragraphs if paragraph
    )
    return f'"""{lines}\n"""'


def _blocks(tree: ast.Module, formula: str) -> list[str]:
    """Imports and constants, then each function."""
    texts = [ast.unparse(node) for node in tree.body]
    used = "\n".join([*texts, "torch."])  # the class needs torch in any case
    needed = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\.", used)]
    constants = [
        text
        for node, text in zip(tree.body, texts, strict=True)
        if not isinstance(node, ast.FunctionDef)
    ]
    blocks = ["\n".join(needed) + ("\n\n" + "\n".join(constants) if constants else "")]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if node.name == "activation" and formula:
                node.body.insert(0, ast.Expr(value=ast.Constant(value=_plain(formula))))
            blocks.append(ast.unparse(node))
    return blocks


def _class(owner: str, helper: str, learned: Parametrised) -> str:
    """The module. `learnable` is final: TorchScript compiles the branch in use, no other."""
    shown = ", ".join(f"{name} = {value:g}" for name, value in learned.values.items())
    what = f"its coefficients are parameters that start at {shown}"
    meaning = f"learnable: {what if shown else 'without effect, as it has no coefficient'}."
    meaning = textwrap.fill(meaning, _WIDTH - 8)
    lines = [
        f"class {owner}(torch.nn.Module):",
        '    """The function as a module.',
        "",
        "    Args:",
        textwrap.indent(meaning, " " * 8),
        '    """',
        "",
        "    learnable: torch.jit.Final[bool]",
        "",
        "    def __init__(self, learnable: bool = False) -> None:",
        "        super().__init__()",
        f"        self.learnable = {'learnable' if learned.values else 'False'}",
    ]
    if learned.values:
        lines.append("        if learnable:")
    lines += [
        f"            self.{name} = torch.nn.Parameter(torch.tensor({value!r}))"
        for name, value in learned.values.items()
    ]
    lines += ["", "    def forward(self, x: torch.Tensor) -> torch.Tensor:"]
    if learned.values:
        arguments = ", ".join(["x", *(f"self.{name}" for name in learned.values)])
        lines += ["        if self.learnable:", f"            return {helper}({arguments})"]
    lines += [
        "        return activation(x)",
        "",
        "    def extra_repr(self) -> str:",
        '        return f"learnable={self.learnable}"',
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Without what would end or escape within a docstring."""
    return re.sub(r"[\\\"]", "", text)


def _learned(tree: ast.Module) -> tuple[str, str, Parametrised]:
    """The names of the function and of the class, and what the function learns."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    taken = frozenset(names)
    helper, owner = free_name(_HELPER, taken), free_name(_CLASS, taken)
    learned = parametrised(tree, name=helper, taken=taken | {helper, owner, "self"})
    return helper, owner, learned
