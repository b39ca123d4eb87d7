"""Trains the champion, GELU and ReLU on three held-out tasks, for a figure."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.files import read_json, write_json
from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import fit_limits
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.evaluation import Evaluation
from actmine.records.rows import read_records
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run
from actmine.tasks.suite import load_suite
from actmine.validation.fits import Function, fit_all


def main(argv: Sequence[str] | None = None) -> None:
    """Writes predictions inside and outside the training range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--champion", type=Path, required=True, help="champion.json")
    parser.add_argument("--arrays", type=Path, required=True, help="held-out suite's .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="held-out suite's .json")
    parser.add_argument("--reference", type=Path, required=True, help="sets the time limit")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.run)
    champion = read_json(args.champion)
    functions = [
        Function(name=known.name, source=known.source, role="reference")
        for known in map(by_name, (SECOND_REFERENCE, REFERENCE))
    ]
    if champion["candidate_id"] is not None:
        own = Function(name=champion["name"], source=champion["source"], role="champion")
        functions = [own, *functions]
    reference = read_records(args.reference, Evaluation)
    with Sandbox(handlers, isolation=config.sandbox.isolation) as sandbox:
        document = fit_all(
            functions,
            load_suite(args.arrays, args.manifest),
            config=config,
            sandbox=sandbox,
            limits=fit_limits(config.sandbox, reference),
        )
    write_json(args.out, document)


if __name__ == "__main__":
    main()
