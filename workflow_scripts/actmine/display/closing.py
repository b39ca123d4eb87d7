"""The last lines of a run: what it found, where that stands, and what to do next."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from actmine.files import read_json
from actmine.number_text import fixed, signed
from actmine.program import program
from actmine.shown_text import visible
from actmine.tables.progress import Watcher

if TYPE_CHECKING:
    from actmine.report.verdicts import Verdict


def report_of(folder: Path) -> Path:
    """The page of a run."""
    return folder / "report" / "index.html"


def closing(folder: Path) -> list[str]:
    """Five lines for a validated run: verdict, page, champion, data, next step.

    A target of its own may need some of these files alone. Of a run that is not validated it
    is what the search found, and what validates it.
    """
    validation = folder / "validation"
    if not (validation / "comparison.json").exists():
        return _of_search(folder)
    mined = bool(read_json(validation / "champion.json")["candidate_id"])
    module = _made(folder / "champion" / "activation.py")
    tables = folder / "tables"
    return [
        f"verdict   {verdict(folder)}",
        f"page      {_made(report_of(folder))}",
        f"champion  {module if mined else 'none: no mined function qualified'}",
        f"data      {validation / 'leaderboard.csv'}" + f" and {tables}" * tables.exists(),
        f"next      {_command('show' if mined else 'audit', folder)}"
        + (" champion" if mined else ""),
    ]


def _made(path: Path) -> str:
    """A file, or that it was not asked for."""
    return str(path) if path.exists() else "not made yet: the whole run makes it"


def verdict(folder: Path) -> str:
    """How the champion stands to ReLU, GELU and the best known function, with cautions."""
    # With SciPy, which a start of the workflow need not wait for.
    from actmine.report.verdicts import read_verdicts

    verdicts = read_verdicts(folder)
    if not verdicts.each:
        return str(read_json(folder / "validation" / "comparison.json")["sentences"][0])
    name = read_json(folder / "validation" / "champion.json")["name"]
    cautions = visible(", and ".join(one.briefly for one in verdicts.cautions.values()))
    return f"{visible(name)} has an OOD loss of {', '.join(map(_told, verdicts.each))}" + (
        f"; caution: {cautions}" if cautions else ""
    )


def _told(one: "Verdict") -> str:
    """A rival with the ratio of losses, and what that shows."""
    shown = "no difference shown" if one.look.kind == "open" else one.look.kind
    known = ", the best known on the search tasks" if one.best_known else ""
    return f"{fixed(one.comparison.ratio)} times {visible(one.against)}'s{known} ({shown})"


def _of_search(folder: Path) -> list[str]:
    best = Watcher(folder).look().best
    if best is None:
        return []
    fitness, name, where = best
    return [
        f"best      {signed(fitness, 3)} {visible(name)} ({where}); not validated yet",
        "next      the same command without a target validates it and writes the report",
    ]


def _command(name: str, folder: Path) -> str:
    """A command on a run, as it can be typed here."""
    run = folder.name if folder == Path("results", folder.name) else str(folder)
    return f"{program()} {name} {shlex.quote(run)}"
