"""Scores predictions, in the parent, which alone holds the targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.transfer.benchmark import Data, Kind
from actmine.transfer.parts import Split

Array = NDArray[Any]
Predictions = Sequence[Mapping[str, Array]]

_LEAST_STANDARDISED = 0.01  # what has learned nothing, so that its logarithm exists


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How predictions of one output are scored.

    Attributes:
        score: of (predictions, targets), each flat over parts; see each function.
        trivial: what the best answer that ignores its input scores on the same targets.
        perfect: the score of a network without error.
        higher_is_better: else an error.
    """

    score: Callable[[Array, Array], float]
    trivial: Callable[[Array], float]
    perfect: float = 1.0
    higher_is_better: bool = True


def score(data: Data, split: str, predicted: Predictions) -> float:
    """The mean score over outputs, as CLRS has it.

    Args:
        data: with the targets.
        split: which of them.
        predicted: by part and output.

    Raises:
        ValueError: predictions have another shape than the targets ask for.
    """
    parts = data.splits[split]
    scores = []
    for name, output in data.outputs.items():
        pairs = [
            _pair(part.targets[name], answers.get(name), name, output.kind)
            for part, answers in zip(parts, predicted, strict=True)
        ]
        answers, targets = map(np.concatenate, zip(*pairs, strict=True))
        scores.append(METRICS[output.metric].score(answers, targets))
    return float(np.mean(scores))


def trivial_score(data: Data, split: str) -> float:
    """What the best answers that ignore their input score."""
    scores = [
        METRICS[output.metric].trivial(_counted(data.splits[split], name))
        for name, output in data.outputs.items()
    ]
    return float(np.mean(scores))


def perfect_score(data: Data) -> float:
    """What a network without error scores."""
    return float(np.mean([METRICS[output.metric].perfect for output in data.outputs.values()]))


def higher_is_better(data: Data) -> bool:
    """The direction of a benchmark's score.

    Raises:
        ValueError: its outputs disagree.
    """
    directions = {METRICS[output.metric].higher_is_better for output in data.outputs.values()}
    if len(directions) > 1:
        raise ValueError(f"metrics of {sorted(data.outputs)} have different directions")
    return directions.pop()


def standardised(value: float, *, trivial: float, perfect: float) -> float:
    """0 for the best answer that ignores its input, 1 for no error; at least 0.01. [ours]

    Scores of all benchmarks thus have one scale and one direction, and ratios between
    functions can be compared.
    """
    return max((value - trivial) / (perfect - trivial), _LEAST_STANDARDISED)


def _pair(target: Array, answer: Array | None, name: str, kind: Kind) -> tuple[Array, Array]:
    """Counted entries of one part; logits over classes become the chosen class."""
    if answer is None or answer.dtype != np.float32:
        raise ValueError(f"the reply has no predictions of {name!r}")
    logits = kind is Kind.CLASSES
    due = (*target.shape, *answer.shape[-1:]) if logits else target.shape
    if answer.shape != due or not answer.size:
        raise ValueError(f"predictions of {name!r} are {answer.shape}, targets {target.shape}")
    if not np.isfinite(answer).all():
        raise ValueError(f"a prediction of {name!r} is not finite")
    counted = _counts(target)
    return (answer.argmax(axis=-1) if logits else answer)[counted], target[counted]


def _counted(parts: Split, name: str) -> Array:
    return np.concatenate([part.targets[name][_counts(part.targets[name])] for part in parts])


def _counts(target: Array) -> NDArray[np.bool_]:
    """Which entries count: integers say -1 where one does not."""
    if np.issubdtype(target.dtype, np.integer):
        return target >= 0
    return np.ones(target.shape, dtype=bool)


def accuracy(chosen: Array, target: Array) -> float:
    """The share of targets that were chosen."""
    return float(np.mean(chosen == target))


def f1(logits: Array, target: Array) -> float:
    """The harmonic mean of precision and recall; CLRS scores masks so."""
    predicted, actual = logits > 0, target > 0
    hits = float(np.sum(predicted & actual))
    wrong = float(np.sum(predicted ^ actual))
    return 2 * hits / (2 * hits + wrong) if hits + wrong else 1.0


def roc_auc(logits: Array, target: Array) -> float:
    """The chance that a positive row has the higher logit; a tie counts half."""
    from scipy.stats import mannwhitneyu

    higher, lower = (logits[chosen].astype(np.float64) for chosen in (target > 0, target <= 0))
    if not len(higher) or not len(lower):
        raise ValueError("the targets are all of one class; the area is not defined")
    pairs_won = mannwhitneyu(higher, lower, method="asymptotic").statistic
    return float(pairs_won / (len(higher) * len(lower)))


def r2(predicted: Array, target: Array) -> float:
    """The share of the targets' variance that is explained."""
    residual = np.square(target.astype(np.float64) - predicted).sum()
    return float(1 - residual / np.square(target.astype(np.float64) - target.mean()).sum())


def rmse(predicted: Array, target: Array) -> float:
    """The root of the mean squared error, in the unit of the targets."""
    return float(np.sqrt(np.square(target.astype(np.float64) - predicted).mean()))


def _most_frequent(target: Array) -> float:
    return float(np.unique(target, return_counts=True)[1].max() / len(target))


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(score=accuracy, trivial=_most_frequent),
    "f1": Metric(score=f1, trivial=lambda target: f1(np.ones(len(target)), target)),
    "roc_auc": Metric(score=roc_auc, trivial=lambda _: 0.5),
    "r2": Metric(score=r2, trivial=lambda _: 0.0),
    "rmse": Metric(
        score=rmse,
        trivial=lambda target: float(np.std(target, dtype=np.float64)),
        perfect=0.0,
        higher_is_better=False,
    ),
}
