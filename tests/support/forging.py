"""Forges a run as whoever can write its folder would: losses, then all that follows of them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aggregate
import champion
import corroborate
import pick_champions
import pick_finalists
import pick_leaders
import select_elites
import validate
import write_report
from actmine import layout
from actmine.audit import crate, sums
from actmine.files import write_json
from actmine.settings.configuration import arm_settings
from actmine.settings.frozen import read_settings
from actmine.settings.measurements import search_draw

Row = dict[str, Any]


def rewrite(run: Path, pattern: str, change: Callable[[Row], None]) -> None:
    """Changes the rows of all evaluations of some files."""
    for path in run.glob(f"{pattern}/evaluations.jsonl"):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            change(row)
        path.write_text("".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows))


def scaled(factor: float, *, of: str) -> Callable[[Row], None]:
    """Multiplies all losses of a candidate, on the way too."""

    def change(row: Row) -> None:
        for losses in (row["losses"], *row["rungs"]) if row["candidate_id"] == of else ():
            for region in ("train", "id", "ood"):
                if region in losses:
                    losses[region] = [[factor * x for x in task] for task in losses[region]]

    return change


def derive_again(run: Path, *, generations: int) -> None:
    """Forgets the store, and makes everything else anew with the stages themselves."""
    shutil.rmtree(run / layout.STORE, ignore_errors=True)
    frozen = run / layout.RUN_FILE
    settings = read_settings(frozen)
    for arm in settings.arms:
        of_arm = arm_settings(settings, arm)
        for generation in range(generations + 1):
            _select(run, arm, generation, rotate_every=of_arm.search.rotate_every)
        pick_finalists.main(
            frozen,
            arm,
            [layout.island(run, arm, generations, 0) / "population.json"],
            layout.catalog(run),
            layout.finalists(run, arm),
        )
    validation = run / "validation"
    pick_leaders.main(frozen, layout.leaders(run))
    pick_champions.main(frozen, layout.compared(run))
    validate.main(
        frozen,
        *(validation / name for name in ("leaderboard.csv", "comparison.json")),
        *(validation / name for name in ("champion.json", "paper_order.json")),
    )
    champion.main(frozen, generations, run / "champion")
    corroborate.main(
        frozen,
        *(validation / name for name in ("families.csv", "robustness.csv")),
        *(validation / name for name in ("control.json", "cross.csv")),
    )
    aggregate.main(frozen, generations, run / "tables", run / "candidates")
    write_report.main(frozen, generations, run / "report/index.html")
    write_json(run / crate.FILE, crate.describe(run, crate.Sealing.now()))
    sums.seal(run)


def _select(run: Path, arm: str, generation: int, *, rotate_every: int | None) -> None:
    folder = layout.island(run, arm, generation, 0)
    before = layout.island(run, arm, generation - 1, 0) / "population.json"
    select_elites.main(
        run / layout.RUN_FILE,
        arm,
        generation,
        0,
        layout.manifest(run, "search"),
        layout.reference(run, search_draw(generation, rotate_every)),
        folder / "proposals.jsonl",
        layout.shards(folder),
        folder / "population.json",
        before if generation else None,
    )
