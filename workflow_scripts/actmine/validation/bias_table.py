"""Sets what was mined for one bias beside known functions, under each of several biases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.functions.catalog import by_name
from actmine.lab.scorer import Scorer, losses_of
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.validation.findings import Findings, read_findings
from actmine.validation.paired_comparison import Comparison, compare, compare_by_formula
from actmine.validation.statistics import t_interval
from actmine.validation.verdicts import outcome

ALWAYS = ("relu", "gelu", "silu")  # stand in every table
_PREFIX = "bias-"
CROSS_COLUMNS = (
    *("candidate_id", "name", "mined_for", "best_known_for"),
    *("measured_on", "fitness", "low", "high"),
)
VERSUS_COLUMNS = (
    *("bias", "by", "champion_id", "champion", "best_known", "sample"),
    *("ratio", "low", "high", "p", "won", "detectable_ratio", "outcome"),
)


@dataclass(frozen=True, kw_only=True)
class Bias(Findings):
    """What a run found that mined for one bias.

    Attributes:
        name: of the bias: the run's, without "bias-".
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Functions on the held-out tasks of one bias.

    Attributes:
        evaluations: by candidate id.
        scorer: of these tasks.
        formulas: of each task, in order.
    """

    bias: Bias
    evaluations: Mapping[str, Evaluation]
    scorer: Scorer
    formulas: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A function of the table.

    Attributes:
        mined_for: a bias, or empty for a known function.
        best_for: the biases whose best known function it is.
    """

    function: Listed
    mined_for: str = ""
    best_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Versus:
    """A bias's champion against its best known function, on its held-out tasks.

    Attributes:
        by_formula: the same with formulas as the sample; none if each task has its own, or
            fewer than two count.
    """

    bias: Bias
    by_task: Comparison
    by_formula: Comparison | None


def read_bias(folder: Path) -> Bias:
    """What a validated run found.

    Raises:
        ConfigError: it is not validated yet.
    """
    found = read_findings(folder)
    return Bias(name=folder.name.removeprefix(_PREFIX), **vars(found))


def rows(biases: Sequence[Bias]) -> list[Row]:
    """Every bias's champion, then the known functions, each once."""
    mined = [
        Row(function=bias.champion, mined_for=bias.name) for bias in biases if bias.champion
    ]
    known = [by_name(key).listed for key in ALWAYS]
    known += [bias.best_known for bias in biases if bias.best_known]
    best_for: dict[str, tuple[str, ...]] = {one.candidate_id: () for one in known}
    for bias in biases:
        if bias.best_known:
            best_for[bias.best_known.candidate_id] += (bias.name,)
    by_id = {one.candidate_id: one for one in known}
    return [*mined, *(Row(function=by_id[name], best_for=best_for[name]) for name in by_id)]


def cross_table(table: Sequence[Row], measured: Sequence[Measured]) -> pd.DataFrame:
    """The fitness of every function under every bias, columns CROSS_COLUMNS.

    It is that of the bias's run, with a t interval over its held-out tasks; a function that
    failed there has none.
    """
    found = []
    for row in table:
        for of_bias in measured:
            fitness = of_bias.scorer.fitness(of_bias.evaluations[row.function.candidate_id])
            interval = t_interval(fitness) if fitness else None
            found.append(
                {
                    "candidate_id": row.function.candidate_id,
                    "name": row.function.name,
                    "mined_for": row.mined_for,
                    "best_known_for": " ".join(row.best_for),
                    "measured_on": of_bias.bias.name,
                    "fitness": interval.mean if interval else nan,
                    "low": interval.low if interval else nan,
                    "high": interval.high if interval else nan,
                }
            )
    return pd.DataFrame(found, columns=list(CROSS_COLUMNS))


def versus(measured: Measured) -> Versus | None:
    """A bias's champion against its best known function; none if one is missing or failed."""
    bias = measured.bias
    if bias.champion is None or bias.best_known is None:
        return None
    ids = (bias.champion.candidate_id, bias.best_known.candidate_id)
    pair = [measured.evaluations[name] for name in ids]
    if not all(one.is_scored for one in pair):
        return None
    mine, other = map(losses_of, pair)
    epsilon, design = measured.scorer.settings.epsilon, measured.scorer.design
    formulas = measured.formulas
    counted = {
        formula for formula, counts in zip(formulas, design.counted, strict=True) if counts
    }
    return Versus(
        bias=bias,
        by_task=compare(mine, other, epsilon=epsilon, design=design),
        by_formula=None
        if len(set(formulas)) == len(formulas) or len(counted) < 2
        else compare_by_formula(mine, other, formulas=formulas, epsilon=epsilon, design=design),
    )


def versus_table(found: Sequence[Versus]) -> pd.DataFrame:
    """One row a bias, columns VERSUS_COLUMNS; `by` says what the sample is."""
    told = []
    for one in found:
        for by, comparison in (("task", one.by_task), ("formula", one.by_formula)):
            if comparison is not None:
                told.append({"bias": one.bias.name, "by": by, **_figures(one.bias, comparison)})
    return pd.DataFrame(told, columns=list(VERSUS_COLUMNS))


def _figures(bias: Bias, comparison: Comparison) -> dict[str, Any]:
    assert bias.champion and bias.best_known  # or nothing was compared
    return {
        "champion_id": bias.champion.candidate_id,
        "champion": bias.champion.name,
        "best_known": bias.best_known.name,
        "sample": comparison.tasks,
        "ratio": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
        "p": comparison.p,
        "won": comparison.won,
        "detectable_ratio": comparison.detectable_ratio,
        "outcome": outcome(comparison),
    }
