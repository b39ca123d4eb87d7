"""Draws a figure of a suite's tasks."""

from pathlib import Path

from actmine.files import write_atomically
from actmine.report.task_figures import draw_tasks
from actmine.stage import run_stage
from actmine.tasks.suite import load_suite


def main(arrays: Path, manifest: Path, out: Path) -> None:
    """Writes one SVG."""
    write_atomically(out, draw_tasks(load_suite(arrays, manifest)))


if __name__ == "__main__":
    run_stage(main)
