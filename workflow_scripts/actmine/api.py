"""What `import actmine` offers: a run's findings, and what a function of your own is worth.

import actmine

run = actmine.load("demo")              # results/demo, or results="elsewhere"
run.leaderboard                         # data frames: see results/README.md
run.candidates, run.generations, run.families, run.tasks
run.verdicts                            # how the champion compares, in sentences
run.by_task("silu", against="relu")     # task by task: who wins, who loses
run.lineage("champion")                 # edit by edit
run.champion                            # a torch.nn.Module
run.function("gelu")                    # so is any candidate, by id, name or prefix

def mine(x):
    return x * torch.sigmoid(2 * x)

run.score(mine).fitness                 # on the run's own search tasks
run.versus(mine)                        # against its champion, on the held-out tasks
actmine.score(mine).fitness             # what `actmine try FILE` tells

examples/explore.ipynb in the project's repository asks a run these and other questions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from actmine import layout
from actmine.champion.torch_module import torch_module
from actmine.commands.own_files import Function, source_text
from actmine.csv_files import read_csv, read_parquet
from actmine.evolution.ancestry import CHAMPION, Ancestor, find, first_line, read_ancestors
from actmine.evolution.reading import find_run
from actmine.files import read_json
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.sandbox.host import Sandbox
from actmine.sandbox.trust import trusted
from actmine.settings import frozen
from actmine.settings.configuration import ConfigError
from actmine.settings.configuration import load as load_settings
from actmine.settings.sections import Settings
from actmine.tables.task_table import task_table
from actmine.validation.against_run import against_run, pairing_table, read_rivals
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.standing import Standing, judge, measure
from actmine.validation.verdicts import sentences

if TYPE_CHECKING:
    import torch

_SUITES = ("search", "held_out")


@dataclass(frozen=True)
class Run:
    """A run's findings, read from its files when they are asked for.

    A function is named by its id, its name in any case, the first letters of either, or as
    `champion`.

    Attributes:
        folder: of the run.
    """

    folder: Path

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """Every validated function, best first: columns in results/README.md."""
        return read_leaderboard(self._file("validation/leaderboard.csv"))

    @cached_property
    def verdicts(self) -> list[str]:
        """How the champion compares with ReLU, GELU and the best known function, in words.

        What these verdicts leave out, where it applies, comes last.
        """
        return sentences(read_json(self._file("validation/comparison.json")))

    @cached_property
    def families(self) -> pd.DataFrame:
        """Every validated function on every family of held-out tasks.

        `log_ratio_relu` is the mean log of ReLU's OOD loss over the function's, above 0 is
        better, with its 95% interval `low` to `high`.
        """
        return read_csv(self._file("validation/families.csv"))

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Every slot of the search, the seeds among them: what filled it, what became of it."""
        return self._table("candidates")

    @cached_property
    def generations(self) -> pd.DataFrame:
        """Every generation of every island: the best function, and how the slots ended."""
        return self._table("generations")

    @cached_property
    def mutators(self) -> pd.DataFrame:
        """Every mutator and edit: how many slots it filled, and how many were scored."""
        return self._table("mutators")

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks of both suites: suite, name, family, formula, variables, regions, hash."""
        return pd.DataFrame(self._tasks())

    def by_task(self, name: str = CHAMPION, *, against: str = "relu") -> pd.DataFrame:
        """A function beside another one on every held-out task, its worst task first.

        Columns: task, family, formula; `ratio`, its OOD loss over the other's, below 1 where
        it is better; OOD and ID losses of both (mean squared errors of standardised targets).

        Raises:
            ConfigError: the run has no such candidate, or did not validate it.
        """
        one, other = self._found(name), self._found(against)
        return task_table(self.folder, self._settings, one.candidate_id, other.candidate_id)

    def lineage(self, name: str = CHAMPION) -> pd.DataFrame:
        """A function's line of first parents, the seed first, with what each edit changed.

        Columns: generation (empty outside the search), candidate_id, name, made, summary,
        source.

        Raises:
            ConfigError: the run has no such candidate.
        """
        known = read_ancestors(self.folder)
        line = first_line(find(name, known, self.folder).candidate_id, known)
        columns = ["generation", "candidate_id", "name", "made", "summary", "source"]
        rows = [[getattr(each, column) for column in columns] for each in reversed(line)]
        return pd.DataFrame(rows, columns=columns).astype({"generation": "Int64"})

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
        found = self._found(name)
        return torch_module(
            found.source, title=found.name, origin=f"Of {self.folder}.", learnable=learnable
        )

    def source(self, name: str = CHAMPION) -> str:
        """A candidate's source, as it was measured.

        Raises:
            ConfigError: the run has no such candidate.
        """
        return self._found(name).source

    def score(
        self, function: Function, *, train: bool = True, isolation: str | None = None
    ) -> Standing:
        """What a function is worth on this run's search tasks: see `actmine.score`.

        What the run has measured is not measured again, as long as the code that measures is
        the run's.

        Args:
            isolation: instead of the run's; needed where the run's is weaker than yours.

        Raises:
            ConfigError: the run asks for a weaker isolation than your configuration, or was
                measured by other versions.
        """
        results, name = str(self.folder.parent), self.folder.name
        settings = replace(self._settings, results=results, run=name)
        if train:
            frozen.require_same_versions(self.folder / layout.RUN_FILE)
        return _standing(function, trusted(settings, isolation), train=train)

    def versus(self, function: Function, *, isolation: str | None = None) -> pd.DataFrame:
        """How a function compares with the run's on its held-out tasks, paired by task.

        One row each for the champion, the best known function, GELU and ReLU, but for those
        that failed on these tasks. Columns: name; role, `champion` or `best known` or empty;
        `ratio`, its OOD loss over theirs (geometric mean over tasks, below 1 it is better),
        with the 95% interval `low` to `high`; `won`, the share of `tasks` on which it is
        better; p of the paired t test; outcome.

        p values are not corrected, and the best of many functions that are compared so looks
        better than it is. What the run has measured is not measured again, as long as the
        code that measures is the run's.

        Args:
            isolation: instead of the run's; needed where the run's is weaker than yours, since
                what the store does not hold is trained, the run's own functions too.

        Raises:
            ConfigError: the gate refuses the function, its training fails, or the run has no
                champion, asks for a weaker isolation than your configuration, or was measured
                by other versions or on other tasks than today's.
        """
        findings = read_rivals(self.folder)
        findings = replace(findings, settings=trusted(findings.settings, isolation))
        judged = _judged(function, findings.settings)
        (found,) = against_run([judged], findings, tell=print)
        if reason := found.standing.reason:
            raise ConfigError(f"nothing to compare: {found.standing.status}, {reason}")
        return pairing_table(found.pairings)

    @cached_property
    def _settings(self) -> Settings:
        return frozen.read_settings(self._file(layout.RUN_FILE))

    def _found(self, name: str) -> Ancestor:
        return find(name, read_ancestors(self.folder), self.folder)

    def _tasks(self) -> Iterator[dict[str, Any]]:
        for suite in _SUITES:
            path = self._file(layout.manifest(self.folder, suite).relative_to(self.folder))
            for task in read_json(path)["tasks"]:
                yield {"suite": suite, **task}

    def _table(self, name: str) -> pd.DataFrame:
        return read_parquet(self._file(f"tables/{name}.parquet"))

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
    function: Function,
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
    return _standing(function, settings, train=train)


def _standing(function: Function, settings: Settings, *, train: bool) -> Standing:
    judged = _judged(function, settings)
    if not train:
        return judged
    (standing,) = measure([judged], settings, tell=print)
    return standing


def _judged(function: Function, settings: Settings) -> Standing:
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        return judge(source_text(function), sandbox=sandbox, settings=examination(settings))
