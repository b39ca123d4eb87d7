"""Compares a function of a user's with what a run found, on the run's held-out tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.lab.fitness import Losses
from actmine.lab.measure import Lab
from actmine.lab.scorer import Scorer, losses_of
from actmine.lab.session import Session, open_session, require_tasks
from actmine.number_text import counted
from actmine.records.listed import Listed
from actmine.settings.configuration import ConfigError
from actmine.settings.frozen import require_same_versions
from actmine.settings.measurements import HELD_OUT
from actmine.shown_text import visible
from actmine.validation.conclusions import compared
from actmine.validation.findings import Findings, read_findings
from actmine.validation.paired_comparison import Comparison, compare
from actmine.validation.standing import Standing, trained
from actmine.validation.verdicts import in_words, outcome

CHAMPION, BEST_KNOWN = "champion", "best known"
COLUMNS = ("name", "role", "ratio", "low", "high", "won", "tasks", "p", "outcome")
CAVEAT = (
    "p values are not corrected for the number of comparisons. Choosing among many functions "
    "of your own by these tasks makes the best of them look better than it is."
)


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A function of the run's that others are compared with.

    Attributes:
        role: CHAMPION, BEST_KNOWN or empty.
    """

    function: Listed
    role: str


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """How a function compares with a rival."""

    rival: Rival
    comparison: Comparison

    @property
    def sentence(self) -> str:
        """What the comparison says."""
        role, name = self.rival.role, self.rival.function.name
        before = "the champion " if role == CHAMPION else ""
        known = ", the best known function on the search tasks"
        after = known if role == BEST_KNOWN else ""
        return f"against {before}{name}{after}: {in_words(self.comparison)}"

    @property
    def figures(self) -> dict[str, Any]:
        """The same as a row, columns COLUMNS."""
        return {
            "name": self.rival.function.name,
            "role": self.rival.role,
            **{key: getattr(self.comparison, key) for key in COLUMNS[2:-1]},
            "outcome": outcome(self.comparison).value,
        }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a function.

    Attributes:
        standing: unranked; fitness and in-distribution loss are those on held-out tasks.
        pairings: the champion first; empty for a function without losses.
    """

    standing: Standing
    pairings: tuple[Pairing, ...] = ()


def read_rivals(folder: Path) -> Findings:
    """The findings of a run with which a function can be compared here and now.

    Raises:
        ConfigError: it is not validated, has no champion, or other versions measured it.
    """
    found = read_findings(folder)
    if found.champion is None:
        raise ConfigError(
            f"{folder}: has no champion, since no mined function qualified; `actmine try FILE` "
            "compares with known functions"
        )
    require_same_versions(folder / layout.RUN_FILE)
    return found


def rivals(findings: Findings) -> list[Rival]:
    """The champion, the best known function, GELU and ReLU, each once."""
    roles = {findings.best_known: BEST_KNOWN, findings.champion: CHAMPION}
    named = compared([findings.champion], findings.best_known)
    return [Rival(function=one, role=roles.get(one, "")) for one in named]


def against_run(
    judged: Sequence[Standing], findings: Findings, *, tell: Callable[[str], None]
) -> Iterator[Answer]:
    """Trains what the gate accepted on a run's held-out tasks, and compares it with its rivals.

    Networks, replicates and seeds are the run's. What is measured is kept in its store, and
    what that holds is not trained again. Before anything is trained, the tasks are checked.

    Args:
        findings: as `read_rivals` gives them, with the isolation to measure under.
        tell: is given a line if anything has to be trained, and one for each rival that
            failed on these tasks and is left out.

    Raises:
        ConfigError: these tasks are not those of the run.
    """
    accepted = [one for one in judged if one.accepted]
    if not accepted:
        yield from (Answer(standing=one) for one in judged)
        return
    others = rivals(findings)
    wanted = {one.function.source for one in others} | {one.source for one in accepted}

    def check(lab: Lab) -> None:
        require_tasks(lab, Path(findings.settings.results, findings.settings.run))
        if missing := sum(not lab.holds(source) for source in wanted):
            tasks = counted(len(lab.measurement.suite.tasks), "held-out task")
            tell(f"measuring {missing} of {counted(len(wanted), 'function')} on {tasks}")

    with open_session(findings.settings, HELD_OUT, before=check) as session:
        losses = _losses(others, session, tell)
        for one in judged:
            yield _answer(one, session, losses) if one.accepted else Answer(standing=one)


def pairings(mine: Losses, others: Mapping[Rival, Losses], scorer: Scorer) -> Iterator[Pairing]:
    """A function's losses compared with its rivals', paired by task."""
    epsilon, design = scorer.settings.epsilon, scorer.design
    for rival, theirs in others.items():
        found = compare(mine, theirs, epsilon=epsilon, design=design)
        yield Pairing(rival=rival, comparison=found)


def pairing_table(found: Sequence[Pairing]) -> pd.DataFrame:
    """One row for each of the run's functions, columns COLUMNS."""
    return pd.DataFrame([one.figures for one in found], columns=list(COLUMNS))


def _losses(
    others: Sequence[Rival], session: Session, tell: Callable[[str], None]
) -> dict[Rival, Losses]:
    """What the rivals lost; one that failed is left out, as the run does, and told."""
    found = {}
    for rival in others:
        evaluation = session.lab.measure(rival.function.source)
        if evaluation.is_scored:
            found[rival] = losses_of(evaluation)
            continue
        role = f"the {rival.role} " if rival.role == CHAMPION else ""
        told = f"{role}{rival.function.name} has no losses on these tasks and is left out"
        tell(visible(f"{told}: {evaluation.reason}", kept=""))
    return found


def _answer(judged: Standing, session: Session, others: Mapping[Rival, Losses]) -> Answer:
    evaluation, fitness = session.score(judged.source)
    return Answer(
        standing=trained(judged, evaluation, fitness),
        pairings=()
        if fitness is None
        else tuple(pairings(losses_of(evaluation), others, session.scorer)),
    )
