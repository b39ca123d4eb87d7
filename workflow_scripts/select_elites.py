"""Selects one island's elites from its last generation."""

from collections.abc import Sequence
from pathlib import Path

from actmine.evolution.memory import read_population
from actmine.evolution.population import Population, to_json
from actmine.evolution.reading import read_evaluations
from actmine.evolution.selection import succeed
from actmine.files import write_json
from actmine.lab.scorer import Scorer, task_families
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_record, read_records
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage


def main(
    run: Path,
    arm: str,
    generation: int,
    island: int,
    manifest: Path,
    reference: Path,
    proposals: Path,
    evaluations: Sequence[Path],
    out: Path,
    population: Path | None = None,
    neighbours: Sequence[Path] = (),
) -> None:
    """Writes the population."""
    settings = read_settings(run, arm=arm)
    proposed = read_records(proposals, Proposal)
    evaluated = read_evaluations(evaluations)
    previous = read_population(population) if population else None
    selected = succeed(
        previous,
        proposed,
        evaluated,
        generation=generation,
        island=island,
        scorer=Scorer(
            read_records(reference, Evaluation),
            families=task_families(manifest),
            rule=settings.fitness,
        ),
        config=settings,
        others=[read_record(path, Population) for path in neighbours],
    )
    write_json(out, to_json(selected, before=previous.history if previous else ()))


if __name__ == "__main__":
    run_stage(main)
