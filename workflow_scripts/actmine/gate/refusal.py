"""A refused source: the line, the construct as written, and what to write instead."""

import ast
import builtins
import difflib
from collections.abc import Mapping
from functools import cache
from typing import NoReturn

from actmine.functions.spelling import ROOTS
from actmine.gate.library import FUNCTIONS, MATH_CONSTANTS, METHODS, PROPERTIES

QUOTED = 48  # characters of a construct that a refusal repeats


class Refusal(ValueError):  # noqa: N818 (an everyday verdict, not an error of ours)
    """Why a source may not run.

    Attributes:
        line: where, counted from 1; None if the text as a whole is refused.
        reason: for the author, who may be a language model: it names the remedy too.
    """

    def __init__(self, line: int | None, reason: str) -> None:
        self.line = line
        self.reason = reason if line is None else f"line {line}: {reason}"
        super().__init__(self.reason)


def refuse(node: ast.AST, why: str) -> NoReturn:
    """Raises the Refusal of a node."""
    raise refusal_of(node, why)


def refusal_of(node: ast.AST, why: str) -> Refusal:
    """The Refusal of a node; `why` follows the construct, quoted as written."""
    text = " ".join(ast.unparse(node).split())
    quoted = text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
    return Refusal(getattr(node, "lineno", None), f"`{quoted}` {why}")


RANDOM = "draws random numbers; an activation must be deterministic"
UNINITIALISED = "hands out uninitialised memory; use torch.zeros_like(x)"
RAW_VIEW = "lays a view over raw memory; use slices, reshape or unfold"
GLOBAL_STATE = "changes the state of the whole process; an activation is a function of x only"
AUTOGRAD = "reaches into autograd; write the forward formula, or use x.detach()"
LEAVES_GRAPH = "takes numbers out of the graph; keep them a tensor"
RETYPES = "moves or retypes a tensor; use x.float() or x.type_as(other), or x.to(other.dtype)"
FILES = "reaches files or native code; an activation is a function of x only"
LAYER = "is a layer, which holds state; use the function in F or torch"
STATISTICS = "keeps running statistics; use F.layer_norm, or write (x - mean) / std"

# Why a well-known name is missing from the table.
_MISSING = {
    RANDOM: """rand rand_like randn randn_like randint randint_like randperm bernoulli normal
        poisson multinomial binomial dropout dropout1d dropout2d alpha_dropout rrelu
        feature_dropout feature_alpha_dropout gumbel_softmax random seed exponential uniform
        fractional_max_pool2d""",
    UNINITIALISED: "empty empty_like empty_strided new_empty",
    RAW_VIEW: "as_strided resize resize_as",
    GLOBAL_STATE: """manual_seed set_default_dtype set_num_threads set_grad_enabled no_grad
        enable_grad inference_mode use_deterministic_algorithms compile jit set_default_device
        set_rng_state set_printoptions""",
    AUTOGRAD: "data grad grad_fn backward autograd register_hook requires_grad retain_grad",
    LEAVES_GRAPH: "item tolist numpy",
    RETYPES: "to type cuda cpu half bfloat16",
    FILES: """load save from_file ops classes hub os sys builtins importlib utils open tofile
        frombuffer from_numpy storage untyped_storage data_ptr getpid eval exec""",
    STATISTICS: "batch_norm instance_norm",
    "can hang on a large number; write the product out": "perm",
    "is an iterator; write a list comprehension": "map filter",
    "is not offered; use a tuple, or give each value a name": "dict set frozenset",
    "has weights; write the sum of torch.roll(x, k, dims=-1) over constants": """conv1d conv2d
        conv_transpose1d linear bilinear embedding""",
    "holds a trained value; write the constant as a number": "Parameter Buffer",
    "is a type, not a function; use torch.tensor": "Tensor FloatTensor",
    "is not offered; x is always a float32 (batch, feature) tensor": "isinstance hasattr",
    "looks names up at run time; write the name out": "getattr setattr vars globals locals dir",
    "writes text; an activation returns a tensor and nothing else": "print input format",
    "is a list method; only `name.append(value)` as a statement on a list that the same "
    "function created is allowed": "append extend insert pop sort reverse",
}
_WHY = {name: why for why, names in _MISSING.items() for name in names.split()}


