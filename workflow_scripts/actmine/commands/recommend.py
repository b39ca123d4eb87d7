"""Recommends the size of cluster jobs, from what the jobs of a run used.

Prints seconds and memory of every rule that trains, the `candidates_per_job` with which a
search job takes about the wanted minutes, and lines for profiles/slurm/config.yaml.
`candidates_per_job` belongs to a run's identity: it is for the next run.
"""

import argparse
from collections.abc import Iterator
from math import inf
from pathlib import Path

from actmine import layout
from actmine.commands.job_size import JobSize, Use, UsedJob, job_size, use
from actmine.evolution.reading import find_run, read_evaluations
from actmine.lab.measure import fit_limits
from actmine.records.training import CPU
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import MEASUREMENTS, SEARCH, further
from actmine.settings.sections import Settings
from actmine.tables.job_usage import JobUsage, read_job_usage

# One job holds all that these rules train.
_WHOLE = ("measure_reference", "measure_compared")
_TRIES = 2  # a training that runs into its limit is tried once more


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument("--minutes", type=float, default=5.0, help="that a job should take")


def run(args: argparse.Namespace) -> int:
    """Prints what was used, and what to ask for."""
    if not 0 < 60 * args.minutes < inf:  # nor nan
        raise ConfigError(f"--minutes: is {args.minutes:g}, must be a finite number above 0")
    folder = find_run(args.run_name, results=args.results)
    settings = runs.read_settings(folder / layout.RUN_FILE)
    uses = _uses(folder, settings)
    at_a_time = settings.lab.side_by_side
    places = _search_places(folder, settings)
    search = use(job for place in places for job in _jobs(place, at_a_time))
    if search is None:
        raise ConfigError(f"{folder}: nothing is trained yet; run `snakemake search` first")
    limits = fit_limits(settings.sandbox, read_evaluations([layout.reference(folder, SEARCH)]))
    most = max(
        arm_settings(settings, arm).search.candidates_per_island for arm in settings.arms
    )
    size = job_size(
        search,
        uses,
        target_s=60 * args.minutes,
        most=most,
        hang_s=_TRIES * limits.cpu_s,
    )
    print("\n".join((*_table(uses), "", *_advice(size, most, args.minutes))))
    return 0


def _table(uses: dict[str, list[Use]]) -> Iterator[str]:
    yield f"{'rule':<18}{'jobs':>6}{'trained':>9}{'start s':>9}{'s each':>8}{'MB':>7}"
    for name, measured in uses.items():
        for used in measured:
            yield (
                f"{name:<18}{used.jobs:>6}{used.trainings:>9}{used.start_s:>9.1f}"
                f"{used.training_s:>8.2f}{used.resident_mb:>7.0f}"
            )


def _advice(size: JobSize, most: int, minutes: float) -> Iterator[str]:
    yield "# your configuration"
    yield (
        f"candidates_per_job: {size.candidates}  # a search job takes {size.seconds / 60:.1f}"
        " minutes"
    )
    if size.candidates == most and size.seconds < 30 * minutes:
        yield (
            "# A job holds a whole generation of an island and is short all the same: raise"
            " search.candidates_per_island, or stay on one machine."
        )
    yield "# profiles/slurm/config.yaml: MB and minutes"
    yield "set-resources:"
    for name, memory in size.mem_mb.items():
        runtime = size.runtime_min[name]
        yield f"  {name}: {{mem_mb: {memory} * attempt, runtime: {runtime} * attempt}}"


def _uses(folder: Path, settings: Settings) -> dict[str, list[Use]]:
    """What each rule's jobs used, one entry a measurement; rules that never ran are absent."""
    places = {
        "measure_reference": [[layout.reference(folder, name).parent] for name in MEASUREMENTS],
        "train": [list(_search_places(folder, settings))],
        "measure_catalog": [[layout.catalog_measured(folder, name)] for name in MEASUREMENTS],
        "measure_finalists": [
            [layout.finalists_measured(folder, arm, name) for arm in settings.arms]
            for name in MEASUREMENTS
        ],
        "measure_compared": [
            [layout.compared_measured(folder, name).parent]
            for name in further(settings.validation.robustness)
        ],
    }
    uses = {
        rule: [
            use(
                (job for place in group for job in _jobs(place, settings.lab.side_by_side)),
                divided=rule not in _WHOLE,
            )
            for group in groups
        ]
        for rule, groups in places.items()
    }
    return {rule: kept for rule, ran in uses.items() if (kept := list(filter(None, ran)))}


def _search_places(folder: Path, settings: Settings) -> Iterator[Path]:
    for arm in settings.arms:
        yield from sorted((folder / arm).glob("gen_*/island_*"))


def _jobs(place: Path, at_a_time: int) -> Iterator[UsedJob]:
    """The jobs that wrote into a folder: its shards, or itself for a reference.

    Args:
        at_a_time: trainings that share a card's clock.
    """
    whole = place / "evaluations.jsonl"
    for path in [whole] if whole.exists() else layout.shards(place):
        used = _usage(path)
        evaluations = read_evaluations([path])
        trained = [evaluation for evaluation in evaluations if evaluation.timings]
        yield UsedJob(
            seconds=used.wall_s if used else None,
            resident_mb=used.resident_mb if used else None,
            trainings_s=tuple(
                one.timings["wall_s"] / (1 if one.device == CPU else at_a_time)
                for one in trained
            ),
            peaks_mb=tuple(one.timings["peak_mb"] for one in trained),
        )


def _usage(evaluations: Path) -> JobUsage | None:
    """What the job that wrote a file used, as Snakemake measured it."""
    place = evaluations.parent
    path = place / "benchmark.tsv"
    if not place.name.startswith("shard_"):
        rule = {"reference": "measure_reference", "validation": "measure_compared"}
        name = f"{rule[place.parent.name]}_{place.name}.tsv"
        path = place.parent.parent / "benchmarks" / name
    return read_job_usage(path) if path.exists() else None
