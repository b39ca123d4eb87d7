"""What an island remembers of a generation: failures, and who and what made good children."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple

from actmine.evolution.population import FAILURES, Credit, Population
from actmine.evolution.scored import Scored
from actmine.lab.fitness import Fitness
from actmine.mutation.adaptation import OperatorCredit
from actmine.mutation.embedded import OPERATORS
from actmine.records.candidate import Failure
from actmine.records.proposal import TUNE_CHILD, Kind, Proposal
from actmine.records.status import Status


def failures(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> tuple[Failure, ...]:
    """What the island remembers of refused and broken sources; one that was stopped works."""
    new = {p.slot: (p.source, p.reason) for p in refused if p.source}
    new |= {
        s.proposal.slot: (s.proposal.source, f"training: {s.evaluation.reason}")
        for s in scored
        if s.evaluation.reason and s.evaluation.status is not Status.PRUNED
    }
    kept = previous.failures if previous else ()
    recent = [Failure(source=new[slot][0], reason=new[slot][1]) for slot in sorted(new)]
    return tuple(dict.fromkeys([*kept, *recent]))[-FAILURES:]


def credit(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> tuple[Credit, ...]:
    """The mutators' records, with what this generation adds."""
    before = map(astuple, previous.credit if previous else ())
    made = _children(previous, scored, refused)
    new = [(proposal.mutator, 1, better) for proposal, better in made]
    return tuple(
        Credit(mutator=name, children=children, improved=improved)
        for name, children, improved in _sums([*before, *new])
    )


def operator_credit(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> tuple[OperatorCredit, ...]:
    """The embedded operators' records; an attempt that the gate turned away is a child too."""
    before = map(astuple, previous.operators if previous else ())
    new = [
        (attempt.operator, 1, better and attempt.candidate_id == proposal.candidate_id)
        for proposal, better in _children(previous, scored, refused)
        for attempt in proposal.attempts
        if attempt.operator in OPERATORS and not attempt.key
    ]
    return tuple(
        OperatorCredit(operator=name, children=children, improved=improved)
        for name, children, improved in _sums([*before, *new])
    )


def _sums(counts: Sequence[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """(name, children, improved) summed by name, in the order of the names."""
    for name in sorted({name for name, *_ in counts}):
        same = [count for count in counts if count[0] == name]
        yield name, sum(count[1] for count in same), sum(count[2] for count in same)


def _children(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> Iterator[tuple[Proposal, bool]]:
    """This generation's new candidates, and whether each is fitter than its first parent.

    Both by the replicates that newcomers have: a child that behaves much like a lucky parent
    has the same luck there, and would beat what further replicates have left of it. Other
    constants of a model's child say nothing of who made it: its parent is no elite. Who starts
    again from the seeds has no parent here, and has to beat the best.
    """
    if previous is None:
        return  # seeds are nobody's children
    best = previous.elites[0]
    parent_fitness = {
        elite.candidate_id: elite.as_newcomer
        for elite in (*previous.specialists, *previous.pool, *previous.elites)
        if elite.suite == best.suite
    }
    made: list[tuple[Proposal, Fitness | None]] = [
        (s.proposal, s.fitness if s.evaluation.suite == best.suite else None) for s in scored
    ]
    for proposal, fitness in [*made, *((refusal, None) for refusal in refused)]:
        if proposal.operator == TUNE_CHILD:
            continue
        if proposal.kind is Kind.NEW and proposal.status is not Status.SKIPPED:
            parent = parent_fitness.get(next(iter(proposal.parents), ""), best.as_newcomer)
            yield proposal, fitness is not None and fitness.value > parent
