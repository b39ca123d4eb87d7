"""Picks the mined functions of one arm that are validated, each in its shortest form."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.evolution.population import Population
from actmine.evolution.reading import read_arm_generations, read_listed, read_scorer
from actmine.gate import handlers
from actmine.records.rows import read_record, write_records
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run
from actmine.settings.measurements import SEARCH
from actmine.validation.contrast import contrast
from actmine.validation.finalists import finalists
from actmine.validation.simplest import simplest


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a finalist, best first, then what is drawn for contrast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--arm", required=True)
    parser.add_argument("--populations", type=Path, nargs="+", required=True)
    parser.add_argument("--catalog", type=Path, required=True, help="candidates.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.run, arm=args.arm)
    populations = [read_record(path, Population) for path in args.populations]
    known = read_listed(args.catalog)
    chosen = finalists(populations, known, count=config.validation.finalists)
    with Sandbox(handlers, isolation=config.sandbox.isolation) as sandbox:
        short = [simplest(one, sandbox=sandbox, settings=config.gate) for one in chosen]
    listed = {one.candidate_id: one for one in short}
    drawn = contrast(
        read_arm_generations(
            args.run.parent,
            args.arm,
            generations=populations[0].generation,
            islands=len(populations),
        ),
        read_scorer(args.run.parent, config, SEARCH),
        taken={one.candidate_id for one in [*known, *chosen, *short]},
        count=config.validation.contrast,
        seed=config.search_seed,
    )
    write_records(args.out, [*listed.values(), *drawn])


if __name__ == "__main__":
    main()
