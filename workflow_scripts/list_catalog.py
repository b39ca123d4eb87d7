"""Lists the known activations as candidates, each judged by the gate."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.functions.catalog import compared
from actmine.gate import handlers
from actmine.gate.examine import examine, listed
from actmine.records.rows import write_records
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a function."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.run)
    settings = config.gate
    with Sandbox(handlers, isolation=config.sandbox.isolation) as sandbox:
        known = [
            listed(known.candidate, examine(known.source, sandbox=sandbox, settings=settings))
            for known in compared(config.validation.catalog)
        ]
    write_records(args.out, known)


if __name__ == "__main__":
    main()
