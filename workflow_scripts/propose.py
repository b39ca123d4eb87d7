"""Proposes one island's next generation; generation 0 is its seeds."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actmine.gate import handlers
from actmine.llm.redaction import redact_tracebacks, secrets
from actmine.sandbox.warm_process import WarmProcess


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a slot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--arm", required=True)
    parser.add_argument("--generation", type=int, required=True)
    parser.add_argument("--island", type=int, required=True)
    parser.add_argument("--population", type=Path, help="one generation earlier; none for 0")
    parser.add_argument(
        "--execution",
        type=json.loads,
        default={},
        help="keys that run.yaml leaves out, as JSON",
    )
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    redact_tracebacks(secrets(os.environ))
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.evolution.generation import propose_generation
        from actmine.llm.client import ClientError, ReplayError
        from actmine.records.rows import write_records

        try:
            proposals = propose_generation(
                args.run,
                arm=args.arm,
                generation=args.generation,
                island=args.island,
                population=args.population,
                execution=args.execution,
                process=process,
            )
        except (ClientError, ReplayError) as error:
            sys.exit(f"propose: {error}")
    write_records(args.out, proposals)


if __name__ == "__main__":
    main()
