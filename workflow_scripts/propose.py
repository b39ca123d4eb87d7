"""Proposes one island's next generation; generation 0 is its seeds."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
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
        from actmine.evolution.memory import read_population
        from actmine.evolution.proposals import propose, seeds
        from actmine.llm.access import connect
        from actmine.llm.client import ClientError, ReplayError
        from actmine.records.rows import write_records
        from actmine.sandbox.host import Sandbox
        from actmine.settings import frozen as run
        from actmine.settings.configuration import arm_settings, with_execution

        whole = with_execution(run.read_settings(args.run), args.execution)
        config = arm_settings(whole, args.arm)
        sandbox = Sandbox(handlers, isolation=config.sandbox.isolation, process=process)
        if args.population is None:
            proposals = seeds(config, island=args.island, sandbox=sandbox)
        else:
            journal = args.run.parent / layout.JOURNAL
            ask = connect(whole, arm=args.arm, journal=journal)
            try:
                proposals = propose(
                    read_population(args.population),
                    config,
                    arm=args.arm,
                    generation=args.generation,
                    sandbox=sandbox,
                    ask=ask if config.mutation.asks_models else None,
                )
            except (ClientError, ReplayError) as error:
                sys.exit(f"propose: {error}")
    write_records(args.out, proposals)


if __name__ == "__main__":
    main()
