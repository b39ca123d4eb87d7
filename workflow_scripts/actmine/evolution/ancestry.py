"""Ancestry: who a candidate's parents were back to the seeds, and what each edit changed.

Everything that draws or prints a lineage starts from these records.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.files import ContentError, read_json, read_jsonl
from actmine.functions.catalog import BY_NAME, fold
from actmine.settings.configuration import ConfigError

CHAMPION = "champion"  # stands for the run's champion where a candidate is asked for
_TOLD = 5  # candidates in a message


@dataclass(frozen=True, kw_only=True)
class Ancestor:
    """A candidate where a run first has it.

    Attributes:
        generation, island: of the slot; none outside the search.
        parents: candidate ids, the first one first.
        found_as: the id under which the search found it, if this is a shorter form.
        summary: what its edit changed, or the model's rationale.
    """

    candidate_id: str
    name: str
    origin: str
    source: str
    arm: str = ""
    generation: int | None = None
    island: int | None = None
    parents: tuple[str, ...] = ()
    found_as: str = ""
    mutator: str = ""
    operator: str = ""
    model: str = ""
    summary: str = ""

    @property
    def comes_from(self) -> tuple[str, ...]:
        """The candidates that it was made from."""
        return (self.found_as,) if self.found_as else self.parents

    @property
    def made(self) -> str:
        """How it was made, in a word or two."""
        if self.found_as:
            return "a shorter form"
        return " by ".join(filter(None, [self.operator or "known", self.model]))


def read_ancestors(run: Path) -> dict[str, Ancestor]:
    """Every candidate of a run by id, as its first mention has it.

    Of the search's slots the earliest generation counts, so that parents are always found
    before their children; then come finalists, then the catalog.
    """
    ancestors: dict[str, Ancestor] = {}
    for path in listings(run):
        arm = path.relative_to(run).parts[0]
        for row in read_jsonl(path):
            if row["candidate_id"]:
                ancestors.setdefault(row["candidate_id"], _ancestor(row, arm))
    return ancestors


def listings(run: Path) -> list[Path]:
    """The files that list candidates, in the order in which a mention counts as the first."""
    proposals = run.glob("*/gen_*/island_*/proposals.jsonl")
    return [
        *sorted(proposals, key=lambda path: (path.parent.parent.name, path)),
        *sorted(run.glob("*/validation/candidates.jsonl")),
        *(path for path in (layout.catalog(run),) if path.exists()),
    ]


def find(wanted: str, known: Mapping[str, Ancestor], run: Path) -> Ancestor:
    """The candidate of an id or a name, of the first letters of one, or of `champion`.

    Names are read in any case. A finalist's shorter form bears the name of what the search
    found, and is meant by it: it is what was validated.

    Raises:
        ConfigError: there is none in the run, or several are; the message names some.
        ContentError: the run's champion is none of its candidates.
    """
    name, asked = fold(wanted), wanted.lower()
    if name == CHAMPION:
        asked = _champion(run, known)
    elif name in BY_NAME:
        asked = BY_NAME[name].candidate.candidate_id
    named = [one for one in known.values() if fold(one.name) == name]
    longer = {one.found_as for one in named}
    begun = [one for key, one in known.items() if key.startswith((asked, f"c{asked}"))]
    matches = (
        [one for one in named if one.candidate_id not in longer]
        or ([known[asked]] if asked in known else begun)
        or [one for one in known.values() if fold(one.name).startswith(name)]
    )
    if len(matches) != 1:
        spelled = {fold(one.name): one.name for one in known.values()} | {CHAMPION: CHAMPION}
        near = [spelled[close] for close in get_close_matches(name, spelled)]
        few = [f"{one.name} ({one.candidate_id})" for one in matches[:_TOLD]] or near
        what = f"fits {len(matches)} candidates" if matches else "is no candidate"
        told = f"did you mean {' or '.join(few)}?" if few else "see its tables/candidates.csv"
        raise ConfigError(f"{wanted}: {what} of {run}; {told}")
    return matches[0]


def _champion(run: Path, known: Mapping[str, Ancestor]) -> str:
    path = run / "validation" / "champion.json"
    chosen = read_json(path)["candidate_id"] if path.exists() else None
    if chosen is None:
        raise ConfigError(f"{CHAMPION}: {run} has none, or none yet")
    if str(chosen) not in known:
        raise ContentError(
            f"{path}: {chosen!r} is no candidate of the run; delete it and run again"
        )
    return str(chosen)


def ancestry(candidate: str, known: Mapping[str, Ancestor]) -> list[Ancestor]:
    """The candidate and all that it descends from, each once, children before parents."""
    order: dict[str, Ancestor] = {}
    waiting = [candidate]
    while waiting:
        ancestor = known.get(waiting.pop(0))
        if ancestor is not None and ancestor.candidate_id not in order:
            order[ancestor.candidate_id] = ancestor
            waiting.extend(ancestor.comes_from)
    # Shorter forms first, then the latest generations.
    return sorted(
        order.values(), key=lambda a: (not a.found_as, -(a.generation or 0), a.candidate_id)
    )


def first_line(candidate: str, known: Mapping[str, Ancestor]) -> list[Ancestor]:
    """The line of first parents, youngest first."""
    line: dict[str, Ancestor] = {}
    while candidate in known and candidate not in line:
        line[candidate] = known[candidate]
        candidate = next(iter(known[candidate].comes_from), "")
    return list(line.values())


def _ancestor(row: Mapping[str, Any], arm: str) -> Ancestor:
    told = {
        field.name: row[field.name]
        for field in fields(Ancestor)
        if field.default is MISSING or field.name in row
    }
    told["parents"] = tuple(row.get("parents", ()))
    if slot := row.get("slot"):
        told |= {"arm": arm, "generation": slot["generation"], "island": slot["island"]}
    attempts = row.get("attempts", [])
    return Ancestor(**told, model=attempts[-1]["model"] if attempts else "")
