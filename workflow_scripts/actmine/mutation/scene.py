"""The program that an operator edits, with what is known of it."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from actmine.mutation.inference import Inference
from actmine.mutation.trees import Site, functions, returns_of, tensor_sites
from actmine.records.candidate import Candidate

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A second program that an operator may take from; the tree is the operator's to keep."""

    tree: ast.Module
    name: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A program to be edited, and what an operator may take for it.

    Attributes:
        tree: a copy that the operator may change and keep.
        inference: of that tree, before any change.
        mate: the second parent.
        vocabulary: known functions to compose with; none of the paper's.
    """

    tree: ast.Module
    inference: Inference
    mate: Guest | None
    vocabulary: Sequence[Candidate]

    @cached_property
    def sites(self) -> list[Site]:
        """The expressions in the tree that surely have the input's shape, before any change."""
        return tensor_sites(self.tree, self.inference)

    @property
    def result_sites(self) -> list[Site]:
        """The sites of what `activation` returns."""
        returned = returns_of(functions(self.tree)["activation"])
        return [site for site in self.sites if site.node in returned]

    @property
    def input_sites(self) -> list[Site]:
        """The sites that read a tensor by the name of the function's own argument."""
        return [
            site
            for site in self.sites
            if isinstance(site.node, ast.Name) and site.node.id == site.carrier
        ]


# Edits the scene's tree and gives one line about it; None where it does not apply.
Operator = Callable[[Scene, np.random.Generator], str | None]


def pick(items: Sequence[T], rng: np.random.Generator) -> T | None:
    """One of the items, None of none."""
    return items[int(rng.integers(len(items)))] if items else None


def pick_result_first(scene: Scene, rng: np.random.Generator) -> Site | None:
    """Half the time what is returned, else any site: terms on top matter most."""
    on_top = scene.result_sites
    return pick(on_top if on_top and rng.random() < 0.5 else scene.sites, rng)
