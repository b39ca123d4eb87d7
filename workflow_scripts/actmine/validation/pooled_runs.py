"""Pools runs that differ in their seed alone: each drew its own tasks and made its own search.

Runs are the sample. What one run's champion gains on its held-out tasks hangs on the luck of
its search and of its tasks; over runs, both are in the interval. [ours]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from actmine import layout
from actmine.evolution.reading import read_scorer
from actmine.lab.estimate import Array, Design, estimate
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError, arm_settings, differing_keys
from actmine.settings.frozen import Frozen
from actmine.settings.measurements import HELD_OUT
from actmine.validation.arm_outcomes import ArmOutcome, read_arm, require_validated
from actmine.validation.statistics import (
    Interval,
    mean_interval,
    median_interval,
    p_value,
    t_interval,
)

KNOWN = "best known"  # in the place of an arm: the best known function of a run
OWN_KEYS = ("run", "seed")  # what runs that are pooled may differ in
SHOWN_P = 0.05  # below it a single run shows a difference [ours]


@dataclass(frozen=True, kw_only=True, eq=False)
class PooledRun:
    """A run of several.

    Attributes:
        name: its folder's.
        design: how its held-out tasks count.
        arms: what each ended with.
    """

    name: str
    seed: int
    design: Design
    arms: Mapping[str, ArmOutcome]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The held-out fitness of an arm's champion minus another's, in one run.

    Attributes:
        run: its name.
        interval: Student's t, paired by held-out task.
        p: of the two-sided paired t test that there is no difference, uncorrected.
    """

    run: str
    interval: Interval
    p: float

    @property
    def shown(self) -> int:
        """What the run shows by itself: 1 that it is above 0, −1 below, 0 neither."""
        return int(np.sign(self.interval.mean)) if self.p < SHOWN_P else 0


@dataclass(frozen=True, kw_only=True)
class PooledGap:
    """The same over runs.

    Attributes:
        better, worse: arms; `worse` may be `KNOWN`.
        gaps: of each run in which both have a champion that was measured.
        interval: of the mean, Student's t over runs; none with fewer than two.
    """

    better: str
    worse: str
    gaps: tuple[Gap, ...]
    interval: Interval | None

    @property
    def ahead(self) -> int:
        """Runs with a difference above 0."""
        return sum(gap.interval.mean > 0 for gap in self.gaps)

    @property
    def shown(self) -> int:
        """Runs that show by themselves that it is above 0."""
        return sum(gap.shown > 0 for gap in self.gaps)

    @property
    def reversed(self) -> int:
        """Runs that show by themselves that it is below 0."""
        return sum(gap.shown < 0 for gap in self.gaps)


@dataclass(frozen=True, kw_only=True)
class Survival:
    """Which share of a search's gain over the best known function held-out tasks confirm.

    Attributes:
        shares: of each run whose search gained anything.
        median: over them; none if there are none.
        interval: of the median, see `median_interval`; none with fewer than six.
    """

    shares: tuple[float, ...]
    median: float | None
    interval: Interval | None


def read_pooled(folders: Sequence[Path]) -> list[PooledRun]:
    """Reads runs that differ in their seed alone.

    Raises:
        ConfigError: one is not validated, their configurations differ in more, two have the
            same seed, one searched for longer, or an arm is paid for something else than its
            run.
    """
    frozen = {folder: runs.read(folder / layout.RUN_FILE) for folder in folders}
    for folder in folders:
        require_validated(folder)
        _require_alike(folder, folders[0], frozen)
    _require_own_seeds([(folder, frozen[folder].settings.seed) for folder in folders])
    pooled = [_read(folder, frozen[folder]) for folder in folders]
    require_same_length(pooled)
    return pooled


def require_same_length(pooled: Sequence[PooledRun]) -> None:
    """Refuses searches of unlike length; a frozen configuration does not hold it.

    Raises:
        ConfigError: one run has gone on for more generations than another.
    """
    made = {
        run.name: max(one.outcome.generations for one in run.arms.values()) for run in pooled
    }
    short, long = min(made, key=made.__getitem__), max(made, key=made.__getitem__)
    if made[short] != made[long]:
        raise ConfigError(
            f"search.generations: {made[long]} were made in {long}, and {made[short]} in "
            f"{short}; continue the shorter one"
        )


