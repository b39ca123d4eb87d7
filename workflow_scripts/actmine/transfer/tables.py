"""Makes the tables of a transfer measurement from its outcomes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.evolution.reading import read_listed
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.records.rows import read_record, read_records, to_row
from actmine.transfer.benchmark import Published, Tier
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.comparison import REFERENCES, Scale, compare
from actmine.transfer.outcome import Outcome
from actmine.transfer.parts import ID_TEST
from actmine.transfer.ranking import correlation, overall, sentence
from actmine.transfer.settings import TransferSettings
from actmine.transfer.summary import headline, markdown


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What the folder of a tier tells beside its outcomes, which they stand for.

    Attributes:
        outcomes: one row a training.
        table: one row a score and function.
        summary: the JSON form of the findings, and `page`, in Markdown.
    """

    outcomes: pd.DataFrame
    table: pd.DataFrame
    summary: dict[str, Any]
    page: str


def read_tables(
    settings: Path,
    candidates: Path,
    data: Path,
    outcomes: Sequence[Path],
    lab: Mapping[str, float],
) -> Tables:
    """Compares the functions of a tier.

    Args:
        lab: held-out fitness in the lab, by candidate id.
    """
    asked = read_record(settings, TransferSettings)
    references = {name: by_name(name).candidate.candidate_id for name in REFERENCES}
    measured = [outcome for path in outcomes for outcome in read_records(path, Outcome)]
    scales = list(_scales(asked, data))
    table = compare(read_listed(candidates), references, measured, scales)
    ranked = overall(table, lab)
    correlated = correlation(ranked)
    return Tables(
        outcomes=pd.json_normalize([_flat(outcome) for outcome in measured]),
        table=table,
        summary={
            "schema_version": 1,
            "headline": headline(asked),
            "functions": list(map(to_row, ranked)),
            "correlation": sentence(correlated),
        },
        page=markdown(table, ranked, correlated, asked, published_figures(asked)),
    )


def _scales(settings: TransferSettings, folder: Path) -> Iterator[Scale]:
    """Every benchmark's scores, in the order of the settings."""
    for name in settings.benchmarks:
        manifest = read_json(folder / f"{name}.json")
        for split, label in benchmark(name).scores.items():
            yield Scale(
                score=label,
                benchmark=name,
                split=split,
                metric=manifest["metric"],
                higher_is_better=manifest["higher_is_better"],
                trivial=manifest["trivial"][split],
                perfect=manifest["perfect"],
            )


def published_figures(settings: TransferSettings) -> dict[str, Published]:
    """What others report, by score, where the training is theirs: full tier, its own rate."""
    alike = settings.tier is Tier.FULL and settings.learning_rates == (1.0,)
    chosen = map(benchmark, settings.benchmarks if alike else ())
    return {one.scores[ID_TEST]: one.published for one in chosen if one.published}


def _flat(outcome: Outcome) -> dict[str, object]:
    row = to_row(outcome)
    return {key: row[key] for key in row if key not in ("layers", "rates", "schema_version")}
