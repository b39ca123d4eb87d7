"""Writes the page that tells what a run found."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.files import write_atomically
from actmine.gate import handlers
from actmine.report.collect import collect
from actmine.report.page import render
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one self-contained HTML file; says where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)
    with Sandbox(handlers, isolation=config.sandbox.isolation) as sandbox:
        data = collect(args.folder, generations=args.generations, sandbox=sandbox)
    write_atomically(args.out, render(data).encode())
    print(f"The report stands in {args.out}", flush=True)


if __name__ == "__main__":
    main()
