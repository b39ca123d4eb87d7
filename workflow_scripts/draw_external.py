"""Draws one external suite."""

from pathlib import Path

from actmine.external.suites import draw
from actmine.settings.configuration import with_execution
from actmine.settings.frozen import read_settings
from actmine.stage import Json, run_stage
from actmine.tasks.suite import save_suite
from actmine.transfer.benchmark import MissingDataError


def main(run: Path, external: Json, suite: str, arrays: Path, manifest: Path) -> None:
    """Writes the arrays and the manifest."""
    settings = with_execution(read_settings(run), {"external": external})
    try:
        drawn = draw(suite, settings.external, seed=settings.seed)
    except MissingDataError as error:  # one line that says what to do, and no traceback
        raise SystemExit(str(error)) from None
    save_suite(drawn, arrays, manifest)


if __name__ == "__main__":
    run_stage(main)
