"""Selects one island's elites from its last generation and reports the progress."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine import layout
from actmine.champion.visible import visible
from actmine.evolution.memory import read_population
from actmine.evolution.population import Population, to_json
from actmine.evolution.reading import read_evaluations
from actmine.evolution.selection import succeed
from actmine.files import write_json
from actmine.lab.scorer import Scorer, task_families
from actmine.llm.journal import Journal
from actmine.number_text import duration
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_record, read_records
from actmine.records.status import Status
from actmine.settings import run_plan
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.streams import tell
from actmine.tables.time_left import finished_populations, planned_populations, time_left


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
    """Writes the population; prints one line for the terminal."""
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
    unmeasured = (p.status for p in proposed if p.status is not Status.ACCEPTED)
    measured = (e.status for e in evaluated if e.slot is not None)
    # Once an arm: all islands have the same seeds.
    if generation == island == 0 and (warning := guarded(selected, settings.fitness.id_guard)):
        tell(warning)
    line = [progress(arm, selected, Counter([*unmeasured, *measured]))]
    if settings.mutation.asks_models:
        line.append(_spending(run.parent, arm, selected))
    tell(" · ".join([*line, *_outlook(run)]))


def _spending(folder: Path, arm: str, population: Population) -> str:
    """What the island has spent on language models up to this generation."""
    place = (arm, population.island)
    spent = Journal(folder / layout.JOURNAL).spent(
        *place, before=(population.generation + 1, 0)
    )
    return f"spent {spent.usd:.2f} USD, {spent.tokens:,} tokens"


def _outlook(run: Path) -> Iterator[str]:
    """How much of the search is done, and how long the run still takes."""
    planned = run_plan.read(run.parent)
    if planned is not None:
        settings = read_settings(run)
        finished = len(finished_populations(run.parent, settings))
        left = time_left(run.parent, settings, planned)
        yield f"{finished} of {planned_populations(settings, planned)}" + (
            f", about {duration(left.whole_s)} left" if left else ""
        )


def guarded(population: Population, guard: float) -> str:
    """What to tell where the best seed is over the guard, which its children are held to."""
    best = population.elites[0]
    if best.id_ratio <= guard:
        return ""
    return (
        f"{visible(best.name)} leads the seeds with an in-distribution loss of "
        f"{best.id_ratio:.1f} times ReLU's, above fitness.id_guard ({guard:g}): seeds may, "
        "children may not, so little can be made of it; raise the guard"
    )


def progress(arm: str, population: Population, outcomes: Counter[Status]) -> str:
    """One line: where the search stands."""
    best = population.elites[0]
    name = visible(best.name)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(outcomes.items()))
    return (
        f"{arm} · generation {population.generation} · island {population.island} · "
        f"best fitness {best.fitness:+.3f} ± {best.standard_error:.3f} ({name}) · {counts}"
    )


if __name__ == "__main__":
    run_stage(main)
