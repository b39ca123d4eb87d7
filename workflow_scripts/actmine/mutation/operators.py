"""The edits of one program: each changes one thing in the scene's tree and says what.

An operator gives None, and leaves the tree alone, where it does not apply.
"""

import ast
import math

import numpy as np

from actmine.functions.table import called, canonical
from actmine.gate.static import admit
from actmine.mutation.constants import literals, log_uniform, perturb, round_digits
from actmine.mutation.parameters import constants_of, rewritten
from actmine.mutation.rendering import phrase, replace_at
from actmine.mutation.scene import Scene, pick, pick_result_first
from actmine.mutation.trees import Site, constant, operands, template, unary_call
from actmine.mutation.values import Kind


def _calls(names: str) -> tuple[str, ...]:
    """The templates of plain calls."""
    return tuple(f"{name}(_)" for name in names.split())


def _head(text: str) -> str:
    return text.partition("(")[0].rpartition(".")[2]


# Functions of one argument by their shape. `sinc` and fixed amplitudes are left out on
# purpose: the paper's finds must not be a draw away. [ours]
GROUPS: dict[str, tuple[str, ...]] = {
    "bounded": _calls("torch.tanh torch.sigmoid torch.erf torch.atan F.softsign"),
    "periodic": _calls("torch.sin torch.cos"),
    "rectifier": _calls(
        "torch.relu F.gelu F.silu F.softplus F.elu F.selu F.mish F.leaky_relu F.hardswish"
    ),
    "growth": (
        *_calls("torch.abs torch.asinh torch.square"),
        "torch.log1p(torch.abs(_))",
        "torch.sqrt(1 + torch.square(_))",
    ),
    "bump": ("torch.exp(-torch.square(_))", "1 / (1 + torch.square(_))"),
}
GROUP_OF = {
    _head(text): group
    for group, texts in GROUPS.items()
    for text in texts
    if text.count("(") == 1
}
STAY_IN_GROUP = 0.7  # how often a function is swapped for one of its own shape [ours]
AMPLITUDES = (0.02, 1.0)  # of new terms and gates [ours]
FREQUENCIES = (0.3, 8.0)  # of their arguments [ours]
INPUT = 0.5  # how often it is the input that is scaled or shifted [ours]
NEARBY = 0.3  # spread of a shift, of a slope, and of a scale's logarithm [ours]
SPREADS = (0.1, 0.3)  # of all constants moved at once, in the coordinates of a tuning [ours]
SWAPS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("_ - _2", "_ * _2", "torch.maximum(_, _2)", "torch.minimum(_, _2)"),
    ast.Sub: ("_ + _2", "_ * _2", "torch.maximum(_, _2)", "torch.minimum(_, _2)"),
    ast.Mult: ("_ + _2", "_ - _2", "torch.maximum(_, _2)", "torch.minimum(_, _2)"),
    ast.Div: ("_ * _2", "_ / (1 + torch.abs(_2))"),
    ast.Pow: ("_ * _2", "_ + _2"),
}
COUPLINGS = (
    "_ - _2 * _.mean(dim=-1, keepdim=True)",
    "_ + _2 * torch.roll(_, 1, dims=-1)",
    "_ / (1 + _2 * _.abs().mean(dim=-1, keepdim=True))",
)


def perturb_constant(scene: Scene, rng: np.random.Generator) -> str | None:
    """Scales one number, or steps a whole exponent."""
    literal = pick(literals(scene.tree, scene.inference), rng)
    if literal is None:
        return None
    new = perturb(literal, rng)
    literal.site.put(constant(new))
    parent = literal.site.parent
    where = f" in {phrase(parent)}" if isinstance(parent, ast.expr) else ""
    return f"{literal.value:g} -> {new:g}{where}"


def swap_operator(scene: Scene, rng: np.random.Generator) -> str | None:
    """Replaces the operator between two expressions."""
    site = pick([site for site in scene.sites if isinstance(site.node, ast.BinOp)], rng)
    if site is None or not isinstance(site.node, ast.BinOp):
        return None
    node, kind = site.node, scene.inference.kind
    texts = SWAPS.get(type(node.op), ())
    if Kind.NUMBER in (kind(node.left), kind(node.right)):  # maximum takes tensors only
        texts = tuple(text for text in texts if "torch." not in text)
    text = pick(texts, rng)
    if text is None:
        return None
    return replace_at(site, template(text, node.left, node.right))


def swap_function(scene: Scene, rng: np.random.Generator) -> str | None:
    """Replaces a function of one argument by another, mostly of the same shape."""
    calls = [(site, call) for site in scene.sites if (call := unary_call(site.node))]
    chosen = pick([each for each in calls if canonical(each[1][0]) in GROUP_OF], rng)
    if chosen is None:
        return None
    site, (name, argument) = chosen
    old = canonical(name)
    same = rng.random() < STAY_IN_GROUP
    texts = GROUPS[GROUP_OF[old]] if same else [t for group in GROUPS.values() for t in group]
    text = pick([text for text in texts if not _is_same(text, old, argument, scene)], rng)
    if text is None:
        return None
    site.put(template(text, argument))
    return f"{old} -> {_plain(text)} of {phrase(argument)}"


def _is_same(text: str, old: str, argument: ast.expr, scene: Scene) -> bool:
    name = _head(text)
    if name == old:
        return True
    kept = _keeps_positive(name) and _keeps_positive(old)
    return kept and scene.inference.is_nonnegative(argument)


