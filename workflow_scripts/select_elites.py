"""Selects one island's elites from its last generation and reports the progress."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine import layout
from actmine.evolution.memory import read_population
from actmine.evolution.population import Population, to_json
from actmine.evolution.selection import succeed
from actmine.files import write_json
from actmine.lab.scorer import Scorer, task_families
from actmine.llm.journal import Journal
from actmine.number_text import duration
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_record, read_records
from actmine.records.status import Status
from actmine.settings import frozen as run
from actmine.settings import plan
from actmine.settings.sections import Settings
from actmine.tables.progress import finished_populations, left_s, planned_populations


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the population; prints one line for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--arm", required=True)
    parser.add_argument("--generation", type=int, required=True)
    parser.add_argument("--island", type=int, required=True)
    parser.add_argument("--manifest", type=Path, required=True, help="the search suite's .json")
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--proposals", type=Path, required=True)
    parser.add_argument("--evaluations", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--population", type=Path, nargs="?", help="one generation earlier; none for 0"
    )
    parser.add_argument(
        "--neighbours", type=Path, nargs="*", default=[], help="other islands, as early"
    )
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.run, arm=args.arm)
    scorer = Scorer(
        read_records(args.reference, Evaluation),
        families=task_families(args.manifest),
        rule=config.fitness,
    )
    proposals = read_records(args.proposals, Proposal)
    evaluations = [one for path in args.evaluations for one in read_records(path, Evaluation)]
    previous = read_population(args.population) if args.population else None
    population = succeed(
        previous,
        proposals,
        evaluations,
        generation=args.generation,
        island=args.island,
        scorer=scorer,
        config=config,
        others=[read_record(path, Population) for path in args.neighbours],
    )
    write_json(args.out, to_json(population, before=previous.history if previous else ()))
    unmeasured = (p.status for p in proposals if p.status is not Status.ACCEPTED)
    measured = (e.status for e in evaluations if e.slot is not None)
    outcomes = Counter([*unmeasured, *measured])
    folder = args.run.parent
    told = [progress(args.arm, population, outcomes), *_outlook(folder, args, config)]
    print(" · ".join(told), flush=True)


def _outlook(folder: Path, args: argparse.Namespace, config: Settings) -> Iterator[str]:
    """What the island has spent, and how long the search still takes."""
    if config.mutation.asks_models:
        journal = Journal(folder / layout.JOURNAL)
        spent = journal.spent(args.arm, args.island, before=(args.generation + 1, 0))
        yield f"spent {spent.usd:.2f} USD, {spent.tokens:,} tokens"
    planned = plan.read(folder)
    if planned is not None:
        whole = run.read_settings(args.run)
        finished = finished_populations(folder, whole.arms)
        of = planned_populations(whole, planned)
        left = left_s(finished, of=of, started=planned.started)
        yield f"{len(finished)} of {of}" + (f", {duration(left)} left" if left else "")


def progress(arm: str, population: Population, outcomes: Counter[Status]) -> str:
    """One line: where the search stands."""
    best = population.elites[0]
    counts = ", ".join(f"{count} {status}" for status, count in sorted(outcomes.items()))
    return (
        f"{arm} · generation {population.generation} · island {population.island} · "
        f"best fitness {best.fitness:+.3f} ± {best.standard_error:.3f} ({best.name}) · {counts}"
    )


if __name__ == "__main__":
    main()
