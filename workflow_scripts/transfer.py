"""Trains a shard of functions on one benchmark, one process a training, and writes scores."""

from pathlib import Path

from actmine.evolution.reading import read_listed
from actmine.records.listed import Listed
from actmine.records.rows import read_record, write_records
from actmine.records.status import Status
from actmine.stage import run_stage
from actmine.transfer.benchmarks import registry
from actmine.transfer.data import load_data
from actmine.transfer.measure import TransferLab
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings


def main(
    settings: Path,
    candidates: Path,
    benchmark: str,
    arrays: Path,
    manifest: Path,
    store: Path,
    out: Path,
    shard: int = 0,
    per_job: int = 1 << 30,
) -> None:
    """Writes one line a seed of every accepted function of the shard."""
    asked = read_record(settings, TransferSettings)
    listed = read_listed(candidates)[shard * per_job :][:per_job]
    task = registry.benchmark(benchmark)
    data, data_hash = load_data(arrays, manifest)
    with TransferLab(task, data, data_hash=data_hash, settings=asked, kept=store) as lab:
        accepted = [function for function in listed if function.status is Status.ACCEPTED]
        outcomes = [
            outcome for function in accepted for outcome in _measure(lab, function, asked)
        ]
    write_records(out, outcomes)


def _measure(lab: TransferLab, listed: Listed, settings: TransferSettings) -> list[Outcome]:
    listed.require_own_source()
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    return [lab.measure(listed.source, seed=seed) for seed in seeds]


if __name__ == "__main__":
    run_stage(main)
