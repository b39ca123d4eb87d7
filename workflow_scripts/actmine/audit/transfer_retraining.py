"""Trains a sample of a run's functions on real data again, and compares their scores."""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from actmine.audit.agreement import PATIENCE
from actmine.audit.problem import BROKEN, Problem
from actmine.evolution.reading import read_listed
from actmine.records.rows import read_record, read_records
from actmine.records.status import Status
from actmine.records.training import CPU
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.data import load_data
from actmine.transfer.measure import TransferLab
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings


def outcome_problems(folder: Path, *, count: int, seed: int) -> Iterator[Problem]:
    """Of so many outcomes of each tier, those that no training on the same processor gives.

    What a GPU trained is left out.
    """
    for path in sorted((folder / "transfer").glob("*/settings.json")):
        tier = path.parent
        try:
            settings = read_record(path, TransferSettings)
            there = replace(settings, device=CPU)
            yield from _of_tier(folder, tier, there, count=count, seed=seed)
        except BROKEN as error:
            what = f"cannot be made again: {' '.join(str(error).split())[:300]}"
            yield Problem(file=tier.relative_to(folder).as_posix(), what=what)


def _of_tier(
    folder: Path, tier: Path, settings: TransferSettings, *, count: int, seed: int
) -> Iterator[Problem]:
    sources = {one.candidate_id: one.source for one in read_listed(tier / "candidates.jsonl")}
    known = [
        (path.relative_to(folder).as_posix(), outcome)
        for path in sorted(tier.glob("*/shard_*/outcomes.jsonl"))
        for outcome in read_records(path, Outcome)
        if outcome.candidate_id in sources and outcome.device == CPU
    ]
    drawn = random.Random(seed).sample(known, min(count, len(known)))
    drawn.sort(key=lambda one: one[1].benchmark)
    for name, outcomes in groupby(drawn, key=lambda one: one[1].benchmark):
        arrays, manifest = (tier / "data" / f"{name}.{kind}" for kind in ("npz", "json"))
        data, data_hash = load_data(arrays, manifest)
        with (
            tempfile.TemporaryDirectory(prefix="actmine-audit-") as kept,
            TransferLab(
                benchmark(name), data, data_hash=data_hash, settings=settings, kept=Path(kept)
            ) as lab,
        ):
            for file, outcome in outcomes:
                again = lab.measure(sources[outcome.candidate_id], seed=outcome.seed)
                if _contradict(outcome, again, limit_s=settings.cpu_s):
                    what = f"{outcome.candidate_id}, trained again, has other scores on {name}"
                    yield Problem(file=file, what=what)


def _contradict(recorded: Outcome, again: Outcome, *, limit_s: float) -> bool:
    """Whether both cannot be; other vector instructions, and a slow machine, excuse scores."""
    if recorded.is_scored and again.is_scored:
        same = (recorded.scores, recorded.learning_rate) == (again.scores, again.learning_rate)
        return not same and recorded.cpu_capability == again.cpu_capability
    if recorded.status is Status.TIMEOUT and again.is_scored:
        return again.timings["cpu_s"] < limit_s / PATIENCE
    return recorded.status is not again.status and not again.machine_dependent
