"""Decides how many candidates a cluster job measures, and what it asks the cluster for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

# Snakemake itself runs twice inside a job, as its step and around the script. [ours]
_SNAKEMAKE_MB = 500
_MEMORY_MARGIN = 1.5
_MEMORY_STEP_MB = 500
# Nodes differ in speed; a job that is late all the same is sent again, and the store keeps
# what it had measured. [ours]
_TIME_MARGIN = 3
_LEAST_MIN = 5


@dataclass(frozen=True, kw_only=True)
class UsedJob:
    """What one finished job used.

    Attributes:
        seconds: from its start to its end; none where no benchmark was kept.
        resident_mb: most memory of its processes together; none likewise.
        trainings_s: wall seconds of each training in it.
        peaks_mb: most memory of each training's own process.
    """

    seconds: float | None
    resident_mb: float | None
    trainings_s: tuple[float, ...]
    peaks_mb: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Use:
    """What the jobs of one rule used.

    Attributes:
        start_s: median seconds of a job beside its trainings.
        training_s: mean wall seconds of a training.
        resident_mb: most memory of one job.
        whole: trainings of the largest job, where the rule has one job for all of them;
            0 where `candidates_per_job` divides them.
    """

    jobs: int
    trainings: int
    start_s: float
    training_s: float
    resident_mb: float
    whole: int = 0


@dataclass(frozen=True, kw_only=True)
class JobSize:
    """What to write into a configuration and a profile.

    Attributes:
        candidates: `candidates_per_job`.
        seconds: that a search job of this size takes.
        mem_mb, runtime_min: by rule, for a first attempt.
    """

    candidates: int
    seconds: float
    mem_mb: Mapping[str, int]
    runtime_min: Mapping[str, int]


def use(jobs: Iterable[UsedJob], *, divided: bool = True) -> Use | None:
    """Sums up the jobs of a rule; none where nothing was trained.

    Args:
        divided: `candidates_per_job` says how many candidates a job of the rule measures.
    """
    used = [job for job in jobs if job.trainings_s]
    if not used:
        return None
    # A job that found its work in the store was shorter than the trainings it wrote down.
    starts = [
        job.seconds - sum(job.trainings_s)
        for job in used
        if job.seconds is not None and job.seconds > sum(job.trainings_s)
    ]
    trainings = [seconds for job in used for seconds in job.trainings_s]
    return Use(
        jobs=len(used),
        trainings=len(trainings),
        start_s=median(starts) if starts else 0.0,
        training_s=fmean(trainings),
        resident_mb=max(_resident_mb(job) for job in used),
        whole=0 if divided else max(len(job.trainings_s) for job in used),
    )


def job_size(
    search: Use,
    rules: Mapping[str, Iterable[Use]],
    *,
    target_s: float,
    most: int,
    hang_s: float,
) -> JobSize:
    """The number of candidates with which a search job takes about `target_s`.

    Args:
        search: what training on the search tasks used.
        rules: every rule's uses, one a measurement; the longest counts.
        target_s: how long a job should take, seconds.
        most: slots of an island in a generation: no search job can have more.
        hang_s: how long one candidate that hangs may hold a job up, seconds.
    """
    wanted = int((target_s - search.start_s) / search.training_s)
    candidates = max(1, min(wanted, most))
    return JobSize(
        candidates=candidates,
        seconds=search.start_s + candidates * search.training_s,
        mem_mb={name: max(map(_memory_mb, uses)) for name, uses in rules.items()},
        runtime_min={
            name: max(_runtime_min(used, candidates, hang_s) for used in uses)
            for name, uses in rules.items()
        },
    )


def _resident_mb(job: UsedJob) -> float:
    """A script, its warm process and the child that trains: at most three times the child."""
    if job.resident_mb is not None:
        return max(job.resident_mb, *job.peaks_mb)
    return 3 * max(job.peaks_mb)


def _memory_mb(used: Use) -> int:
    asked = _MEMORY_MARGIN * (used.resident_mb + _SNAKEMAKE_MB)
    return ceil(asked / _MEMORY_STEP_MB) * _MEMORY_STEP_MB


def _runtime_min(used: Use, candidates: int, hang_s: float) -> int:
    trained = used.whole or candidates
    seconds = _TIME_MARGIN * (used.start_s + trained * used.training_s) + hang_s
    return max(_LEAST_MIN, ceil(seconds / 60))