def comparisons(arms: Sequence[str], *, of: str) -> list[tuple[str, str]]:
    """What is compared with what: every arm with the best known function, and one with all."""
    others = [arm for arm in arms if arm != of]
    return [(arm, KNOWN) for arm in (of, *others)] + [(of, other) for other in others]


def gap(run: PooledRun, better: str, worse: str) -> Gap | None:
    """An arm's champion against another's, or against `KNOWN`, in one run.

    None where one of them was not measured.
    """
    mine = run.arms[better]
    other = mine.known if worse == KNOWN else run.arms[worse].champion
    if mine.champion is None or other is None:
        return None
    found = estimate(mine.champion - other, run.design)
    return Gap(run=run.name, interval=t_interval(found), p=p_value(found))


def pooled_gap(pooled: Sequence[PooledRun], better: str, worse: str) -> PooledGap:
    """An arm's champions against another's, or against `KNOWN`, over all runs."""
    gaps = tuple(found for run in pooled if (found := gap(run, better, worse)) is not None)
    return PooledGap(
        better=better,
        worse=worse,
        gaps=gaps,
        interval=over_runs([found.interval.mean for found in gaps]),
    )


def survival(pooled: Sequence[PooledRun], arm: str) -> Survival:
    """An arm's survival over runs."""
    by_run = (run.arms[arm].outcome.survival for run in pooled)
    shares = np.array([share for share in by_run if share is not None], dtype=np.float64)
    return Survival(
        shares=tuple(shares.tolist()),
        median=float(np.median(shares)) if len(shares) else None,
        interval=median_interval(shares),
    )


def over_runs(values: Sequence[float | None]) -> Interval | None:
    """The mean of one number a run, of those that have it; none with fewer than two."""
    there: Array = np.array([value for value in values if value is not None], dtype=np.float64)
    return mean_interval(there) if len(there) > 1 else None


def other_code(folders: Sequence[Path]) -> dict[str, list[str]]:
    """What of the code and libraries differs from the first run's, of runs in which any does.

    By the run's name; such runs may have searched otherwise, though configured alike.
    """
    first, *others = ((folder.name, runs.read(folder / layout.RUN_FILE)) for folder in folders)
    changed = {
        name: [
            *runs.differing(first[1].versions, one.versions),
            *runs.differing(first[1].code, one.code),
        ]
        for name, one in others
    }
    return {name: files for name, files in changed.items() if files}


def _read(folder: Path, frozen: Frozen) -> PooledRun:
    settings = frozen.settings
    for arm in settings.arms:
        if arm_settings(settings, arm).fitness != settings.fitness:
            raise ConfigError(
                f"{folder}: arms.{arm}.fitness: is not the run's; what is paid for something "
                "else cannot be compared, see validation/cross.csv"
            )
    return PooledRun(
        name=folder.name,
        seed=settings.seed,
        design=read_scorer(folder, settings, HELD_OUT).design,
        arms={arm: read_arm(folder, settings, arm) for arm in settings.arms},
    )


def _require_alike(folder: Path, first: Path, frozen: Mapping[Path, Frozen]) -> None:
    a, b = frozen[first].configuration, frozen[folder].configuration
    keys = [key for key in differing_keys(a, b) if key not in OWN_KEYS]
    if keys:
        raise ConfigError(
            f"{folder} is configured otherwise than {first}; these keys differ: "
            f"{', '.join(keys)}. Only runs that differ in their seed alone can be pooled"
        )


def _require_own_seeds(seeds: Sequence[tuple[Path, int]]) -> None:
    names: dict[int, Path] = {}
    for folder, seed in seeds:
        if seed in names:
            raise ConfigError(
                f"{folder}: seed: is {seed}, as in {names[seed]}: the same tasks and searches "
                "do not count twice; name one of them"
            )
        names[seed] = folder
