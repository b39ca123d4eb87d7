"""Trains a shard of functions on one benchmark, one process a training, and writes scores."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.evolution.reading import read_listed
from actmine.records.listed import Listed
from actmine.records.rows import read_record, write_records
from actmine.records.status import Status
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.data import load_data
from actmine.transfer.measure import TransferLab
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a seed of every accepted function of the shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="the transfer's settings")
    parser.add_argument("--candidates", type=Path, required=True, help="candidates.jsonl")
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--arrays", type=Path, required=True, help="the benchmark's .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="the benchmark's .json")
    parser.add_argument("--shard", type=int, default=0)
    parser.add_argument("--per-job", type=int, default=1 << 30, help="functions of a shard")
    parser.add_argument("--store", type=Path, required=True, help="what was measured before")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    settings = read_record(args.settings, TransferSettings)
    listed = read_listed(args.candidates)[args.shard * args.per_job :][: args.per_job]
    data, data_hash = load_data(args.arrays, args.manifest)
    with TransferLab(
        benchmark(args.benchmark), data, data_hash=data_hash, settings=settings, kept=args.store
    ) as lab:
        accepted = [one for one in listed if one.status is Status.ACCEPTED]
        outcomes = [outcome for one in accepted for outcome in _measure(lab, one, settings)]
    write_records(args.out, outcomes)


def _measure(lab: TransferLab, listed: Listed, settings: TransferSettings) -> list[Outcome]:
    listed.require_own_source()
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    return [lab.measure(listed.source, seed=seed) for seed in seeds]


if __name__ == "__main__":
    main()
