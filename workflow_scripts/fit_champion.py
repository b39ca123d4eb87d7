"""Trains the champion, GELU and ReLU on three held-out tasks, for a figure."""

from pathlib import Path

from actmine.files import read_json, write_json
from actmine.lab import handlers
from actmine.lab.measure import fit_limits
from actmine.records.evaluation import Evaluation
from actmine.records.rows import read_records
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.tasks.suite import load_suite
from actmine.validation.fits import fit_champion


def main(
    run: Path, champion: Path, arrays: Path, manifest: Path, reference: Path, out: Path
) -> None:
    """Writes predictions inside and outside the training range."""
    settings = read_settings(run)
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        document = fit_champion(
            read_json(champion),
            load_suite(arrays, manifest),
            config=settings,
            sandbox=sandbox,
            limits=fit_limits(settings.sandbox, read_records(reference, Evaluation)),
        )
    write_json(out, document)


if __name__ == "__main__":
    run_stage(main)
