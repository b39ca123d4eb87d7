"""Compares the arms of a run: strategies, by the held-out fitness of their champions."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from actmine import layout
from actmine.champion.visible import visible
from actmine.evolution.reading import find_run, read_evaluations, read_listed, read_scorer
from actmine.lab.fitness import Fitness
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Coupling
from actmine.settings import frozen as runs
from actmine.settings.arms import group_of
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.settings.sections import Settings
from actmine.validation.finalists import champion
from actmine.validation.material import by_id
from actmine.validation.strategy_outcomes import Outcome, differences, median_survival


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument(
        "--of",
        metavar="STRATEGY",
        help="compared with each other one; default: the first arm's",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Prints each arm's champion, and a strategy's advantage with its 95% interval.

    Arms named `<strategy>-<seed>` are the seeds of one strategy; others go by their search's.
    """
    folder = find_run(args.run_name, results=args.results)
    settings = runs.read_settings(folder / layout.RUN_FILE)
    if not (folder / "validation" / "leaderboard.csv").exists():
        raise ConfigError(f"{folder}: not validated yet; run `snakemake` for it first")
    outcomes = [_outcome(folder, settings, arm) for arm in settings.arms]
    strategies = list(dict.fromkeys(outcome.strategy for outcome in outcomes))
    of = args.of or strategies[0]
    if of not in strategies:
        raise ConfigError(f"--of: {of!r} is not one of {', '.join(strategies)}")
    print(visible("\n".join(_table(outcomes))))
    for gap in differences(outcomes, of=of):
        interval = gap.interval
        print(
            f"{gap.better} - {gap.worse}: {interval.mean:+.3f} held-out fitness "
            f"(95% {interval.low:+.3f} to {interval.high:+.3f}, {gap.seeds} seeds)"
        )
    for strategy in strategies:
        share = median_survival(outcomes, strategy)
        own = [outcome for outcome in outcomes if outcome.strategy == strategy]
        gained = sum(outcome.survival is not None for outcome in own)
        basis = f"of {len(own)} searches {gained} gained on the best known function"
        print(
            f"{strategy}: median share of the gain that survives held-out tasks: "
            + (basis if share is None else f"{share:.2f} ({basis})")
        )
    return 0


def _table(outcomes: list[Outcome]) -> Iterator[str]:
    yield (
        f"{'arm':<20}{'strategy':<15}{'seed':>5}{'trained':>9}{'CPU s':>8}{'search':>9}"
        f"{'again':>8}{'held-out':>10}{'best known':>12}{'survival':>10}  champion"
    )
    for outcome in outcomes:
        figures = (outcome.searched, outcome.remeasured, outcome.held_out, outcome.survival)
        searched, again, held_out, survival = (
            "-" if f is None else f"{f:+.3f}" for f in figures
        )
        yield (
            f"{outcome.arm:<20}{outcome.strategy:<15}{outcome.seed:>5}{outcome.trained:>9}"
            f"{outcome.cpu_s:>8.0f}{searched:>9}{again:>8}{held_out:>10}"
            f"{outcome.known_held_out:>+12.3f}{survival:>10}  {outcome.champion or '-'}"
        )


def _outcome(folder: Path, settings: Settings, arm: str) -> Outcome:
    own = arm_settings(settings, arm)
    scorers = {name: read_scorer(folder, own, name) for name in (SEARCH, REMEASURED, HELD_OUT)}
    remeasured, held_out = (
        _fitness(layout.finalists_measured(folder, arm, name), scorers[name])
        for name in (REMEASURED, HELD_OUT)
    )
    best = champion(read_listed(layout.finalists(folder, arm)), remeasured)
    trained = read_evaluations(layout.search_shards(folder, arm))
    known_searched, known_held_out = _best_known(folder, scorers)
    common = Outcome(
        arm=arm,
        strategy=group_of(arm, own),
        seed=own.search_seed,
        trained=sum(evaluation.slot is not None for evaluation in trained),
        cpu_s=sum(evaluation.timings.get("cpu_s", 0.0) for evaluation in trained),
        known_searched=known_searched,
        known_held_out=known_held_out,
    )
    if best is None:
        return common
    again = _value(remeasured.get(best.candidate_id))
    return replace(
        common,
        champion=best.name,
        searched=best.search_fitness if own.search.rotate_every is None else again,
        remeasured=again,
        held_out=_value(held_out.get(best.candidate_id)),
    )


def _fitness(folder: Path, scorer: Scorer) -> dict[str, Fitness | None]:
    """By candidate, of what was measured into a folder."""
    return scorer.all_fitness(by_id(read_evaluations(layout.shards(folder))))


def _value(fitness: Fitness | None) -> float | None:
    return None if fitness is None else fitness.value


def _best_known(folder: Path, scorers: Mapping[str, Scorer]) -> tuple[float, float]:
    """Search and held-out fitness of the known function that is best on the search tasks.

    Chosen without a look at held-out tasks, like the champion; and like it none that reads
    the whole batch.
    """
    search, held_out = (
        _fitness(layout.catalog_measured(folder, name), scorers[name])
        for name in (SEARCH, HELD_OUT)
    )
    pairs = (
        (search.get(known.candidate_id), held_out.get(known.candidate_id))
        for known in read_listed(layout.catalog(folder))
        if known.coupling is not Coupling.BATCH
    )
    return max(((a.value, b.value) for a, b in pairs if a and b), default=(0.0, 0.0))
