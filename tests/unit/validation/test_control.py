"""The A/A control and the power of a comparison, on many real networks of a small lab."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from actmine.functions.catalog import by_name
from actmine.gate.static import load
from actmine.lab.estimate import Design, estimate
from actmine.lab.fit import fit
from actmine.lab.fitness import Losses
from actmine.lab.scoring import losses
from actmine.lab.work import FitSettings, prepare
from actmine.records.evaluation import Evaluation, table
from actmine.records.status import Status
from actmine.settings.configuration import families_of
from actmine.tasks.suite import draw_suite
from actmine.validation.control import control, sentence
from actmine.validation.paired_comparison import compare, task_gains
from actmine.validation.statistics import detectable
from configured import changed

TASKS = {
    "polynomial": {"count": 20, "degrees": [1, 3], "inputs": [1, 2]},
    "harmonic": {"count": 12, "terms": [1, 2], "frequencies": [1, 2]},
    "spherical": None,
    "feynman": None,
}
LAB = FitSettings(
    width=8, depth=2, steps=40, batch=32, learning_rate=0.02, optimizer="adam", seed=3
)
NETWORKS = 400  # of every task
DESIGN = Design(weights=np.ones(32), families=("polynomial",) * 20 + ("harmonic",) * 12)
EPSILON = 1e-3
ALPHA = 0.05


@pytest.fixture(scope="module")
def gelu(smoke):
    """(task, network) OOD losses of GELU: real networks that differ by their seeds alone."""
    config = changed(smoke, **{"tasks": {"held_out": TASKS}})
    suite = draw_suite(
        "held_out", families_of(config, "held_out"), samples=config.tasks.samples, seed=1
    )
    work, targets = prepare(suite, replicates=tuple(range(NETWORKS)), settings=LAB)
    fitted = fit(load(by_name("gelu").source), work, learning_rate=LAB.learning_rate)
    return np.array(losses(fitted.train, fitted.test, targets=targets)["ood"])


def measured(ood, replicates):
    rows = table(ood)
    return Evaluation(
        candidate_id="c0", status=Status.SCORED, suite="held_out", suite_hash="h",
        replicates=tuple(replicates), train=rows, id=rows, ood=rows,
    )  # fmt: skip


def as_losses(ood):
    return Losses(train=ood, id=ood, ood=ood)


def interval_of(rate, repetitions):
    """What a count of so many repetitions at this rate stays within 95 times in 100."""
    return binom.ppf([0.025, 0.975], repetitions, rate)


@pytest.mark.slow
def test_two_halves_of_a_functions_networks_differ_as_often_as_chance_has_it(gelu):
    """Each repetition has networks that no other has: the control as a run makes it."""
    repetitions = NETWORKS // 2
    found = [
        control(
            measured(gelu[:, [2 * n]], [2 * n]),
            measured(gelu[:, [2 * n + 1]], [2 * n + 1]),
            name="GELU",
            epsilon=EPSILON,
            design=DESIGN,
        )
        for n in range(repetitions)
    ]
    low, high = interval_of(ALPHA, repetitions)
    assert low <= sum(one["difference"] for one in found) <= high
    assert all(one["difference"] == (one["p"] < ALPHA) for one in found)


@pytest.mark.slow
def test_a_difference_of_nothing_is_found_at_the_nominal_rate(gelu):
    """Networks drawn anew for every task, many more times than could be trained."""
    rng = np.random.default_rng(33)
    repetitions = 1500
    alarms = sum(
        compare(first, second, epsilon=EPSILON, design=DESIGN).p < ALPHA
        for first, second in (two_of(gelu, rng) for _ in range(repetitions))
    )
    low, high = interval_of(ALPHA, repetitions)
    assert low <= alarms <= high


@pytest.mark.slow
def test_a_planted_effect_is_found_with_the_power_that_is_stated(gelu):
    """GELU against a GELU whose losses are smaller by the ratio that 80% power promises."""
    rng = np.random.default_rng(80)
    repetitions = 1500
    pairs = [two_of(gelu, rng) for _ in range(repetitions)]
    gains = [estimate(task_gains(*pair, epsilon=EPSILON), DESIGN) for pair in pairs]
    error = float(np.sqrt(np.mean([np.square(one.standard_error) for one in gains])))
    freedom = float(np.median([one.freedom for one in gains]))
    ratio = np.exp(-detectable(error, freedom=freedom, power=0.8))
    planted = [(smaller(first, ratio), second) for first, second in pairs]
    found = sum(compare(*pair, epsilon=EPSILON, design=DESIGN).p < ALPHA for pair in planted)
    low, high = interval_of(0.8, repetitions)
    assert low <= found <= high


def two_of(ood, rng):
    """Two measurements of three networks a task each."""
    picks = rng.permuted(np.tile(np.arange(ood.shape[1]), (len(ood), 1)), axis=1)[:, :6]
    drawn = np.take_along_axis(ood, picks, axis=1)
    return as_losses(drawn[:, :3]), as_losses(drawn[:, 3:])


def smaller(found, ratio):
    """Losses whose ratios, epsilon included, are smaller by so much."""
    return as_losses(np.maximum((found.ood + EPSILON) * ratio - EPSILON, 0.0))


def test_a_control_of_shared_networks_is_refused(gelu):
    one = measured(gelu[:, :2], [0, 1])
    with pytest.raises(ValueError, match=r"both measurements .* have replicates \[1\]"):
        control(
            one, replace(one, replicates=(1, 2)), name="GELU", epsilon=EPSILON, design=DESIGN
        )


def test_a_control_is_of_one_function(gelu):
    one = measured(gelu[:, :1], [0])
    other = replace(measured(gelu[:, 1:2], [1]), candidate_id="c1")
    with pytest.raises(ValueError, match="measures one function twice on one suite"):
        control(one, other, name="GELU", epsilon=EPSILON, design=DESIGN)


def test_a_control_says_what_it_found_whatever_it_is(gelu):
    told = control(
        measured(gelu[:, :3], [0, 1, 2]),
        measured(gelu[:, 3:6], [3, 4, 5]),
        name="f",
        epsilon=1,
        design=DESIGN,
    )
    assert "no difference, as it must be" in sentence(told | {"difference": False})
    assert "a difference where there is none" in sentence(told | {"difference": True})
