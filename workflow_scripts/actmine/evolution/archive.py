"""Decides which newcomers enter an island's archive of unlike elites, and whom they replace.

Not the GridArchive of pyribs: that holds one elite a cell of a numeric grid, without a limit
over all cells, and replaces on a plain comparison, which here would reward lucky noise.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from actmine.evolution.descriptors import describe, niche
from actmine.evolution.population import Addition, Elite, Entry, rank
from actmine.gate.fingerprint import decode

Beats = Callable[[Elite, Elite], bool]

ALL = "any shape"  # the one niche where shapes are not told apart


def add(
    kept: Sequence[Elite],
    newcomers: Sequence[Elite],
    *,
    size: int,
    per_niche: int | None,
    beats: Beats,
) -> tuple[tuple[Elite, ...], tuple[Addition, ...]]:
    """The archive after the newcomers had their turns, the fittest first.

    A newcomer enters a niche with room. In a full one it takes the place of the least fit,
    if it beats that one. If the archive then holds too many, the least fit of the most
    crowded niche goes; among equally crowded ones that of the lower fitness. The champion
    leaves only to one that beats it in its niche: it is the fittest of `kept`, then whoever
    beat it, or else the first to enter. Nor does the fittest go while there is another.

    The order of `kept` and `newcomers` does not matter.

    Args:
        size: how many the archive holds.
        per_niche: how many of them may be alike; none makes one niche of all shapes.
        beats: whether there is evidence that a newcomer is fitter than an incumbent.

    Returns:
        The archive, best first, and an addition for each newcomer, in the order of turns.

    Raises:
        ValueError: a fitness is not finite, or `kept` breaks a rule of the archive.
    """
    _require_finite([*kept, *newcomers])
    # Two records of one source take turns by what else may differ.
    order = sorted(newcomers, key=lambda e: (rank(e), e.generation, e.name, e.parents))
    alone = per_niche is None
    per_niche = size if per_niche is None else per_niche
    niches = {
        elite.candidate_id: ALL if alone else niche_of(elite) for elite in (*order, *kept)
    }
    _require_archive(kept, niches, size=size, per_niche=per_niche)
    archive = _Archive(
        elites=tuple(sorted(kept, key=rank)),
        champion=min(kept, key=rank).candidate_id if kept else "",
        niches=niches,
    )
    additions = []
    for newcomer in order:
        archive, addition = _take_turn(
            archive, newcomer, size=size, per_niche=per_niche, beats=beats
        )
        additions.append(addition)
    return archive.elites, tuple(additions)


def niche_of(elite: Elite) -> str:
    """The archive's cell of an elite."""
    seen = decode(elite.fingerprint)
    return niche(describe(seen, coupling=elite.coupling, flops=elite.flops))


@dataclass(frozen=True, kw_only=True)
class _Archive:
    """The archive between two turns.

    Attributes:
        elites: best first.
        champion: the id of the one that only evidence removes; empty if there is no elite.
        niches: by candidate id, of elites and newcomers.
    """

    elites: tuple[Elite, ...]
    champion: str
    niches: Mapping[str, str]


def _take_turn(
    archive: _Archive, newcomer: Elite, *, size: int, per_niche: int, beats: Beats
) -> tuple[_Archive, Addition]:
    own, here = newcomer.candidate_id, archive.niches[newcomer.candidate_id]

    def outcome(status: Entry, by: str) -> Addition:
        return Addition(candidate_id=own, status=status, by=by, niche=here)

    if any(elite.candidate_id == own for elite in archive.elites):
        return archive, outcome(Entry.REJECTED, own)
    alike = [elite for elite in archive.elites if archive.niches[elite.candidate_id] == here]
    if len(alike) >= per_niche:
        rival = alike[-1]
        if not beats(newcomer, rival):
            return archive, outcome(Entry.REJECTED, rival.candidate_id)
        after = _exchange(archive, newcomer, rival)
        return after, outcome(Entry.IMPROVED, rival.candidate_id)
    entered = _exchange(archive, newcomer, None)
    if len(entered.elites) <= size:
        return entered, outcome(Entry.NEW, "")
    first, second = _expendable(entered)[:2]
    if first is newcomer:
        return archive, outcome(Entry.REJECTED, second.candidate_id)
    left = tuple(elite for elite in entered.elites if elite is not first)
    return replace(entered, elites=left), outcome(Entry.NEW, first.candidate_id)


def _exchange(archive: _Archive, newcomer: Elite, rival: Elite | None) -> _Archive:
    """The archive with the newcomer, and without the rival that it has beaten, if any."""
    stay = [elite for elite in archive.elites if elite is not rival]
    # The first to enter an empty archive inherits too: the champion of none is "".
    inherits = archive.champion == (rival.candidate_id if rival else "")
    return replace(
        archive,
        elites=tuple(sorted([*stay, newcomer], key=rank)),
        champion=newcomer.candidate_id if inherits else archive.champion,
    )


def _expendable(archive: _Archive) -> list[Elite]:
    """The elites in the order in which an archive that holds too many gives them up."""
    crowd = Counter(archive.niches[elite.candidate_id] for elite in archive.elites)
    fittest = archive.elites[0].candidate_id

    def order(elite: Elite) -> tuple[bool, bool, int, tuple[float, str]]:
        own = elite.candidate_id
        return own != archive.champion, own != fittest, crowd[archive.niches[own]], rank(elite)

    return sorted(archive.elites, key=order, reverse=True)


def _require_finite(elites: Iterable[Elite]) -> None:
    wrong = [
        f"{e.candidate_id} ({e.name}): {e.fitness}" for e in elites if not isfinite(e.fitness)
    ]
    if wrong:
        raise ValueError(
            f"fitness must be finite, it is not of {'; '.join(sorted(wrong))}: a failed "
            "candidate is no newcomer"
        )


def _require_archive(
    kept: Sequence[Elite], niches: Mapping[str, str], *, size: int, per_niche: int
) -> None:
    for name, limit in (("size", size), ("per_niche", per_niche)):
        if limit < 1:
            raise ValueError(f"an archive's {name} is {limit}, not 1 or more")
    ids = [elite.candidate_id for elite in kept]
    twice = sorted({candidate_id for candidate_id in ids if ids.count(candidate_id) > 1})
    if twice:
        raise ValueError(f"an archive holds an elite once, not twice: {', '.join(twice)}")
    if len(kept) > size:
        raise ValueError(
            f"{len(kept)} elites are kept, in an archive of size {size}: add them as newcomers"
        )
    crowd = Counter(niches[candidate_id] for candidate_id in ids)
    crowded = [
        f"{cell} ({count})" for cell, count in sorted(crowd.items()) if count > per_niche
    ]
    if crowded:
        raise ValueError(
            f"more than {per_niche} elites are kept in {', '.join(crowded)}: add them as "
            "newcomers"
        )
