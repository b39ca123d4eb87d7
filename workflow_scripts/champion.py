"""Makes the champion usable: a module, its formula, a figure, what it costs, and its card."""

from pathlib import Path
from typing import Any

from actmine.champion import handlers
from actmine.champion.cost import measure
from actmine.champion.curves import sample
from actmine.champion.derived_files import written
from actmine.champion.plot import draw
from actmine.files import read_json, write_atomically, write_json
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes five files into one folder."""
    chosen = read_json(run.parent / "validation" / "champion.json")
    with Sandbox(handlers, isolation=read_settings(run).sandbox.isolation) as sandbox:
        plot, cost = _measured(chosen, sandbox)
    texts = written(run.parent, chosen, generations=generations, cost=cost)
    write_json(out / "cost.json", cost)
    write_atomically(out / "plot.svg", plot)
    for name, text in texts.items():
        write_atomically(out / name, text.encode())


def _measured(chosen: dict[str, Any], sandbox: Sandbox) -> tuple[bytes, dict[str, Any]]:
    """The figure and the costs: what only a run of the function can give."""
    gelu, relu = by_name(SECOND_REFERENCE), by_name(REFERENCE)
    sources = {gelu.name: gelu.source, relu.name: relu.source}
    if chosen["candidate_id"] is not None:
        # A name that a reference has too would hide it.
        taken = chosen["name"] in (gelu.name, relu.name)
        title = chosen["candidate_id"] if taken else chosen["name"]
        sources = {title: chosen["source"], **sources}
    (title, source), *others = sources.items()
    first = sample(title, source, sandbox=sandbox)
    limit = first.limit if first else None
    curves = [
        first,
        *(sample(name, text, sandbox=sandbox, limit=limit) for name, text in others),
    ]
    plot = draw([curve for curve in curves if curve is not None])
    return plot, measure(sources, sandbox=sandbox)


if __name__ == "__main__":
    run_stage(main)
