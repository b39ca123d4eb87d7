"""Draws one suite of tasks."""

from pathlib import Path

from actmine.settings.configuration import families_of
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.tasks.suite import draw_suite, save_suite


def main(run: Path, suite: str, arrays: Path, manifest: Path) -> None:
    """Writes the arrays and the manifest."""
    settings = read_settings(run)
    families = families_of(settings, suite)
    drawn = draw_suite(suite, families, samples=settings.tasks.samples, seed=settings.seed)
    save_suite(drawn, arrays, manifest)


if __name__ == "__main__":
    run_stage(main)
