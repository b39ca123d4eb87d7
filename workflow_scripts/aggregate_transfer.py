"""Compares functions over all benchmarks: table, figure and findings."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from actmine.csv_files import csv_text
from actmine.evolution.reading import read_listed
from actmine.files import read_json, write_atomically, write_json
from actmine.functions.catalog import by_name
from actmine.records.rows import read_record, read_records, to_row
from actmine.stage import run_stage
from actmine.streams import tell
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.comparison import REFERENCES, Scale, compare
from actmine.transfer.figure import draw
from actmine.transfer.outcome import Outcome
from actmine.transfer.ranking import correlation, overall
from actmine.transfer.settings import TransferSettings
from actmine.transfer.summary import headline, markdown
from actmine.validation.leaderboard import read_leaderboard


def main(
    settings: Path,
    candidates: Path,
    data: Path,
    outcomes: Sequence[Path],
    out: Path,
    leaderboard: Path | None = None,
) -> None:
    """Writes the findings; prints them for the log."""
    asked = read_record(settings, TransferSettings)
    references = {name: by_name(name).candidate.candidate_id for name in REFERENCES}
    measured = [outcome for path in outcomes for outcome in read_records(path, Outcome)]
    scales = list(_scales(asked, data))
    table = compare(read_listed(candidates), references, measured, scales)
    ranked = overall(table, _lab(leaderboard))
    correlated = correlation(ranked)
    page = markdown(table, ranked, correlated, asked)
    runs = pd.json_normalize([_flat(outcome) for outcome in measured])
    write_atomically(out / "outcomes.csv", csv_text(runs).encode())
    write_atomically(out / "table.csv", csv_text(table).encode())
    write_atomically(out / "figure.svg", draw(table))
    write_atomically(out / "summary.md", page.encode())
    write_json(
        out / "summary.json",
        {
            "schema_version": 1,
            "headline": headline(asked),
            "functions": list(map(to_row, ranked)),
            "correlation": correlated.sentence(),
        },
    )
    tell(page)


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


def _lab(leaderboard: Path | None) -> dict[str, float]:
    """Held-out fitness in the lab, by candidate id."""
    if leaderboard is None:
        return {}
    board = read_leaderboard(leaderboard)
    return dict(zip(board["candidate_id"], board["held_out_fitness"], strict=True))


def _flat(outcome: Outcome) -> dict[str, object]:
    row = to_row(outcome)
    return {key: row[key] for key in row if key not in ("layers", "rates", "schema_version")}


if __name__ == "__main__":
    run_stage(main)
