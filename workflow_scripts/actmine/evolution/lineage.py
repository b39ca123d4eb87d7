"""Follows a candidate back to the seeds: who its parents were, and what each edit changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from actmine import layout
from actmine.files import read_jsonl


@dataclass(frozen=True, kw_only=True)
class Ancestor:
    """A candidate where a run first has it.

    Attributes:
        file: relative to the run, with `line` counted from 1.
        generation, island: of the slot; none outside the search.
        parents: candidate ids, the first one first.
        found_as: the id under which the search found it, if this is a shorter form.
        summary: what its edit changed, or the model's rationale.
    """

    candidate_id: str
    name: str
    origin: str
    source: str
    file: str
    line: int
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
    found: dict[str, Ancestor] = {}
    paths = [
        *sorted(run.glob("*/gen_*/island_*/proposals.jsonl"), key=_by_generation),
        *sorted(run.glob("*/validation/candidates.jsonl")),
        *(path for path in (layout.catalog(run),) if path.exists()),
    ]
    for path in paths:
        for one in _read(path, run):
            if one.candidate_id:
                found.setdefault(one.candidate_id, one)
    return found


def ancestry(candidate: str, known: Mapping[str, Ancestor]) -> list[Ancestor]:
    """The candidate and all that it descends from, each once, children before parents."""
    order: dict[str, Ancestor] = {}
    waiting = [candidate]
    while waiting:
        one = known.get(waiting.pop(0))
        if one is not None and one.candidate_id not in order:
            order[one.candidate_id] = one
            waiting.extend(one.comes_from)
    return sorted(order.values(), key=_age)


def first_line(candidate: str, known: Mapping[str, Ancestor]) -> list[Ancestor]:
    """The line of first parents, youngest first."""
    line: list[Ancestor] = []
    while candidate in known and known[candidate] not in line:
        line.append(known[candidate])
        candidate = next(iter(known[candidate].comes_from), "")
    return line


def _by_generation(path: Path) -> tuple[str, Path]:
    return path.parent.parent.name, path


def _age(one: Ancestor) -> tuple[int, int, str]:
    """Shorter forms first, then the latest generations."""
    generation = one.generation
    return int(not one.found_as), -(generation or 0), one.candidate_id


def _read(path: Path, run: Path) -> Iterator[Ancestor]:
    for number, row in enumerate(read_jsonl(path), start=1):
        slot = row.get("slot")
        attempts = row.get("attempts", [])
        yield Ancestor(
            candidate_id=row["candidate_id"],
            name=row["name"],
            origin=row["origin"],
            source=row["source"],
            file=str(path.relative_to(run)),
            line=number,
            arm=path.relative_to(run).parts[0] if slot else "",
            generation=slot["generation"] if slot else None,
            island=slot["island"] if slot else None,
            parents=tuple(row.get("parents", ())),
            found_as=row.get("found_as", ""),
            mutator=row.get("mutator", ""),
            operator=row.get("operator", ""),
            model=attempts[-1]["model"] if attempts else "",
            summary=row.get("summary", ""),
        )
