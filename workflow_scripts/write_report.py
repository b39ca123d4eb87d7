"""Writes the page that tells what a run found."""

from pathlib import Path

from actmine.gate import handlers
from actmine.sandbox.warm_process import WarmProcess
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes one self-contained HTML file."""
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.files import write_atomically
        from actmine.report.collect import collect
        from actmine.report.page import render
        from actmine.sandbox.host import Sandbox
        from actmine.settings.frozen import read_settings

        isolation = read_settings(run).sandbox.isolation
        sandbox = Sandbox(handlers, isolation=isolation, process=process)
        content = collect(run.parent, generations=generations, sandbox=sandbox)
    write_atomically(out, render(content).encode())


if __name__ == "__main__":
    run_stage(main)
