"""Tables of what functions are worth on external suites: fitness, and the sources' metrics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.csv_files import read_csv
from actmine.evolution.reading import read_evaluations
from actmine.external.metric import by_family
from actmine.external.plan import METRICS, TABLE
from actmine.external.suites import SOURCES
from actmine.lab.scorer import Scorer, losses_of
from actmine.layout import shards
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.settings.sections import FitnessSettings
from actmine.tasks.suite import Suite, load_suite
from actmine.validation.paired_comparison import compare
from actmine.validation.statistics import t_interval

COLUMNS = (
    *("suite", "candidate_id", "name", "origin", "status", "tasks"),
    *("fitness", "low", "high", "ratio_gelu", "ratio_low", "ratio_high", "p"),
)
METRIC_COLUMNS = (
    *("suite", "metric", "family", "candidate_id", "name", "median", "lowest", "highest"),
)
_FIGURES = COLUMNS[6:]
_TEXT = ("suite", "candidate_id", "name", "origin", "status", "metric", "family")


def read_suite(
    folder: Path, name: str, listed: Sequence[Listed], rule: FitnessSettings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of both tables of a suite that was measured.

    Args:
        folder: of the tier, which holds a folder of the suite.
        rule: how losses become fitness, as the run's own; its weights are of the run's
            families, and count for none here.
    """
    suite = load_suite(folder / name / "suite.npz", folder / name / "suite.json")
    places = [folder / name / "reference.jsonl", *shards(folder / name)]
    measured = read_evaluations(places)
    found = {evaluation.candidate_id: evaluation for evaluation in measured}
    scorer = Scorer(measured, families=suite.families, rule=unweighted(rule))
    rows = [
        {**_who(name, one), **_worth(one, found, scorer), "tasks": len(suite.tasks)}
        for one in listed
    ]
    rows.sort(key=lambda row: (isnan(row["fitness"]), -row["fitness"]))
    return rows, list(_metrics(name, listed, found, suite))


def unweighted(rule: FitnessSettings) -> FitnessSettings:
    """The rule with every task counting the same."""
    return replace(rule, target=replace(rule.target, weights={}))


def _who(suite: str, one: Listed) -> dict[str, Any]:
    return {
        "suite": suite,
        "candidate_id": one.candidate_id,
        "name": one.name,
        "origin": one.origin.value,
    }


def _worth(one: Listed, found: Mapping[str, Evaluation], scorer: Scorer) -> dict[str, Any]:
    """Its fitness with its interval, and its loss against GELU's; no figures if it has none."""
    evaluation = found.get(one.candidate_id)
    status = one.status.value if evaluation is None else evaluation.status.value
    fitness = scorer.fitness(evaluation) if evaluation else None
    if evaluation is None or fitness is None:
        return {"status": status, **dict.fromkeys(_FIGURES, nan)}
    interval = t_interval(fitness)
    against = compare(
        losses_of(evaluation),
        scorer.gelu,
        epsilon=scorer.settings.epsilon,
        design=scorer.design,
    )
    return {
        "status": status,
        "fitness": fitness.value,
        "low": interval.low,
        "high": interval.high,
        "ratio_gelu": against.ratio,
        "ratio_low": against.low,
        "ratio_high": against.high,
        "p": against.p,
    }


def _metrics(
    name: str, listed: Sequence[Listed], found: Mapping[str, Evaluation], suite: Suite
) -> Iterator[dict[str, Any]]:
    metric = SOURCES[name].metric
    for one in listed:
        if one.candidate_id in found:
            by = by_family(metric, found[one.candidate_id], suite.tasks)
            for family, spread in by.items():
                who = {"candidate_id": one.candidate_id, "name": one.name}
                yield {
                    **{"suite": name, "metric": metric.value, "family": family},
                    **who,
                    **asdict(spread),
                }


def best_first(table: pd.DataFrame) -> list[str]:
    """The ids of all functions, by their mean fitness over the suites, the best first.

    What failed on a suite has no mean, and comes last: those that it survived say too little.
    """
    by_suite = table.pivot(index="candidate_id", columns="suite", values="fitness")
    means = by_suite.mean(axis=1, skipna=False)
    order: list[str] = means.sort_values(ascending=False, kind="stable").index.tolist()
    return order


def read_tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables of a tier, or of documentation, as they were written.

    Raises:
        ValueError: a table has other columns than this version writes.
    """
    tables = []
    for file, columns in ((TABLE, COLUMNS), (METRICS, METRIC_COLUMNS)):
        table = read_csv(
            folder / file,
            dtype={column: str for column in columns if column in _TEXT},
            keep_default_na=False,  # a function may be called NA
            na_values={column: [""] for column in columns if column not in _TEXT},
        )
        if tuple(table.columns) != columns:
            raise ValueError(f"{folder / file}: its columns are not {', '.join(columns)}")
        tables.append(table)
    return tables[0], tables[1]
