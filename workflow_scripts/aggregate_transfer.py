"""Compares functions over all benchmarks: table, figure and findings."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from actmine.csv_files import csv_text
from actmine.files import write_atomically, write_json
from actmine.stage import run_stage
from actmine.streams import tell
from actmine.transfer.figure import draw
from actmine.transfer.tables import read_tables
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
    _drop_earlier(out, outcomes)
    told = read_tables(settings, candidates, data, outcomes, _lab(leaderboard))
    write_atomically(out / "outcomes.csv", csv_text(told.outcomes).encode())
    write_atomically(out / "table.csv", csv_text(told.table).encode())
    write_atomically(out / "figure.svg", draw(told.table))
    write_atomically(out / "summary.md", told.page.encode())
    write_json(out / "summary.json", told.summary)
    tell(told.page)


def _drop_earlier(out: Path, outcomes: Sequence[Path]) -> None:
    """Removes shards of an earlier measurement, which had more of them; the store has all."""
    kept = {path.parent for path in outcomes}
    for shard in out.glob("*/shard_*"):
        if shard not in kept:
            shutil.rmtree(shard)


def _lab(leaderboard: Path | None) -> dict[str, float]:
    """Held-out fitness in the lab, by candidate id."""
    if leaderboard is None:
        return {}
    board = read_leaderboard(leaderboard)
    return dict(zip(board["candidate_id"], board["held_out_fitness"], strict=True))


if __name__ == "__main__":
    run_stage(main)
