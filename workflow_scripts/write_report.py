"""Writes the page that tells what a run found."""

from pathlib import Path

from actmine.files import write_atomically
from actmine.report.collect import collect
from actmine.report.page import render
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes one self-contained HTML file."""
    write_atomically(out, render(collect(run.parent, generations=generations)).encode())


if __name__ == "__main__":
    run_stage(main)
