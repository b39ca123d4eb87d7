"""Writes one page that compares several runs: their champions, searches and costs."""

import argparse
from dataclasses import replace
from pathlib import Path

from actmine.commands.isolation_option import add_isolation_option
from actmine.evolution.reading import find_run
from actmine.files import write_atomically
from actmine.gate import handlers
from actmine.layout import RUN_FILE
from actmine.report.run_comparison import draw, read_compared
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Isolation
from actmine.sandbox.trust import trusted
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_names", metavar="RUN", nargs="+", help="a run's name, or folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument("--out", type=Path, help="the page; compare.html in that folder if not")
    add_isolation_option(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the page; curves of champions are sampled in the sandbox."""
    folders = [find_run(name, results=args.results) for name in args.run_names]
    if len(folders) < 2:
        raise ConfigError("compare: one run has nothing to be compared with; name two or more")
    profiles = []
    for folder in folders:
        settings = replace(runs.read_settings(folder / RUN_FILE), run=folder.name)
        profiles.append(Isolation(trusted(settings, args.isolation).sandbox.isolation))
        if not (folder / "tables" / "candidates.parquet").exists():
            raise ConfigError(f"{folder}: not validated yet; run `snakemake` for it first")
    # The strictest of all: no champion runs under less than its own run asked for.
    with Sandbox(handlers, isolation=min(profiles, key=list(Isolation).index)) as sandbox:
        compared = [read_compared(folder, sandbox=sandbox) for folder in folders]
    out = args.out or args.results / "compare.html"
    write_atomically(out, draw(compared).encode())
    print(f"The comparison stands in {out}")
    if len({folder.resolve() for folder in folders}) < len(folders):
        print(f"note: one run is named twice: {', '.join(args.run_names)}")
    return 0
