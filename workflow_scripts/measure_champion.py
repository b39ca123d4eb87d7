"""Runs the champion beside GELU and ReLU for cost and figures; nothing after it runs one."""

from pathlib import Path

from actmine.champion import handlers
from actmine.sandbox.warm_process import WarmProcess
from actmine.stage import run_stage


def main(
    run: Path, generations: int, arrays: Path, manifest: Path, reference: Path, out: Path
) -> None:
    """Writes three files into one folder: costs, curves, what trained networks predict."""
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.champion.cost import measure
        from actmine.champion.drawn_curves import sample_drawn
        from actmine.champion.shown_functions import champion_of, references
        from actmine.files import read_json, write_json
        from actmine.lab.measure import fit_limits
        from actmine.records.evaluation import Evaluation
        from actmine.records.rows import read_records, write_records
        from actmine.sandbox.host import Sandbox
        from actmine.settings.frozen import read_settings
        from actmine.tasks.suite import load_suite
        from actmine.validation.fits import fit_champion

        settings, folder = read_settings(run), run.parent
        chosen = read_json(folder / "validation" / "champion.json")
        sandbox = Sandbox(handlers, isolation=settings.sandbox.isolation, process=process)
        sources = {one.name: one.source for one in (*champion_of(chosen), *references())}
        cost = measure(sources, sandbox=sandbox)
        curves = sample_drawn(folder, settings.arms, generations=generations, sandbox=sandbox)
        fits = fit_champion(
            chosen,
            load_suite(arrays, manifest),
            config=settings,
            sandbox=sandbox,
            limits=fit_limits(settings.sandbox, read_records(reference, Evaluation)),
        )
    write_json(out / "cost.json", cost)
    write_records(out / "curves.jsonl", curves)
    write_json(out / "fits.json", fits)


if __name__ == "__main__":
    run_stage(main)
