"""Chooses what a prompt tells of the ideas that an island has tried, within its budget.

A model cannot learn from what it is not told, nor from a thousand lines. The youngest ideas
come first, since they may be its own; then what gained most, and what clearly lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.shown_text import one_line

BYTES_PER_TOKEN = 2  # of figures and formulas; prose has twice as many [ours]
CHILDREN = 4  # of a parent that its card names [ours]
FULL = 0.75  # of the room is for lines with a formula [ours]
ALSO = "also: "
REFUSED = "refused or broken"
NAME_CHARS, FORMULA_CHARS, REASON_CHARS = 32, 80, 110  # of a line [ours]
HEADING = 28  # characters of a group's heading beside its shape


@dataclass(frozen=True, kw_only=True)
class Group:
    """Ideas that are alike.

    Attributes:
        shape: what they have in common, in words.
        count: of all of them that the island remembers, shown or not.
        improved: of these, how many are clearly better than their parent.
        lines: one an idea, the best first.
        others: further ones in a line together, by name and outcome alone; may be empty.
    """

    shape: str
    count: int
    improved: int
    lines: tuple[str, ...]
    others: str = ""


def recall(tried: Sequence[Tried], *, tokens: int) -> tuple[Group, ...]:
    """The most telling ideas in groups of like shape, the group with the best idea first.

    What has no room for a line of its own is named beside those that are like it.

    Args:
        tried: the oldest first.
        tokens: that headings and lines may take.
    """
    full, brief = dict[str, list[Tried]](), dict[str, list[Tried]]()
    most = tokens * BYTES_PER_TOKEN
    used = 0
    for one in _telling(tried):
        shape = _shape(one)
        heading = 0 if shape in full or shape in brief else len(shape) + HEADING
        size = len(told(one).encode()) + 1 + heading
        if not brief and used + size <= FULL * most:
            full.setdefault(shape, []).append(one)
        else:
            size = len(child_line(one).encode()) + len("; ") + heading
            size += 0 if shape in brief else len(ALSO) + 1
            if used + size > most:
                break
            brief.setdefault(shape, []).append(one)
        used += size
    groups = {shape: [*full.get(shape, ()), *brief.get(shape, ())] for shape in full | brief}
    return tuple(
        _group(shape, full.get(shape, ()), brief.get(shape, ()), tried)
        for shape, _ in sorted(groups.items(), key=lambda item: _rank_of_group(*item))
    )


def told(one: Tried) -> str:
    """An idea in one line: what became of it, then what it was."""
    name = one_line(one.name, NAME_CHARS).replace("`", "'") or "unnamed"
    formula = one_line(one.formula, FORMULA_CHARS).replace("`", "'")
    return f"{outcome(one)} | {name}" + (f": {formula}" if formula else "")


def outcome(one: Tried) -> str:
    """What became of an idea, in a few words."""
    parent = one_line(one.parent, NAME_CHARS).replace("`", "'")
    origin = f", from {parent}" if parent else ""
    reason = one_line(one.reason, REASON_CHARS).replace("`", "'")
    if one.status is Status.DUPLICATE:
        return f"repeats an earlier function{origin}"
    if one.status is Status.PRUNED:
        then = "" if one.fitness is None else f" with {signed(one.fitness)}"
        return f"stopped at {one.steps}{then}{origin}"
    if one.fitness is None:
        return f"no result: {reason}"
    dropped = f", dropped: {reason}" if reason else ""
    if one.gain is None or one.gain_error is None:
        return f"fitness {signed(one.fitness)}{dropped}{origin}"
    over = f"{signed(one.gain)} ± {unsigned(one.gain_error)} on {parent or 'its parent'}"
    return f"{over}, fitness {signed(one.fitness)}{dropped}"


def children(tried: Sequence[Tried], candidate_id: str) -> tuple[Tried, ...]:
    """What became of a function's children: those that gained most, then the youngest."""
    own = [one for one in tried if candidate_id in one.parents[:1]]
    young = list(reversed(own))
    return tuple(_alternately([sorted(young, key=_best_first), young]))[:CHILDREN]


def child_line(one: Tried) -> str:
    """A child as its parent's card names it."""
    name = one_line(one.name, NAME_CHARS).replace("`", "'") or "unnamed"
    if one.gain is not None and one.gain_error is not None:
        dropped = " (dropped)" if one.reason else ""
        return f"{name} {signed(one.gain)} ± {unsigned(one.gain_error)}{dropped}"
    return f"{name} {outcome(replace(one, parent='', reason=''))}".rstrip(": ")


def signed(value: float) -> str:
    """A fitness with two decimals and its sign, and no more signs than it takes: "+.21"."""
    text = f"{value:+.2f}".replace("+0.", "+.").replace("-0.", "-.")
    return "0" if text.strip("+-.0") == "" else text


def unsigned(value: float) -> str:
    """A standard error likewise: ".05"."""
    return f"{value:.2f}".removeprefix("0")


def _telling(tried: Sequence[Tried]) -> Iterator[Tried]:
    """All ideas, the most telling first."""
    young = list(reversed(tried))
    worst = sorted(
        (one for one in young if one.gain is not None and one.gain < 0),
        key=lambda one: (one.gain or 0.0) + (one.gain_error or 0.0),
    )
    gained = sorted((one for one in young if one.improved), key=_best_first)
    return _alternately([young, gained, worst])


def _alternately(queues: Iterable[Iterable[Tried]]) -> Iterator[Tried]:
    """The first of each queue, then the second of each, and so on; each idea once."""
    told_of: set[str] = set()
    for row in zip_longest(*queues):
        for one in row:
            if one is not None and one.candidate_id not in told_of:
                told_of.add(one.candidate_id)
                yield one


def _best_first(one: Tried) -> tuple[bool, float, float]:
    """The order of ideas by what they gained; those without a gain last, the fitter first."""
    fitness = -one.fitness if one.fitness is not None else 0.0
    return one.gain is None or bool(one.reason), -(one.gain or 0.0), fitness


def _rank_of_group(
    shape: str, some: Sequence[Tried]
) -> tuple[bool, tuple[bool, float, float], str]:
    return shape == REFUSED, min(map(_best_first, some)), shape


def _group(
    shape: str, full: Sequence[Tried], brief: Sequence[Tried], tried: Sequence[Tried]
) -> Group:
    alike = [one for one in tried if _shape(one) == shape]
    return Group(
        shape=shape,
        count=len(alike),
        improved=sum(one.clearly_improved for one in alike),
        lines=tuple(told(one) for one in sorted(full, key=_best_first)),
        others="; ".join(child_line(one) for one in sorted(brief, key=_best_first)),
    )


def _shape(one: Tried) -> str:
    """The words of a niche: "tails flat and linear, monotone, smooth"."""
    seen = one.fitness is not None or one.status in (Status.PRUNED, Status.DUPLICATE)
    if not one.shape or not seen:
        return REFUSED
    first, second, *rest = one.shape.split("|")
    tails = f"{first} tails" if first == second else f"{first} and {second} tails"
    return ", ".join([tails, *(part for part in rest if part != "pointwise")])