def _keeps_positive(name: str) -> bool:
    """Whether a function leaves every number above zero as it is."""
    return "keeps_positive" in called(name).traits


def _plain(text: str) -> str:
    """A template as a summary names it: `tanh`, or `log1p(abs(_))`."""
    plain = text.replace("torch.", "").replace("F.", "")
    return plain.removesuffix("(_)") if plain.count("(") == 1 else plain


def wrap(scene: Scene, rng: np.random.Generator) -> str | None:
    """Puts a function around an expression."""
    site, text = pick(scene.sites, rng), _draw_function(rng, tuple(GROUPS))
    if site is None:
        return None
    if _keeps_positive(_head(text)) and scene.inference.is_nonnegative(site.node):
        return None
    site.put(template(text, site.node))
    return f"{_plain(text)} around {phrase(site.node)}"


def _draw_function(rng: np.random.Generator, groups: tuple[str, ...]) -> str:
    group = GROUPS[groups[int(rng.integers(len(groups)))]]
    return group[int(rng.integers(len(group)))]


def _wave(site: Site, rng: np.random.Generator, groups: tuple[str, ...]) -> ast.expr:
    """`a * f(b * x)` with drawn constants and function; b is left out half the time."""
    carrier = _input(site)
    if rng.random() < 0.5:
        carrier = template("_ * _2", constant(log_uniform(rng, *FREQUENCIES)), carrier)
    inner = template(_draw_function(rng, groups), carrier)
    return template("_ * _2", constant(log_uniform(rng, *AMPLITUDES)), inner)


def _input(site: Site) -> ast.expr:
    return ast.Name(id=site.carrier, ctx=ast.Load())


def add_term(scene: Scene, rng: np.random.Generator) -> str | None:
    """Adds or subtracts a scaled function of the input."""
    site = pick_result_first(scene, rng)
    if site is None:
        return None
    term = _wave(site, rng, ("bounded", "periodic", "periodic", "rectifier", "bump"))
    sign = "+" if rng.random() < 0.5 else "-"
    site.put(template(f"_ {sign} _2", site.node, term))
    return f"{sign} {phrase(term)} at {phrase(site.node)}"


def multiply_gate(scene: Scene, rng: np.random.Generator) -> str | None:
    """Multiplies an expression by one plus or minus a bounded function of the input."""
    site = pick_result_first(scene, rng)
    if site is None:
        return None
    wave = _wave(site, rng, ("bounded", "periodic", "bump"))
    gate = template(f"1 {'+' if rng.random() < 0.5 else '-'} _", wave)
    site.put(template("_ * _2", site.node, gate))
    return f"gate {phrase(gate)} at {phrase(site.node)}"


def simplify(scene: Scene, rng: np.random.Generator) -> str | None:
    """Replaces an expression by one of its own parts."""
    pairs = [(site, part) for site in scene.sites for part in operands(site.node)]
    chosen = pick([pair for pair in pairs if scene.inference.kind(pair[1]) is Kind.FULL], rng)
    if chosen is None:
        return None
    site, part = chosen
    return replace_at(site, part)


def stretch(scene: Scene, rng: np.random.Generator) -> str | None:
    """Scales or shifts a little: what is returned, or the input, everywhere or at one place.

    What leads is seldom a step away in form and often one in position: functions that only
    stretch a known one are ahead of it. [ours]
    """
    inputs = scene.input_sites
    sites = inputs if rng.random() < INPUT else scene.result_sites[:1]
    if not sites:
        return None
    if rng.random() < 0.5:
        sites = [sites[int(rng.integers(len(sites)))]]
    scale = constant(round_digits(math.exp(rng.normal(0, NEARBY))))
    shift = constant(round_digits(rng.normal(0, NEARBY)))
    text = pick(("_2 * _", "_ + _3", "_2 * _ + _3"), rng) or ""
    for site in sites:
        changed = replace_at(site, template(text, site.node, scale, shift))
    return changed if len(sites) == 1 else f"{changed}, wherever it is read"


def tilt(scene: Scene, rng: np.random.Generator) -> str | None:
    """Adds a little of the input itself to what is returned, as a skip does. [ours]"""
    site = pick(scene.result_sites, rng)
    if site is None:
        return None
    slope = constant(round_digits(rng.normal(0, NEARBY)))
    return replace_at(site, template("_ + _2 * _3", site.node, slope, _input(site)))


def perturb_constants(scene: Scene, rng: np.random.Generator) -> str | None:
    """Moves all constants at once, a little, as the tuning of constants counts distances."""
    source = ast.unparse(scene.tree)
    constants = constants_of(source)
    if len(constants) < 2:  # of one, the perturbation of a single number takes care
        return None
    spread = pick(SPREADS, rng) or 0.0
    new = {each.index: each.at(each.start + rng.normal(0, spread)) for each in constants}
    scene.tree.body[:] = admit(rewritten(source, new, name="")).body
    return f"{len(constants)} constants moved"


def couple_features(scene: Scene, rng: np.random.Generator) -> str | None:
    """Lets an input feel the other features of its row, never other rows."""
    site, text = pick(scene.input_sites, rng), pick(COUPLINGS, rng)
    if site is None or text is None:
        return None
    return replace_at(site, template(text, site.node, constant(log_uniform(rng, 0.1, 1))))
