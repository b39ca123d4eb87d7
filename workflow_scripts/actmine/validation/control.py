"""The A/A control: a function against itself, with other initial weights and minibatches.

With common random numbers the difference would be exactly 0 and say nothing, so the second
measurement has replicate numbers of its own, and shares nothing with the store's first. [ours]
"""

from typing import Any

from actmine.lab.estimate import Design
from actmine.lab.scorer import losses_of
from actmine.records.evaluation import Evaluation
from actmine.validation.paired_comparison import compare


def control(
    first: Evaluation, second: Evaluation, *, name: str, epsilon: float, design: Design
) -> dict[str, Any]:
    """The difference that two measurements of one function show, where there is none.

    Args:
        first, second: scored, on the same tasks, with as many replicates and none in common.
        design: how tasks count.

    Raises:
        ValueError: two functions, two suites, or a replicate in common.
    """
    if first.candidate_id != second.candidate_id or first.suite_hash != second.suite_hash:
        raise ValueError(
            f"{name}: an A/A control measures one function twice on one suite, not "
            f"{first.candidate_id} on {first.suite_hash} and {second.candidate_id} on "
            f"{second.suite_hash}"
        )
    common = sorted(set(first.replicates) & set(second.replicates))
    if common:
        raise ValueError(
            f"{name}: both measurements of the A/A control have replicates {common}"
        )
    comparison = compare(losses_of(second), losses_of(first), epsilon=epsilon, design=design)
    return {
        "candidate_id": first.candidate_id,
        "name": name,
        "tasks": comparison.tasks,
        "replicates": [list(first.replicates), list(second.replicates)],
        "ratio": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
        "p": comparison.p,
        "difference": not comparison.low <= 1 <= comparison.high,
    }


def sentence(document: dict[str, Any]) -> str:
    """What the control shows, whatever it is."""
    verdict = (
        "a difference where there is none, as one control in twenty shows"
        if document["difference"]
        else "no difference, as it must be"
    )
    return (
        f"A/A control: {document['name']} against itself has {document['ratio']:.3f} times its "
        f"out-of-distribution loss (95% {document['low']:.3f} to {document['high']:.3f}): "
        f"{verdict}."
    )
