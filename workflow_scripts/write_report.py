"""Writes the page that tells what a run found."""

from pathlib import Path

from actmine.files import write_atomically
from actmine.gate import handlers
from actmine.report.collect import collect
from actmine.report.page import render
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes one self-contained HTML file."""
    with Sandbox(handlers, isolation=read_settings(run).sandbox.isolation) as sandbox:
        content = collect(run.parent, generations=generations, sandbox=sandbox)
    write_atomically(out, render(content).encode())


if __name__ == "__main__":
    run_stage(main)
