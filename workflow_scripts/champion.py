"""Makes the champion usable: a module, its formula, a figure, what it costs, and its card."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.champion import handlers
from actmine.champion.cost import measure
from actmine.champion.curves import sample
from actmine.champion.derived_files import written
from actmine.champion.plot import draw
from actmine.files import read_json, write_atomically, write_json
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as run


def main(argv: Sequence[str] | None = None) -> None:
    """Writes five files into one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="output folder")
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)
    chosen = read_json(args.folder / "validation" / "champion.json")
    with Sandbox(handlers, isolation=config.sandbox.isolation) as sandbox:
        plot, cost = _measured(chosen, sandbox)
    texts = written(args.folder, chosen, generations=args.generations, cost=cost)
    write_json(args.out / "cost.json", cost)
    write_atomically(args.out / "plot.svg", plot)
    for name, text in texts.items():
        write_atomically(args.out / name, text.encode())


def _measured(chosen: dict[str, Any], sandbox: Sandbox) -> tuple[bytes, dict[str, Any]]:
    """The figure and the costs: what only a run of the function can give."""
    gelu, relu = by_name(SECOND_REFERENCE), by_name(REFERENCE)
    sources = {gelu.name: gelu.source, relu.name: relu.source}
    if chosen["candidate_id"] is not None:
        # A name that a reference has too would hide it.
        taken = chosen["name"] in (gelu.name, relu.name)
        title = chosen["candidate_id"] if taken else chosen["name"]
        sources = {title: chosen["source"], **sources}
    curves = [sample(name, source, sandbox=sandbox) for name, source in sources.items()]
    plot = draw([curve for curve in curves if curve is not None])
    return plot, measure(sources, sandbox=sandbox)


if __name__ == "__main__":
    main()
