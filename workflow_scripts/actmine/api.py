"""What `import actmine` offers: a run's findings, and what a function of your own is worth.

import actmine

run = actmine.load("demo")              # results/demo, or results="elsewhere"
run.leaderboard                         # data frames: see results/README.md
run.candidates
run.tasks
run.champion                            # a torch.nn.Module
run.function("gelu")                    # so is any candidate, by id, name or prefix

def mine(x):
    return x * torch.sigmoid(2 * x)

actmine.score(mine).fitness             # what `actmine try FILE` tells
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from actmine import layout
from actmine.champion.torch_module import torch_module
from actmine.commands.own_files import read_text
from actmine.evolution.ancestry import CHAMPION, find, read_ancestors
from actmine.evolution.reading import find_run
from actmine.files import read_json
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import ConfigError
from actmine.settings.configuration import load as load_settings
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.standing import Standing, judge, measure

if TYPE_CHECKING:
    import torch

_SUITES = ("search", "held_out")


@dataclass(frozen=True)
class Run:
    """A run's findings, read from its files when they are asked for.

    Attributes:
        folder: of the run.
    """

    folder: Path

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """Every validated function, best first."""
        return read_leaderboard(self._file("validation/leaderboard.csv"))

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Every candidate of the search."""
        return pd.read_parquet(self._file("tables/candidates.parquet"))

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks of both suites: suite, name, family, formula, variables, regions, hash."""
        return pd.DataFrame(self._tasks())

    @cached_property
    def champion(self) -> "torch.nn.Module":
        """The function that the run puts forward, as it was measured."""
        return self.function(CHAMPION)

    def function(self, name: str, *, learnable: bool = False) -> "torch.nn.Module":
        """A candidate as a module; its code runs in this process, as an import would.

        Args:
            name: an id, a name, the first letters of one, or `champion`.
            learnable: whether its coefficients are parameters.

        Raises:
            ConfigError: the run has no such candidate; the message names those that are near.
            Refusal: the gate does not admit its source.
        """
        found = find(name, read_ancestors(self.folder), self.folder)
        return torch_module(
            found.source, title=found.name, origin=f"Of {self.folder}.", learnable=learnable
        )

    def _tasks(self) -> Iterator[dict[str, Any]]:
        for suite in _SUITES:
            path = self._file(layout.manifest(self.folder, suite).relative_to(self.folder))
            for task in read_json(path)["tasks"]:
                yield {"suite": suite, **task}

    def _file(self, name: str | Path) -> Path:
        path = self.folder / name
        if not path.exists():
            raise ConfigError(f"{path}: not written yet; `actmine watch {self.folder.name}`")
        return path


def load(run: str, *, results: str | Path = "results") -> Run:
    """A run, by its name or its folder.

    Raises:
        ConfigError: there is none; the message names those that there are.
    """
    return Run(find_run(run, results=Path(results)))


def score(
    function: Callable[..., Any] | str | Path,
    *,
    preset: str = "demo",
    results: str | Path = "results",
    train: bool = True,
) -> Standing:
    """What a function is worth: the gate's verdict, its fitness, its place among the known.

    The first call for a preset measures the known functions, which takes minutes; what is
    measured is kept below `results`.

    Args:
        function: a function of one tensor, its source, or a file that holds it. It may use
            `torch`, `F` (torch.nn.functional) and `math`, and nothing else from outside.
        preset: a name of config/presets: tasks and networks.
        train: False stops after the gate.

    Raises:
        ConfigError: no such preset, or a function whose source Python does not have.
        FileError: the file holds no text.
    """
    settings = replace(load_settings(preset), results=str(results))
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        judged = judge(_source(function), sandbox=sandbox, settings=examination(settings))
    if not train:
        return judged
    (standing,) = measure([judged], settings, tell=print)
    return standing


def _source(function: Callable[..., Any] | str | Path) -> str:
    """The text of a function; what Python calls by another name is called `activation`."""
    if isinstance(function, str):
        return function
    if isinstance(function, Path):
        return read_text(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        tree = ast.Module([], [])
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            node.name = "activation"
            return ast.unparse(tree)
    raise ConfigError(
        f"{function!r}: no `def` of it can be read; give its source, with `def activation(x):`"
    )
