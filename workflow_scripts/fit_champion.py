"""Trains the champion, GELU and ReLU on three held-out tasks, for a figure."""

from pathlib import Path

from actmine.files import read_json, write_json
from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import fit_limits
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.evaluation import Evaluation
from actmine.records.rows import read_records
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.tasks.suite import load_suite
from actmine.validation.fits import Function, fit_all


def main(
    run: Path, champion: Path, arrays: Path, manifest: Path, reference: Path, out: Path
) -> None:
    """Writes predictions inside and outside the training range."""
    settings = read_settings(run)
    mined = read_json(champion)
    functions = [
        Function(name=known.name, source=known.source, role="reference")
        for known in map(by_name, (SECOND_REFERENCE, REFERENCE))
    ]
    if mined["candidate_id"] is not None:
        own = Function(name=mined["name"], source=mined["source"], role="champion")
        functions = [own, *functions]
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        document = fit_all(
            functions,
            load_suite(arrays, manifest),
            config=settings,
            sandbox=sandbox,
            limits=fit_limits(settings.sandbox, read_records(reference, Evaluation)),
        )
    write_json(out, document)


if __name__ == "__main__":
    run_stage(main)
