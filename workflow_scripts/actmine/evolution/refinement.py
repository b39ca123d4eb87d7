"""Decides whose constants are tuned, and what becomes of a tuning after each generation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actmine.evolution.population import Elite, Refinement
from actmine.mutation.tuning import begin, tell
from actmine.records.candidate import Origin

ENOUGH = 30  # measurements of one elite's constants [ours]


def follow(
    before: Refinement,
    elites: Sequence[Elite],
    measured: Mapping[str, float | None],
    *,
    new_tasks: bool = False,
    seed: int,
) -> Refinement:
    """The tuning after a generation: the same elite's, or the next one's.

    An elite is left when it has been measured `ENOUGH` times, or has left the archive. The
    next is the fittest mined one whose constants have not been tuned.

    Args:
        elites: of the new archive, best first.
        measured: fitness by source of the tuned candidates; none for one that failed. What
            was not measured is left out.
        new_tasks: whether they were measured on other tasks than the record so far, which
            then says nothing beside them.
        seed: of a new tuning.
    """
    present = {elite.candidate_id for elite in elites}
    if before.state is not None:
        record = replace(before.state, measured=()) if new_tasks else before.state
        state = tell(record, list(measured), list(measured.values()))
        if before.target in present and len(state.measured) < ENOUGH:
            return replace(before, state=state)
    done = (*before.done, before.target) if before.target else before.done
    for elite in elites:
        if elite.origin is not Origin.MINED or elite.candidate_id in done:
            continue
        state_of_next = begin(elite.source, seed, name=elite.name)
        if state_of_next is not None:
            return Refinement(target=elite.candidate_id, state=state_of_next, done=done)
        done = (*done, elite.candidate_id)
    return Refinement(done=done)