def _leaf(name: str) -> str:
    return name.rsplit(".", maxsplit=1)[-1]


# Names of other libraries, and the same function as it is offered.
_SAME = {
    "swish": "F.silu",
    "hardsilu": "F.hardswish",
    "expit": "torch.sigmoid",
    "concatenate": "torch.cat",
    "power": "torch.pow",
    "absolute": "torch.abs",
    "sech": "1 / torch.cosh",
    "sec": "1 / torch.cos",
    "csc": "1 / torch.sin",
    "cot": "1 / torch.tan",
}
_LONG = {name for name in FUNCTIONS if name.startswith("torch.nn.")}  # F's, written out
_TYPO = 0.85  # likeness of a misspelt name; of less alike ones most are other functions [ours]


def _plain(leaf: str) -> str:
    return leaf.lower().replace("_", "")


@cache
def _by_leaf() -> Mapping[str, str]:
    """The functions offered, by their last part."""
    # Where two share their last part, the tensor function is the likelier one.
    ordered = sorted(
        FUNCTIONS - _LONG,
        key=lambda name: (name.startswith("torch.") and name.count(".") == 1, name),
    )
    return {_plain(_leaf(name)): name for name in ordered}


def _same(leaf: str) -> str | None:
    """The same function under its own name; never one that is only spelled alike."""
    return _SAME.get(_plain(leaf)) or _by_leaf().get(_plain(leaf))


def _nearest(leaf: str) -> str:
    """What may be meant by a name."""
    if same := _same(leaf):
        return f"; use {same}"
    near = difflib.get_close_matches(_plain(leaf), _by_leaf(), n=1, cutoff=_TYPO)
    return (
        f"; did you mean {_by_leaf()[near[0]]}" if near else "; write it with torch functions"
    )


def why_no_name(name: str) -> str:
    """Why a dotted or bare name is not offered, and the alternative."""
    if any(part.startswith("_") for part in name.split(".")[1:]):
        return "is private; only the documented functions of torch, F and math are offered"
    for part in reversed(name.split(".")):
        if part in _WHY or _plain(part) in _WHY:
            return _WHY.get(part) or _WHY[_plain(part)]
        if part.startswith("set_"):
            return GLOBAL_STATE
    leaf = _leaf(name)
    if leaf.endswith("_"):
        return f"changes a tensor in place{_nearest(leaf.rstrip('_'))}"
    if name.split(".")[0] == "nn" or (name.startswith("torch.nn.") and leaf[0].isupper()):
        return f"{LAYER}{_nearest(leaf)}"
    return f"is not among the functions offered{_nearest(leaf)}"


def why_no_value(name: str) -> str:
    """Why a dotted or bare name that is not called is none, and how it gets a value."""
    root, leaf = name.partition(".")[0], _leaf(name)
    if root in ROOTS or root == "nn" or hasattr(builtins, root) or "._" in name:
        return why_no_name(name)
    known = f"math.{leaf}" if leaf in MATH_CONSTANTS else _same(leaf)
    if leaf in ("inf", "nan", "pi"):  # any other may be a coefficient's name, too
        return f"is not defined; use {known}"
    use = f"use {known}, or " if known else ""
    value = f"write its value as a number, e.g. `{leaf[:QUOTED]} = 0.5` above"
    return f"is not defined; {use}{value}"


def why_no_attribute(name: str) -> str:
    """Why `value.name` is not offered, and the alternative."""
    if name.startswith("_"):
        return "reads a private attribute; only tensor methods and shapes are offered"
    if name in _WHY:
        return _WHY[name]
    plain = name.rstrip("_")
    if name.endswith("_"):
        known = plain in METHODS
        instead = f"x.{plain}(…)" if known else "an expression that makes a new tensor"
        return f"changes a tensor in place; use {instead}"
    if name.startswith("set_"):
        return GLOBAL_STATE
    near = difflib.get_close_matches(name, sorted(METHODS | PROPERTIES), 1, _TYPO)
    hint = f"; did you mean .{near[0]}" if near else "; use a function of torch or F"
    return f"is not among the tensor methods offered{hint}"
