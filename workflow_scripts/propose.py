"""Proposes one island's next generation; generation 0 is its seeds."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actmine import layout, run
from actmine.config import arm_settings, asks_models, with_execution
from actmine.evolution.memory import read_population
from actmine.evolution.proposal import to_row
from actmine.evolution.propose import propose, seeds
from actmine.files import write_jsonl
from actmine.llm.access import connect
from actmine.llm.client import ClientError, ReplayError
from actmine.llm.secrets import redact_tracebacks, secrets
from actmine.sandbox.host import Sandbox


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
    whole = with_execution(run.configuration(args.run), args.execution)
    config = arm_settings(whole, args.arm)
    with Sandbox("gate", isolation=config["sandbox"]["isolation"]) as sandbox:
        if args.population is None:
            proposals = seeds(config, island=args.island, sandbox=sandbox)
        else:
            journal = args.run.parent / layout.JOURNAL
            asked = asks_models(config)
            proposals = propose(
                read_population(args.population),
                config,
                arm=args.arm,
                generation=args.generation,
                sandbox=sandbox,
                ask=connect(whole, arm=args.arm, journal=journal) if asked else None,
            )
    write_jsonl(args.out, map(to_row, proposals))


if __name__ == "__main__":
    try:
        main()
    except (ClientError, ReplayError) as error:
        sys.exit(f"propose: {error}")
