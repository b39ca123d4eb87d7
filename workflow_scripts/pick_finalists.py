"""Picks the mined functions of one arm that are validated, each in its shortest form."""

from collections.abc import Sequence
from pathlib import Path

from actmine.evolution.population import Population
from actmine.evolution.reading import read_arm_generations, read_listed, read_scorer
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.records.rows import read_record, write_records
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.settings.measurements import SEARCH
from actmine.stage import run_stage
from actmine.validation.finalists import contrast, finalists
from actmine.validation.simplest import simplest


def main(run: Path, arm: str, populations: Sequence[Path], catalog: Path, out: Path) -> None:
    """Writes one line a finalist, best first, then what is drawn for contrast."""
    settings = read_settings(run, arm=arm)
    last = [read_record(path, Population) for path in populations]
    known = read_listed(catalog)
    chosen = finalists(last, known, count=settings.validation.finalists)
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        short = [
            simplest(function, sandbox=sandbox, settings=examination(settings))
            for function in chosen
        ]
    listed = {function.candidate_id: function for function in short}
    drawn = contrast(
        read_arm_generations(
            run.parent, arm, generations=last[0].generation, islands=len(last)
        ),
        read_scorer(run.parent, settings, SEARCH),
        taken={function.candidate_id for function in [*known, *chosen, *short]},
        count=settings.validation.contrast,
        seed=settings.search_seed,
    )
    write_records(out, [*listed.values(), *drawn])


if __name__ == "__main__":
    run_stage(main)
