"""Rows of three tables: one a slot, one a measurement, one an island's generation."""

from typing import Any

import numpy as np

from actmine.evolution.formulas import formula_line
from actmine.evolution.reading import Generation, MeasuredSet
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import REGIONS, Evaluation
from actmine.records.proposal import Kind, Proposal
from actmine.records.status import Status

Row = dict[str, Any]

OUTCOMES = [status for status in Status if status is not Status.PROPOSED]

# Column: meaning. The order is the order in the file.
CANDIDATES = {
    "arm": "variant of the search",
    "generation": "0 holds the seeds",
    "island": "population",
    "slot": "place in the island's generation",
    "candidate_id": "content hash of the source; empty if the slot was skipped",
    "name": "for people",
    "origin": "catalog, paper or mined",
    "status": "what became of it, after training",
    "reason": "why it was not scored",
    "rung": "optimizer steps after which a pruned one was stopped",
    "fitness": "on the search suite, higher is better; empty if not scored",
    "fitness_se": "its standard error over tasks",
    "id_ratio": "in-distribution loss over ReLU's, geometric mean over tasks",
    "flops": "per input element",
    "coupling": "pointwise, feature-coupled or batch-coupled",
    "mutator": "seed, remeasure (an elite again), or the name of an entry of mutation.mutators",
    "operator": "how it was made",
    "parents": "candidate ids, separated by spaces",
    "summary": "what changed against the parent",
    "attempts": "tries that the slot took",
    "tokens": "of a language model's prompts and replies for this slot",
    "usd": "US dollars that they cost",
    "kind": "new, or remeasure: an elite on fresh replicates, with its fitness on these alone",
    "formula": "what it computes, in one line; empty if no line says it",
}
EVALUATIONS = {
    "measurement": "search, remeasured or held_out",
    "set": "an arm's name, finalists of an arm, catalog or reference",
    "candidate_id": "content hash of the source",
    "status": "scored, or why not",
    "reason": "why it was not scored",
    "tasks": "number of tasks",
    "replicates": "networks per task",
    "train_loss": "mean squared error of standardised targets, mean over tasks and replicates",
    "id_loss": "the same on new inputs from the training region",
    "ood_loss": "the same outside the training region",
    "fitness": "against ReLU on the same measurement",
    "fitness_se": "its standard error over tasks",
    "id_ratio": "in-distribution loss over ReLU's, geometric mean over tasks",
    "cpu_s": "CPU seconds of its process",
    "peak_mb": "most resident memory of its process",
    "device": "cpu, or the card that it was trained on",
    "cpu_capability": "vector instructions, BLAS and processor's maker",
    "suite": "its tasks: search, a later draw of it (search_1 and so on), or held_out",
    "first_replicate": "the lowest replicate number; measurements that share it are paired",
}
GENERATIONS = {
    "arm": "variant of the search",
    "generation": "0 holds the seeds",
    "island": "population",
    "best_candidate_id": "the fittest elite",
    "best_name": "its name",
    "best_fitness": "its fitness",
    "median_fitness": "of the elites",
    "elites": "functions in the archive",
    "slots": "of seeds in generation 0, then of candidates and elites again; with skipped",
    **{status.value: "slots that ended so" for status in OUTCOMES},
    "remeasured": "slots in which elites were measured again",
    "suite": "the draw of the search tasks that the generation was measured on",
    "best_measurements": "how often the fittest elite was measured on it",
    "best_fitness_as_newcomer": "of the fittest elite's first measurement on it alone",
}


def candidate_row(
    arm: str, proposal: Proposal, evaluation: Evaluation | None, scorer: Scorer
) -> Row:
    """A slot, columns CANDIDATES."""
    outcome = evaluation or proposal
    return {
        "arm": arm,
        "generation": proposal.slot.generation,
        "island": proposal.slot.island,
        "slot": proposal.slot.index,
        "candidate_id": proposal.candidate_id,
        "name": proposal.name,
        "origin": proposal.origin.value,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "rung": evaluation.rungs[-1].steps
        if evaluation and evaluation.status is Status.PRUNED
        else None,
        **_fitness_cells(evaluation, scorer),
        "flops": proposal.flops,
        "coupling": proposal.coupling.value if proposal.coupling else "",
        "mutator": proposal.mutator,
        "operator": proposal.operator,
        "parents": " ".join(proposal.parents),
        "summary": proposal.summary,
        "attempts": len(proposal.attempts),
        "tokens": sum(attempt.tokens for attempt in proposal.attempts),
        "usd": sum(attempt.usd for attempt in proposal.attempts),
        "kind": proposal.kind.value,
        "formula": formula_line(proposal.candidate_id, proposal.source),
    }


def evaluation_row(measured: MeasuredSet, evaluation: Evaluation, scorer: Scorer) -> Row:
    """A measurement of a candidate, columns EVALUATIONS."""
    return {
        "measurement": measured.measurement,
        "set": measured.name,
        "candidate_id": evaluation.candidate_id,
        "status": evaluation.status.value,
        "reason": evaluation.reason,
        "tasks": len(evaluation.ood),
        "replicates": len(evaluation.replicates),
        **_loss_cells(evaluation),
        **_fitness_cells(evaluation, scorer),
        "cpu_s": evaluation.timings.get("cpu_s"),
        "peak_mb": evaluation.timings.get("peak_mb"),
        "device": evaluation.device,
        "cpu_capability": evaluation.cpu_capability,
        "suite": evaluation.suite,
        "first_replicate": min(evaluation.replicates),
    }


def _loss_cells(evaluation: Evaluation) -> Row:
    names = [f"{region}_loss" for region in REGIONS]
    if not evaluation.is_scored:
        return dict.fromkeys(names)
    # One array of all: to make one of tuples takes longer than their mean.
    losses = np.array([getattr(evaluation, region) for region in REGIONS])
    means = losses.reshape(len(REGIONS), -1).mean(axis=1).tolist()
    return dict(zip(names, means, strict=True))


def _fitness_cells(evaluation: Evaluation | None, scorer: Scorer) -> Row:
    fitness = scorer.fitness(evaluation) if evaluation else None
    return {
        "fitness": fitness.value if fitness else None,
        "fitness_se": fitness.standard_error if fitness else None,
        "id_ratio": fitness.id_ratio if fitness else None,
    }


def generation_row(generation: Generation) -> Row:
    """An island's generation, columns GENERATIONS."""
    population = generation.population
    best = population.elites[0]
    statuses = [(e or p).status for p, e in generation.outcomes()]
    return {
        "arm": generation.arm,
        "generation": population.generation,
        "island": population.island,
        "best_candidate_id": best.candidate_id,
        "best_name": best.name,
        "best_fitness": best.fitness,
        "median_fitness": float(np.median([elite.fitness for elite in population.elites])),
        "elites": len(population.elites),
        "slots": len(statuses),
        **{status.value: statuses.count(status) for status in OUTCOMES},
        "remeasured": sum(p.kind is Kind.REMEASURE for p in generation.proposals),
        "suite": best.suite,
        "best_measurements": best.measurements,
        "best_fitness_as_newcomer": best.as_newcomer,
    }
