"""Lists the functions that are taken to the benchmarks, and settles how they are measured."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from actmine.evolution.reading import read_listed
from actmine.files import read_json
from actmine.gate import handlers
from actmine.records.rows import write_record, write_records
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run
from actmine.settings.configuration import with_execution
from actmine.transfer.functions import known_functions, mined_functions
from actmine.transfer.plan import benchmark_names, known_names
from actmine.transfer.settings import from_config


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a function, and the settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--transfer", type=json.loads, required=True, help="settings as JSON")
    parser.add_argument("--champion", type=Path, help="the run's champion.json")
    parser.add_argument("--finalists", type=Path, nargs="*", default=[])
    parser.add_argument("--settings", type=Path, required=True, help="output, .json")
    parser.add_argument("--out", type=Path, required=True, help="output, .jsonl")
    args = parser.parse_args(argv)
    config = with_execution(run.read_settings(args.run), {"transfer": args.transfer})
    settings = from_config(config, tuple(benchmark_names(config.transfer)))
    with Sandbox(handlers, isolation=settings.isolation) as sandbox:
        listed = known_functions(
            known_names(config.transfer), sandbox=sandbox, settings=config.gate
        )
    champion = read_json(args.champion)["candidate_id"] if args.champion else None
    finalists = [one for path in args.finalists for one in read_listed(path)]
    known = {one.candidate_id for one in listed}
    mined = mined_functions(finalists, champion_id=champion, mined=config.transfer.mined)
    listed += [one for one in mined if one.candidate_id not in known]
    write_record(args.settings, settings)
    write_records(args.out, listed)


if __name__ == "__main__":
    main()
