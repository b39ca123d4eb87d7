"""The last lines of a run: what it found, where that stands, and what to do next."""

import csv
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from actmine.champion.visible import visible
from actmine.files import read_json
from actmine.number_text import fixed, signed
from actmine.program import program
from actmine.tables.progress import Watcher


def report_of(folder: Path) -> Path:
    """The page of a run."""
    return folder / "report" / "index.html"


def closing(folder: Path) -> list[str]:
    """Five lines for a run whose report stands: verdict, page, champion, data, next step.

    Before there is a report it is what the search found, and how to look at it.
    """
    page = report_of(folder)
    if not page.exists():
        return _of_search(folder)
    found = read_json(folder / "validation" / "champion.json")
    module = folder / "champion" / "activation.py"
    mined = bool(found["candidate_id"])
    return [
        f"verdict   {verdict(folder)}",
        f"page      {page}",
        f"champion  {module if mined else 'none: no mined function qualified'}",
        f"data      {folder / 'validation' / 'leaderboard.csv'} and {folder / 'tables'}",
        f"next      {_command('show' if mined else 'audit', folder)}"
        + (" champion" if mined else ""),
    ]


def verdict(folder: Path) -> str:
    """How the champion stands to ReLU, to GELU and to the best known function."""
    compared = read_json(folder / "validation" / "comparison.json")
    with (folder / "validation" / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        board = {row["candidate_id"]: row for row in csv.DictReader(file)}
    row = board.get(compared["champion"] or "")
    if row is None:
        return str(compared["sentences"][0])
    best = (compared["best_known"] or {}).get("name")
    told = list(_against(compared["versus"], best))
    return f"{visible(row['name'])} has {', '.join(told)}"


def _against(versus: Mapping[str, Mapping[str, Any]], best: str | None) -> Iterator[str]:
    """Each rival with the ratio of losses, and what that shows; ReLU and GELU first."""
    first = [name for name in ("ReLU", "GELU") if name in versus]
    for place, name in enumerate(dict.fromkeys([*first, *versus])):
        test = versus[name]
        of = "" if place else "OOD loss"
        yield _told(name, test["ratio"], test["p"] < 0.05, best, of=of)


def _told(name: str, ratio: float, shown: bool, best: str | None, *, of: str) -> str:
    known = ", the best known" if name == best else ""
    outcome = ("better" if ratio < 1 else "worse") if shown else "no difference shown"
    loss = f" {of}" if of else ""
    return f"{fixed(ratio)} times {visible(name)}'s{loss}{known} ({outcome})"


def _of_search(folder: Path) -> list[str]:
    best = Watcher(folder).look().best
    if best is None:
        return []
    fitness, name, where = best
    return [
        f"best      {signed(fitness, 3)} {visible(name)} ({where}); not validated yet",
        f"next      {_command('watch', folder)} --once",
    ]


def _command(name: str, folder: Path) -> str:
    """A command on a run, as it can be typed here."""
    run = folder.name if folder == Path("results", folder.name) else str(folder)
    return f"{program()} {name} {shlex.quote(run)}"
