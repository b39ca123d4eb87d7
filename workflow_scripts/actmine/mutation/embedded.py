"""Makes new candidates by editing the syntax tree of old ones: the mutator without a model.

It works on any source that the gate admits, and neither compiles nor runs anything. A child
is admitted by the gate, is a different program from its parents, adds no expression that may
overflow or leave a function's domain, and stays within a size.
"""

import ast
import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from actmine.gate.static import Refusal, admit
from actmine.mutation.grafting import blend, compose_known, mix_known, splice
from actmine.mutation.inference import Inference, infer
from actmine.mutation.operators import (
    add_term,
    couple_features,
    multiply_gate,
    perturb_constant,
    perturb_constants,
    simplify,
    stretch,
    swap_function,
    swap_operator,
    tilt,
    wrap,
)
from actmine.mutation.rendering import render, tidy
from actmine.mutation.scene import Guest, Operator, Scene
from actmine.mutation.trees import drop_unused, functions, returns_of, size
from actmine.number_text import counted
from actmine.records.candidate import Candidate, Origin, candidate_id

MAX_NODES = 160  # expressions and statements of a child; more may only shrink [ours]
MAX_OUTPUT = 1e13  # bound on an output within the inputs' bounds: about x³ [ours]

# Each operator with its relative frequency. [ours]
_TABLE: Mapping[str, tuple[Operator, float]] = {
    "constant": (perturb_constant, 2.0),
    "operator": (swap_operator, 0.5),
    "function": (swap_function, 2.0),
    "wrap": (wrap, 1.0),
    "term": (add_term, 2.0),
    "gate": (multiply_gate, 2.0),
    "compose": (compose_known, 1.0),
    "mix": (mix_known, 2.0),
    "splice": (splice, 1.0),
    "blend": (blend, 6.0),
    "simplify": (simplify, 1.5),
    "stretch": (stretch, 3.0),
    "tilt": (tilt, 2.0),
    "constants": (perturb_constants, 2.0),
    "couple": (couple_features, 0.2),
}
OPERATORS = {name: operator for name, (operator, _) in _TABLE.items()}
BASE_WEIGHTS = {name: weight for name, (_, weight) in _TABLE.items()}
SHRINKING = {"constant", "constants", "simplify", "function"}
CROSSOVER = {"splice", "blend"}  # their children hold a part of the second parent
COMPOSING = {"compose", "mix"}  # they draw on the vocabulary


class MutationError(ValueError):
    """No attempt led to a child."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A new program and where it comes from.

    Attributes:
        operator: the name in OPERATORS; joined by "+" after several edits.
        name: the first parent's stem and four hex digits of the child's own id.
        summary: one line about what changed.
        parents: the ids of those that something was taken from, the first one first.
    """

    source: str
    operator: str
    name: str
    summary: str
    parents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _ParentTree:
    """A parent as the mutator sees it, read once."""

    candidate: Candidate
    tree: ast.Module
    inference: Inference
    nodes: int


def slot_rng(
    seed: int, generation: int, island: int, slot: int, attempt: int
) -> np.random.Generator:
    """The stream of random numbers of one attempt at filling a slot."""
    return np.random.default_rng(
        np.random.SeedSequence((seed, generation, island, slot, attempt))
    )


def mutate(
    parents: Sequence[Candidate],
    *,
    rng: np.random.Generator,
    vocabulary: Sequence[Candidate],
    weights: Mapping[str, float] = BASE_WEIGHTS,
    max_attempts: int = 100,
) -> Child:
    """Makes one child by one edit of the first parent.

    Args:
        parents: the second one, if it is another program, serves crossover.
        vocabulary: functions to compose with; those of origin `paper` are never used.
        weights: relative frequency of each operator; an absent one is not used.

    Raises:
        MutationError: no attempt succeeded.
        Refusal: the gate refuses a parent.
    """
    if not parents:
        raise MutationError("mutate needs a parent; give one or two")
    unknown = weights.keys() - OPERATORS.keys()
    if unknown:
        raise MutationError(f"no operators {sorted(unknown)}; choose from {sorted(OPERATORS)}")
    first = _read(parents[0])
    mate = next((p for p in parents[1:] if p.source != parents[0].source), None)
    second = _read(mate) if mate else None
    # What the paper found must not come back as vocabulary: it is what we compare with.
    allowed = [known for known in vocabulary if known.origin is not Origin.PAPER]
    for _ in range(max_attempts):
        name = _draw_operator(first, second, allowed, weights, rng)
        child = _attempt(name, first, second, allowed, rng)
        if child:
            return child
    raise MutationError(
        f"{parents[0].name}: no child in {counted(max_attempts, 'attempt')}; raise "
        "max_attempts or give more operators a weight"
    )


