"""Says where a function stands: among the known ones, and family by family."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actmine.lab.fitness import Contribution
from actmine.llm.known import KnownScore

LEAST = 0.01  # of fitness: less than this nobody can tell apart [ours]


@dataclass(frozen=True, kw_only=True)
class Best:
    """The known function that adds most on one family.

    Attributes:
        worth: what the family adds to its fitness.
        within_guard: whether its in-distribution loss would let it stay in the search.
    """

    name: str
    worth: float
    within_guard: bool = True

    @property
    def label(self) -> str:
        """The name as tables have it: a star for what fits too badly to be kept."""
        return self.name if self.within_guard else f"{self.name}*"


def worth(contribution: Contribution) -> float:
    """What a family adds to a fitness."""
    return contribution.share * contribution.fitness


def worths(contributions: Iterable[Contribution]) -> dict[str, float]:
    """The same by family."""
    return {each.family: worth(each) for each in contributions}


def best_known(known: Sequence[KnownScore]) -> dict[str, Best]:
    """By family; one that fits too badly to be kept shows what can be had all the same."""
    best: dict[str, Best] = {}
    for one in known:  # the fittest first, and so of equals
        for family, value in worths(one.contributions).items():
            if family not in best or value > best[family].worth:
                best[family] = Best(name=one.name, worth=value, within_guard=one.within_guard)
    return best


def standing(fitness: float, known: Sequence[KnownScore], *, relative: bool) -> str:
    """Where a fitness stands among the known functions, in words.

    Args:
        known: may be empty.
        relative: whether ReLU's fitness is 0.
    """
    below = "; worse than ReLU" if relative and fitness < 0 else ""
    if not known:
        return below.removeprefix("; ")
    above = sum(one.fitness > fitness for one in known)
    if above == 0:
        return f"above all {len(known)} known functions"
    if above == len(known):
        return f"below all {len(known)} known functions{below}"
    return f"below {above} of {len(known)} known functions{below}"


def most_to_gain(
    contributions: Sequence[Contribution], best: Mapping[str, Best]
) -> Contribution | None:
    """The family on which a function is furthest behind the best known one, as it counts.

    Without known functions it is the one that adds least; none where all are alike.
    """
    if not contributions:
        return None
    gaps = {
        each.family: (best[each.family].worth if each.family in best else 0.0) - worth(each)
        for each in contributions
    }
    values = gaps.values()
    if max(values) < LEAST if best else max(values) - min(values) < LEAST:
        return None
    return max(contributions, key=lambda each: gaps[each.family])


def lead(
    first: Sequence[Contribution], second: Sequence[Contribution]
) -> list[tuple[str, float, float]]:
    """(family, worth of the first, of the second) where the first is ahead, most first."""
    own, other = worths(first), worths(second)
    ahead = [
        (name, own[name], other[name])
        for name in own
        if name in other and own[name] - other[name] >= LEAST
    ]
    return sorted(ahead, key=lambda row: (row[2] - row[1], row[0]))
