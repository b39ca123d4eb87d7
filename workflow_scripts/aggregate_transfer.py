"""Compares functions over all benchmarks: table, figure and findings."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from actmine.evolution.reading import read_listed
from actmine.files import read_json, write_atomically, write_json
from actmine.functions.catalog import by_name
from actmine.records.rows import read_record, read_records, to_row
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.comparison import REFERENCES, Scale, compare
from actmine.transfer.figure import draw
from actmine.transfer.outcome import Outcome
from actmine.transfer.ranking import correlation, overall
from actmine.transfer.settings import TransferSettings
from actmine.transfer.summary import headline, markdown
from actmine.validation.leaderboard import read_leaderboard


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the findings; prints them for the log."""
    args = _parser().parse_args(argv)
    settings = read_record(args.settings, TransferSettings)
    functions = read_listed(args.candidates)
    outcomes = [one for path in args.outcomes for one in read_records(path, Outcome)]
    references = {name: by_name(name).candidate.candidate_id for name in REFERENCES}
    table = compare(functions, references, outcomes, list(_scales(settings, args.data)))
    ranked = overall(table, _lab(args.leaderboard))
    found = correlation(ranked)
    page = markdown(table, ranked, found, settings)
    runs = pd.json_normalize([_flat(one) for one in outcomes])
    write_atomically(args.out / "outcomes.csv", runs.to_csv(index=False).encode())
    write_atomically(args.out / "table.csv", table.to_csv(index=False).encode())
    write_atomically(args.out / "figure.svg", draw(table))
    write_atomically(args.out / "summary.md", page.encode())
    write_json(
        args.out / "summary.json",
        {
            "schema_version": 1,
            "headline": headline(settings),
            "functions": list(map(to_row, ranked)),
            "correlation": found.sentence(),
        },
    )
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="the transfer's settings")
    parser.add_argument("--candidates", type=Path, required=True, help="candidates.jsonl")
    parser.add_argument("--data", type=Path, required=True, help="folder of the manifests")
    parser.add_argument("--outcomes", type=Path, nargs="+", required=True)
    parser.add_argument("--leaderboard", type=Path, help="the lab's figures, .csv")
    parser.add_argument("--out", type=Path, required=True, help="folder of the findings")
    return parser


def _scales(settings: TransferSettings, folder: Path) -> Iterator[Scale]:
    """Every benchmark's scores, in the order of the settings."""
    for name in settings.benchmarks:
        manifest = read_json(folder / f"{name}.json")
        for split, label in benchmark(name).scores.items():
            yield Scale(
                label=label,
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
    main()
