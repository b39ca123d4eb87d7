"""The A/A control: a function against itself, with other initial weights and minibatches.

With common random numbers the difference would be exactly 0 and say nothing, so the second
measurement has replicate numbers of its own, and shares nothing with the store's first. [ours]
"""

from typing import Any

from actmine.lab.scorer import losses_of
from actmine.records.evaluation import Evaluation
from actmine.validation.paired_comparison import compare


def control(
    first: Evaluation,
    second: Evaluation,
    *,
    name: str,
    epsilon: float,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """The difference that two measurements of one function show, where there is none.

    Args:
        first, second: scored, on the same tasks, with as many replicates and none in common.

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
    found = compare(losses_of(second), losses_of(first), epsilon=epsilon, confidence=confidence)
    return {
        "candidate_id": first.candidate_id,
        "name": name,
        "tasks": found.tasks,
        "replicates": [list(first.replicates), list(second.replicates)],
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "difference": not found.low <= 1 <= found.high,
    }


def sentence(told: dict[str, Any]) -> str:
    """What the control shows, whatever it is."""
    verdict = (
        "a difference where there is none, as one control in twenty shows"
        if told["difference"]
        else "no difference, as it must be"
    )
    return (
        f"A/A control: {told['name']} against itself has {told['ratio']:.3f} times its "
        f"out-of-distribution loss (95% {told['low']:.3f} to {told['high']:.3f}): {verdict}."
    )
