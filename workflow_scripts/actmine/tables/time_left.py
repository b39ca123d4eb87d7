"""Estimates how long a run still takes: its search by its pace, the rest by its references."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import fmean

from actmine import layout
from actmine.files import read_jsonl
from actmine.functions.catalog import compared, leader_count
from actmine.records.training import CPU
from actmine.settings.arms import leaders_asked
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH, further
from actmine.settings.run_plan import Plan
from actmine.settings.sections import Settings
from actmine.tables.job_usage import read_job_usage

_ENOUGH = 3  # finished populations from which a pace shows
_COSTLIER = 1.6  # a function's training over ReLU's and GELU's, in the demo [ours]
_CLOSING_S = 30.0  # leaderboard, tables, card, report and seal of the demo [ours]
_COMPARED = 3  # functions in each further measurement beside the champions [ours]


@dataclass(frozen=True, kw_only=True)
class Left:
    """Seconds that a run still takes.

    Attributes:
        search_s: of its search; 0 once it is done.
        whole_s: up to its report.
    """

    search_s: float
    whole_s: float


@dataclass(frozen=True, kw_only=True)
class Group:
    """Functions that are trained in like jobs.

    Attributes:
        done, of: jobs.
        functions: in all of them.
        measurement: whose references tell what one takes.
        waits: for the end of the search.
    """

    name: str
    done: int
    of: int
    functions: int
    measurement: str
    waits: bool


def time_left(run: Path, config: Settings, planned: Plan) -> Left | None:
    """None as long as too little has happened to tell."""
    finished = finished_populations(run, config)
    of = planned_populations(config, planned)
    search_s = search_left(finished, of=of, started=planned.started)
    if search_s is None:
        return None
    beside = after = 0.0
    for group in groups(run, config):
        seconds = _seconds(run, group, side_by_side=config.lab.side_by_side)
        after += seconds if group.waits else 0.0
        beside += 0.0 if group.waits else seconds
    chains = _islands(config)
    beside -= max(planned.jobs - chains, 0) * search_s  # what idle cores do meanwhile
    trained_s = (max(beside, 0.0) + after) / planned.jobs
    return Left(search_s=search_s, whole_s=search_s + trained_s + _CLOSING_S)


def search_left(finished: Sequence[float], *, of: int, started: float) -> float | None:
    """Seconds until so many populations have appeared; none if too few have to tell.

    Args:
        finished: when each appeared, ascending; those before `started` tell no pace.
    """
    waiting = of - len(finished)
    recent = [when for when in finished if when >= started]
    if waiting <= 0:
        return 0.0
    if len(recent) < _ENOUGH:
        return None
    return waiting * (recent[-1] - recent[0]) / (len(recent) - 1)


def populations(run: Path, arms: Iterable[str]) -> list[Path]:
    """The finished populations of arms."""
    pattern = "gen_*/island_*/population.json"
    return [path for arm in arms for path in sorted((run / arm).glob(pattern))]


def finished_populations(run: Path, config: Settings) -> tuple[float, ...]:
    """When each population appeared, seconds since 1970, ascending."""
    return tuple(sorted(path.stat().st_mtime for path in populations(run, config.arms)))


def planned_populations(config: Settings, planned: Plan) -> int:
    """How many the search ends with, over all arms and islands."""
    return _islands(config) * (planned.generations + 1)


def groups(run: Path, config: Settings) -> Iterator[Group]:
    """What is trained outside the search, and how much of it is done."""
    listed = config.validation
    leaders = leader_count(listed.catalog, leaders=leaders_asked(config))
    for name, known in ((SEARCH, len(compared(listed.catalog))), (HELD_OUT, leaders)):
        folders = [layout.catalog_measured(run, name)]
        yield _group("known functions", folders, known, name, config, waits=False)
    for name, most in (
        (REMEASURED, listed.finalists),
        (HELD_OUT, listed.finalists + listed.contrast),
    ):
        folders = [layout.finalists_measured(run, arm, name) for arm in config.arms]
        yield _group("finalists", folders, most, name, config, waits=True)
    for name in further(listed.robustness):
        yield Group(
            name="further checks",
            done=int(layout.compared_measured(run, name).exists()),
            of=1,
            functions=len(config.arms) + _COMPARED,
            measurement=HELD_OUT,
            waits=True,
        )


def _group(
    name: str,
    folders: Sequence[Path],
    each: int,
    measurement: str,
    config: Settings,
    *,
    waits: bool,
) -> Group:
    return Group(
        name=name,
        done=sum(len(layout.shards(folder)) for folder in folders),
        of=ceil(each / config.candidates_per_job) * len(folders),
        functions=each * len(folders),
        measurement=measurement,
        waits=waits,
    )


def _islands(config: Settings) -> int:
    return sum(arm_settings(config, arm).search.islands for arm in config.arms)


def _seconds(run: Path, group: Group, *, side_by_side: int) -> float:
    """What a group's open jobs take one after another; 0 before there are references.

    Args:
        side_by_side: trainings that share a card's clock.
    """
    path = layout.reference(run, group.measurement)
    left = max(group.of - group.done, 0)
    if not left or not path.exists():
        return 0.0
    rows = list(read_jsonl(path))
    trained = [row["timings"].get("wall_s", 0.0) for row in rows]
    at_a_time = side_by_side if any(row.get("device", CPU) != CPU for row in rows) else 1
    used = read_job_usage(run / "benchmarks" / f"measure_reference_{path.parent.name}.tsv")
    trained_s = sum(trained) / min(at_a_time, len(trained))
    start_s = max(used.wall_s - trained_s, 0.0) if used else 0.0
    functions = group.functions * left / group.of
    return left * start_s + functions * _COSTLIER * fmean(trained) / at_a_time