def compound(
    parents: Sequence[Candidate],
    *,
    rng: np.random.Generator,
    vocabulary: Sequence[Candidate],
    edits: int,
    weights: Mapping[str, float] = BASE_WEIGHTS,
) -> Child:
    """Makes one child by several edits in a row.

    Raises:
        MutationError: `edits` is below 1, or an edit found no child.
    """
    if edits < 1:
        raise MutationError(f"edits is {edits}, not ≥ 1")
    line = list(parents)
    made: list[Child] = []
    for _ in range(edits):
        made.append(mutate(line, rng=rng, vocabulary=vocabulary, weights=weights))
        # The name stays: a summary speaks of the parent that exists.
        line[0] = replace(parents[0], source=made[-1].source)
    used = {parent for step in made for parent in step.parents}
    return replace(
        made[-1],
        operator="+".join(step.operator for step in made),
        summary="; then ".join(step.summary for step in made),
        parents=tuple(p.candidate_id for p in parents if p.candidate_id in used),
    )


@lru_cache(maxsize=64)  # an island's elites and specialists are parents again and again
def _read(candidate: Candidate) -> _ParentTree:
    tree = admit(candidate.source)
    drop_unused(tree)
    return _ParentTree(candidate=candidate, tree=tree, inference=infer(tree), nodes=size(tree))


def _draw_operator(
    first: _ParentTree,
    second: _ParentTree | None,
    vocabulary: Sequence[Candidate],
    weights: Mapping[str, float],
    rng: np.random.Generator,
) -> str:
    usable = {name for name, weight in weights.items() if weight > 0}
    if second is None:
        usable -= CROSSOVER
    if not vocabulary:
        usable -= COMPOSING
    if first.nodes >= MAX_NODES:
        usable &= SHRINKING
    if not usable:
        raise MutationError(
            f"{first.candidate.name}: no operator with a weight applies to "
            f"{counted(first.nodes, 'node')}"
        )
    names = sorted(usable)
    shares = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _attempt(
    name: str,
    first: _ParentTree,
    second: _ParentTree | None,
    vocabulary: Sequence[Candidate],
    rng: np.random.Generator,
) -> Child | None:
    """The child of one edit; None if it does not apply or breaks one of the promises above."""
    mate = None
    if second and name in CROSSOVER:
        mate = Guest(tree=copy.deepcopy(second.tree), name=second.candidate.name)
    tree = copy.deepcopy(first.tree)
    scene = Scene(tree=tree, inference=infer(tree), mate=mate, vocabulary=vocabulary)
    summary = OPERATORS[name](scene, rng)
    if summary is None:
        return None
    tree = ast.fix_missing_locations(tidy(scene.tree))
    drop_unused(tree)
    taken = [first, *([second] if second and mate else [])]
    if size(tree) > max(MAX_NODES, first.nodes) or not _is_safe(tree, taken):
        return None
    source = render(tree, parent=first.candidate.name, summary=summary)
    try:
        canonical = admit(source)
    except Refusal:
        return None
    program = ast.dump(canonical)
    if any(program == ast.dump(parent.tree) for parent in (first, second) if parent):
        return None
    return Child(
        source=source,
        operator=name,
        name=child_name(first.candidate.name, source),
        summary=summary,
        parents=tuple(parent.candidate.candidate_id for parent in taken),
    )


def child_name(parent: str, source: str) -> str:
    """The parent's stem and four hex digits of the child's own id."""
    stem = re.sub(r"-[0-9a-f]{4}\Z", "", parent)
    return f"{stem}-{candidate_id(source)[1:5]}"


def _is_safe(tree: ast.Module, taken: Sequence[_ParentTree]) -> bool:
    """No more hazards than the parents, neither constant nor the identity, no faster growth."""
    inference = infer(tree)
    if inference.hazards > sum(parent.inference.hazards for parent in taken):
        return False
    low, high = inference.result.bounds
    reached = max(max(map(abs, parent.inference.result.bounds)) for parent in taken)
    # A body that only returns a name as it came bends nothing.
    activation = functions(tree)["activation"]
    names_only = all(isinstance(e, ast.Name) for e in returns_of(activation))
    moves = low < high and not (len(activation.body) == 1 and names_only)
    return moves and max(abs(low), abs(high)) <= max(MAX_OUTPUT, reached)
