"""Trains a shard of candidates, each in a process of its own, and writes their losses."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.lab import handlers
from actmine.sandbox.warm_process import WarmProcess


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a candidate."""
    args = _parser().parse_args(argv)
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.functions.catalog import by_name
        from actmine.lab.shard import measure_shard, read_candidates, require_losses
        from actmine.records.evaluation import Evaluation
        from actmine.records.rows import read_records, write_records
        from actmine.settings.frozen import read_settings
        from actmine.tasks.suite import load_suite

        names = args.names or ()
        listed = [by_name(name).listed for name in names] or read_candidates(args.candidates)
        evaluations = measure_shard(
            listed[args.shard * args.per_job :][: args.per_job],
            load_suite(args.arrays, args.manifest),
            name=args.measurement,
            settings=read_settings(args.run),
            reference=read_records(args.reference, Evaluation) if args.reference else (),
            store=args.store,
            process=process,
        )
        if names:
            require_losses(evaluations)
        write_records(args.out, evaluations)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument(
        "--measurement", required=True, help="a name of settings/measurements.py"
    )
    parser.add_argument("--arrays", type=Path, required=True, help="the suite's .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="the suite's .json")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--candidates", type=Path, help="proposals.jsonl or candidates.jsonl")
    what.add_argument("--names", nargs="+", help="functions of the catalog")
    parser.add_argument("--reference", type=Path, help="evaluations that set the time limit")
    parser.add_argument("--shard", type=int, default=0)
    parser.add_argument("--per-job", type=int, default=1 << 30, help="candidates of a shard")
    parser.add_argument("--store", type=Path, required=True, help="the evaluation store")
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
