"""Proposes one island's next generation; generation 0 is its seeds."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import run
from actmine.evolution.population import from_json
from actmine.evolution.proposal import to_row
from actmine.evolution.propose import propose, seeds
from actmine.files import read_json, write_jsonl
from actmine.sandbox.host import Sandbox


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a slot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--arm", required=True)
    parser.add_argument("--generation", type=int, required=True)
    parser.add_argument("--island", type=int, required=True)
    parser.add_argument("--population", type=Path, help="one generation earlier; none for 0")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.configuration(args.run, arm=args.arm)
    with Sandbox("gate", isolation=config["sandbox"]["isolation"]) as sandbox:
        if args.population is None:
            proposals = seeds(config, island=args.island, sandbox=sandbox)
        else:
            population = from_json(read_json(args.population))
            proposals = propose(population, config, generation=args.generation, sandbox=sandbox)
    write_jsonl(args.out, map(to_row, proposals))


if __name__ == "__main__":
    main()
