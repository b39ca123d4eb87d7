"""Tells what has happened in a run since it last told, and how far the run is."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from actmine import layout
from actmine.display.closing import closing, report_of
from actmine.display.generation_line import generation_lines, guard_warning
from actmine.number_text import counted, duration
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.tables.progress import Progress, Watcher
from actmine.tables.time_left import Group

_TASKS = {SEARCH: "search tasks", REMEASURED: "fresh tasks", HELD_OUT: "held-out tasks"}
_FURTHER = "further checks"
_PAUSE = 20  # times a look's own duration until the next one: 5% of the time at most [ours]
_SILENT_S = 60.0  # after so long without a line, one says how the run stands [ours]


class Aim(StrEnum):
    """What an invocation of the workflow is to reach."""

    JOBS = "jobs"  # some files alone
    SEARCH = "search"
    REPORT = "report"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a run is.

    Attributes:
        share: of the way that lies behind, from 0 to 1.
        doing: what is under way.
        left: how long the run still takes; empty as long as that does not show.
    """

    share: float
    doing: str
    left: str

    @property
    def line(self) -> str:
        """All of it but the share."""
        return f"{self.doing}; {self.left}" if self.left else self.doing


@dataclass(kw_only=True)
class Narrator:
    """Looks into a run's folder again and again, and tells each thing once.

    Attributes:
        folder: of the run, which need not exist yet.
        aim: what the invocation is to reach.
        standing: at the last look.
    """

    folder: Path
    aim: Aim = Aim.JOBS
    standing: Standing = Standing(share=0.0, doing="starting", left="")
    _watcher: Watcher = field(init=False)
    _generations: dict[str, int] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _look_at: float = 0.0
    _spoke_at: float = 0.0

    def __post_init__(self) -> None:
        self._watcher = Watcher(self.folder)

    def aims_at(self, rules: Collection[str]) -> None:
        """Says what the jobs that are to run lead to.

        Args:
            rules: their names, as they are or as a module of another workflow has them.
        """
        for rule, aim in (("report", Aim.REPORT), ("select", Aim.SEARCH)):
            if any(name == rule or name.endswith(f"_{rule}") for name in rules):
                self.aim = aim
                return

    def begin(self, *, now: float) -> list[str]:
        """Takes what an earlier invocation has done as told.

        Args:
            now: seconds since 1970.
        """
        self._spoke_at = now
        if self.aim is Aim.JOBS or not (self.folder / layout.RUN_FILE).exists():
            return []
        progress = self._watcher.look()
        list(self._news(progress))
        done = max(self._generations.values(), default=None)
        return [] if done is None else [f"going on after generation {done}"]

    def news(self, done: int, of: int, *, now: float, last: bool = False) -> list[str]:
        """The lines to print; none if there is nothing new, or the last look was just now.

        Args:
            done, of: jobs of this invocation.
            now: seconds since 1970.
            last: looks in any case.
        """
        if now < self._look_at and not last:
            return []
        jobs = Standing(
            share=done / max(of, 1), doing=f"{done} of {counted(of, 'job')}", left=""
        )
        lines: list[str] = []
        if self.aim is not Aim.JOBS and (self.folder / layout.RUN_FILE).exists():
            started = time.perf_counter()
            progress = self._watcher.look()
            self._look_at = now + _PAUSE * (time.perf_counter() - started)
            self.standing = self._stands(progress, jobs, now)
            told = list(self._news(progress))
            left = f", {self.standing.left}" if self.standing.left and not last else ""
            lines = [*told[:-1], *(f"{line}{left}" for line in told[-1:])]
        else:
            self.standing = jobs
        if lines:
            self._spoke_at = now
        return lines

    def reminder(self, *, now: float) -> list[str]:
        """A line that says how the run stands, where none was told for long."""
        if now < self._spoke_at + _SILENT_S:
            return []
        self._spoke_at = now
        return [self.standing.line]

    def closing(self, *, idle: bool = False) -> list[str]:
        """The last lines of an invocation; none if it was for some files alone.

        Args:
            idle: it had nothing to do; then a run whose report stands is told of.
        """
        if idle:
            return closing(self.folder) if report_of(self.folder).exists() else []
        return [] if self.aim is Aim.JOBS else closing(self.folder)

    def _news(self, progress: Progress) -> Iterator[str]:
        for arm, youngest in progress.arms.items():
            first = self._generations.get(arm, -1) + 1
            for generation in range(first, -1 if youngest is None else youngest + 1):
                if generation == 0:
                    yield from guard_warning(self.folder, arm)
                yield from generation_lines(self.folder, arm, generation, progress)
                self._generations[arm] = generation
        for name, (done, of) in _stages(progress.trained).items():
            if done >= of > 0 and name not in self._ended:
                self._ended.add(name)
                yield f"{name}: {of} of {of}"

    def _stands(self, progress: Progress, jobs: Standing, now: float) -> Standing:
        doing = "; ".join(_under_way(progress)) or jobs.doing
        left, plan = progress.left, progress.plan
        if left is None or plan is None:
            return Standing(share=jobs.share, doing=doing, left="")
        left_s = left.whole_s if self.aim is Aim.REPORT else left.search_s
        behind_s = max(now - plan.started, 0.0)
        return Standing(
            share=behind_s / max(behind_s + left_s, 1.0),
            doing=doing,
            left=f"about {duration(left_s)} left" if left_s else "",
        )


def _stages(trained: Collection[Group]) -> dict[str, tuple[int, int]]:
    """Jobs done and planned outside the search, by what they train."""
    stages: dict[str, tuple[int, int]] = {}
    for group in trained:
        name = group.name
        if name != _FURTHER:
            name = f"{name} on the {_TASKS[group.measurement]}"
        done, of = stages.get(name, (0, 0))
        stages[name] = (done + group.done, of + group.of)
    return stages


def _under_way(progress: Progress) -> Iterator[str]:
    """What has begun and not ended."""
    generations = progress.plan.generations if progress.plan else None
    reached = [-1 if done is None else done for done in progress.arms.values()]
    if generations is not None and min(reached) < generations:
        yield f"generation {min(reached) + 1} of {generations}"
    for name, (done, of) in _stages(progress.trained).items():
        if 0 < done < of:
            yield f"{name} {done} of {of}"
