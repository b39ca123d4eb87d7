"""A table of what a search tried more than once, and of deleted code that came back."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from actmine.evolution.reading import Generation
from actmine.gate.fingerprint import decode, find_duplicate
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Kind, Proposal
from actmine.records.status import Status

# Column: meaning. The order is the order in the file; one row an island's generation.
REPETITION = {
    "arm": "variant of the search",
    "generation": "0 holds the seeds, which repeat nothing",
    "island": "population",
    "children": "slots filled with new candidates: not skipped, no elites measured again",
    "attempts": "tries that these took",
    "duplicate_attempts": "tries that behaved like something the island had tried: not trained",
    "duplicate_share": "duplicate_attempts / attempts",
    "accepted": "children that the gate let in",
    "identical": "of these, measured on the same networks before, in a slot of an earlier "
    "generation, of an earlier island or arm, or in the catalogue: served by the store",
    "identical_share": "identical / accepted",
    "returned": "children with the very lines of an ancestor that is not their parent, or that "
    "were refused as duplicates and behave like one",
    "added_lines": "lines of the children that no parent has, in plain spelling without "
    "comments; of children that the gate could run",
    "cycled_lines": "of these, lines that an ancestor has: deleted once, and brought back",
    "cycled_children": "children with a cycled line",
    "cycling_share": "cycled_lines / added_lines",
}


@dataclass(frozen=True, kw_only=True)
class _Lineage:
    """An arm's candidates so far, each as it was first proposed."""

    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lines: dict[str, frozenset[str]] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    known_lines: set[str] = field(default_factory=set)

    def record(self, proposal: Proposal, lines: frozenset[str]) -> None:
        """Remembers a candidate; a later slot of the same source changes nothing."""
        name = proposal.candidate_id
        if name not in self.parents:
            self.parents[name] = proposal.parents
            self.lines[name] = lines
            self.prints[name] = proposal.fingerprint
            self.known_lines.update(lines)

    def ancestors(self, parents: Sequence[str]) -> set[str]:
        """All that the parents descend from, without the parents themselves."""
        ancestors: set[str] = set()
        waiting = [name for parent in parents for name in self.parents.get(parent, ())]
        while waiting:
            name = waiting.pop()
            if name not in ancestors:
                ancestors.add(name)
                waiting.extend(self.parents.get(name, ()))
        return ancestors - set(parents)


def repetition_rows(
    generations: Sequence[Generation], *, measured: Iterable[Evaluation]
) -> list[dict[str, Any]]:
    """One row an island's generation, columns REPETITION.

    Args:
        generations: of all arms.
        measured: the catalogue's evaluations on the search tasks.
    """
    known = {_networks(evaluation) for evaluation in measured}
    lineages: dict[str, _Lineage] = defaultdict(_Lineage)
    rows: dict[int, dict[str, Any]] = {}
    # What was measured "before" goes by the generation, over all arms.
    for k in sorted(
        range(len(generations)), key=lambda k: generations[k].population.generation
    ):
        rows[k] = _row(generations[k], known, lineages[generations[k].arm])
    return [rows[k] for k in range(len(generations))]


def _row(
    generation: Generation, known: set[tuple[Any, ...]], lineage: _Lineage
) -> dict[str, Any]:
    seeds = generation.population.generation == 0
    made = [] if seeds else [child for child in generation.proposals if _is_child(child)]
    attempts = [attempt for child in made for attempt in child.attempts]
    duplicates = sum(attempt.status is Status.DUPLICATE for attempt in attempts)
    accepted = identical = 0
    for proposal, evaluation in generation.outcomes():
        if evaluation is not None and proposal.kind is Kind.NEW:
            accepted += not seeds
            identical += not seeds and _networks(evaluation) in known
            known.add(_networks(evaluation))
    return {
        "arm": generation.arm,
        "generation": generation.population.generation,
        "island": generation.population.island,
        "children": len(made),
        "attempts": len(attempts),
        "duplicate_attempts": duplicates,
        "duplicate_share": duplicates / len(attempts) if attempts else None,
        "accepted": accepted,
        "identical": identical,
        "identical_share": identical / accepted if accepted else None,
        **_cycling(generation.proposals, made, lineage),
    }


def _cycling(
    proposals: Sequence[Proposal], made: Sequence[Proposal], lineage: _Lineage
) -> dict[str, Any]:
    lines = {
        proposal.slot: lines_of(proposal.source)
        for proposal in proposals
        if proposal.fingerprint
    }
    returned = added = cycled = children = 0
    for child in made:
        if child.slot in lines:
            new, old, back = _against_ancestors(child, lines[child.slot], lineage)
            added, cycled = added + new, cycled + old
            children, returned = children + bool(old), returned + back
    for proposal in proposals:
        if proposal.slot in lines:
            lineage.record(proposal, lines[proposal.slot])
    return {
        "returned": returned,
        "added_lines": added,
        "cycled_lines": cycled,
        "cycled_children": children,
        "cycling_share": cycled / added if added else None,
    }


def _against_ancestors(
    child: Proposal, lines: frozenset[str], lineage: _Lineage
) -> tuple[int, int, bool]:
    """Lines that the child adds, those among them of an ancestor, and whether it is one."""
    own = frozenset().union(
        *(lineage.lines.get(parent, frozenset()) for parent in child.parents)
    )
    added = lines - own
    duplicate = child.status is Status.DUPLICATE
    if not duplicate and not lines <= lineage.known_lines and not added & lineage.known_lines:
        return len(added), 0, False  # most children: no ancestor need be looked at
    ancestors = [name for name in lineage.ancestors(child.parents) if name in lineage.lines]
    cycled = added & frozenset().union(*(lineage.lines[name] for name in ancestors))
    back = any(lineage.lines[name] == lines for name in ancestors)
    if duplicate and ancestors and not back:
        prints = np.array([decode(lineage.prints[name]) for name in ancestors])
        back = find_duplicate(decode(child.fingerprint), prints) is not None
    return len(added), len(cycled), back


def _is_child(proposal: Proposal) -> bool:
    return proposal.kind is Kind.NEW and proposal.status is not Status.SKIPPED


def _networks(evaluation: Evaluation) -> tuple[Any, ...]:
    return evaluation.candidate_id, evaluation.suite_hash, evaluation.replicates


def lines_of(source: str) -> frozenset[str]:
    """The lines of a source in plain spelling: no comments, docstrings, or indentation.

    Raises:
        SyntaxError: it is no Python; the gate lets none of that kind through.
    """
    tree = ast.parse(source)
    quoted = '"' in source or "'" in source  # most have no docstring to look for
    for node in ast.walk(tree) if quoted else ():
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return frozenset(line.strip() for line in ast.unparse(tree).splitlines() if line.strip())
