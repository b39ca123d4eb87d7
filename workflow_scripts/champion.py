"""Makes the champion usable: a module, its formula, a figure, and its card."""

from pathlib import Path

from actmine.champion.derived_files import written
from actmine.champion.drawn_curves import read_drawn
from actmine.champion.plot import draw
from actmine.champion.shown_functions import champion_of, references
from actmine.files import read_json, write_atomically
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes four files into one folder, in which others stand."""
    chosen = read_json(run.parent / "validation" / "champion.json")
    cost = read_json(out / "cost.json")
    curves = read_drawn(out / "curves.jsonl")
    functions = [*champion_of(chosen), *references()]
    limit = curves.limit(functions[0].candidate_id)
    write_atomically(out / "plot.svg", draw(curves.together(functions, limit)))
    texts = written(run.parent, chosen, generations=generations, cost=cost)
    for name, text in texts.items():
        write_atomically(out / name, text.encode())


if __name__ == "__main__":
    run_stage(main)
