"""Compares the arms of a run: strategies, by the held-out fitness of their champions."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from actmine import layout
from actmine.evolution.reading import find_run, read_evaluations, read_listed, read_scorer
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Coupling
from actmine.records.evaluation import Evaluation
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
    config = runs.read_settings(folder / layout.RUN_FILE)
    if not (folder / "validation" / "leaderboard.csv").exists():
        raise ConfigError(f"{folder}: not validated yet; run `snakemake` for it first")
    outcomes = [_outcome(folder, config, arm) for arm in config.arms]
    strategies = list(dict.fromkeys(one.strategy for one in outcomes))
    of = args.of or strategies[0]
    if of not in strategies:
        raise ConfigError(f"--of: {of!r} is not one of {', '.join(strategies)}")
    print("\n".join(_table(outcomes)))
    for one in differences(outcomes, of=of):
        interval = one.interval
        print(
            f"{one.better} - {one.worse}: {interval.mean:+.3f} held-out fitness "
            f"(95% {interval.low:+.3f} to {interval.high:+.3f}, {one.seeds} seeds)"
        )
    for strategy in strategies:
        share = median_survival(outcomes, strategy)
        mine = [one for one in outcomes if one.strategy == strategy]
        gained = sum(one.survival is not None for one in mine)
        told = f"of {len(mine)} searches {gained} gained on the best known function"
        print(
            f"{strategy}: median share of the gain that survives held-out tasks: "
            + (told if share is None else f"{share:.2f} ({told})")
        )
    return 0


def _table(outcomes: list[Outcome]) -> Iterator[str]:
    yield (
        f"{'arm':<20}{'strategy':<15}{'seed':>5}{'trained':>9}{'CPU s':>8}{'search':>9}"
        f"{'again':>8}{'held-out':>10}{'best known':>12}{'survival':>10}  champion"
    )
    for one in outcomes:
        figures = (one.searched, one.remeasured, one.held_out, one.survival)
        searched, again, held_out, survival = (
            "-" if f is None else f"{f:+.3f}" for f in figures
        )
        yield (
            f"{one.arm:<20}{one.strategy:<15}{one.seed:>5}{one.trained:>9}{one.cpu_s:>8.0f}"
            f"{searched:>9}{again:>8}{held_out:>10}{one.known_held_out:>+12.3f}"
            f"{survival:>10}  {one.champion or '-'}"
        )


def _outcome(folder: Path, config: Settings, arm: str) -> Outcome:
    settings = arm_settings(config, arm)
    scorers = {
        name: read_scorer(folder, settings, name) for name in (SEARCH, REMEASURED, HELD_OUT)
    }
    listed = read_listed(layout.finalists(folder, arm))
    again = _measured(layout.finalists_measured(folder, arm, REMEASURED))
    held_out = _measured(layout.finalists_measured(folder, arm, HELD_OUT))
    best = champion(listed, scorers[REMEASURED].all_fitness(again))
    trained = read_evaluations(
        shard
        for place in sorted((folder / arm).glob("gen_*/island_*"))
        for shard in layout.shards(place)
    )
    known_searched, known_held_out = _best_known(folder, scorers)
    common = Outcome(
        arm=arm,
        strategy=group_of(arm, settings),
        seed=settings.search_seed,
        trained=sum(one.slot is not None for one in trained),
        cpu_s=sum(one.timings.get("cpu_s", 0.0) for one in trained),
        known_searched=known_searched,
        known_held_out=known_held_out,
    )
    if best is None:
        return common
    remeasured = _fitness(again[best.candidate_id], scorers[REMEASURED])
    rotated = settings.search.rotate_every is not None
    return replace(
        common,
        champion=best.name,
        searched=remeasured if rotated else best.search_fitness,
        remeasured=remeasured,
        held_out=_fitness(held_out[best.candidate_id], scorers[HELD_OUT]),
    )


def _measured(folder: Path) -> dict[str, Evaluation]:
    return by_id(read_evaluations(layout.shards(folder)))


def _fitness(evaluation: Evaluation, scorer: Scorer) -> float | None:
    fitness = scorer.fitness(evaluation)
    return fitness.value if fitness else None


def _best_known(folder: Path, scorers: Mapping[str, Scorer]) -> tuple[float, float]:
    """Search and held-out fitness of the known function that is best on the search tasks.

    Chosen without a look at held-out tasks, like the champion; and like it none that reads
    the whole batch.
    """
    fitness = {
        name: {
            key: _fitness(one, scorers[name])
            for key, one in _measured(layout.catalog_measured(folder, name)).items()
        }
        for name in (SEARCH, HELD_OUT)
    }
    found = []
    for one in read_listed(layout.catalog(folder)):
        searched = fitness[SEARCH].get(one.candidate_id)
        held_out = fitness[HELD_OUT].get(one.candidate_id)
        if one.coupling is not Coupling.BATCH and searched is not None and held_out is not None:
            found.append((searched, held_out))
    return max(found, default=(0.0, 0.0))
