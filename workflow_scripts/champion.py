"""Makes the champion usable: a module, its formula, a figure, what it costs, and its card."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actmine import layout, run
from actmine.catalog import by_name
from actmine.champion.card import write_card, write_empty_card
from actmine.champion.collect import collect, latex_of
from actmine.champion.cost import measure
from actmine.champion.module_text import champion_text, no_champion
from actmine.champion.plot import draw
from actmine.files import read_json, write_atomically, write_json
from actmine.lab.judge import REFERENCE, SECOND_REFERENCE
from actmine.report.curves import sample
from actmine.sandbox.host import Sandbox


def main(argv: Sequence[str] | None = None) -> None:
    """Writes five files into one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="output folder")
    args = parser.parse_args(argv)
    config = run.configuration(args.folder / layout.RUN_FILE)
    chosen = read_json(args.folder / "validation" / "champion.json")
    with Sandbox("time", isolation=config["sandbox"]["isolation"]) as sandbox:
        files = _files(args, config["run"], chosen, sandbox)
    cost = files.pop("cost.json")
    for name, text in files.items():
        write_atomically(args.out / name, text if isinstance(text, bytes) else text.encode())
    write_json(args.out / "cost.json", cost)


def _files(
    args: argparse.Namespace, name: str, chosen: dict[str, Any], sandbox: Sandbox
) -> dict[str, Any]:
    references = [by_name(one) for one in (SECOND_REFERENCE, REFERENCE)]
    sources = {one.name: one.source for one in references}
    mined = chosen["candidate_id"] is not None
    if mined:
        # A name that a reference has too would hide it.
        title = chosen["name"] if chosen["name"] not in sources else chosen["candidate_id"]
        sources = {title: chosen["source"], **sources}
    curves = [sample(key, source, sandbox=sandbox) for key, source in sources.items()]
    sources.pop(references[1].name)
    cost = measure(sources, sandbox=sandbox)
    plot = draw([curve for curve in curves if curve is not None])
    if not mined:
        empty = {"activation.py": no_champion(), "formula.tex": "% There is no champion.\n"}
        return {**empty, "plot.svg": plot, "cost.json": cost, "CARD.md": write_empty_card(name)}
    latex, why = latex_of(chosen["source"])
    found = f"Candidate {chosen['candidate_id']} of the run {name}; its card is CARD.md."
    facts = collect(args.folder, chosen, generations=args.generations, cost=cost)
    return {
        "activation.py": champion_text(chosen["source"], title=chosen["name"], found=found),
        "formula.tex": latex or f"% No single formula: {why}.\n",
        "plot.svg": plot,
        "cost.json": cost,
        "CARD.md": write_card(facts),
    }


if __name__ == "__main__":
    main()
