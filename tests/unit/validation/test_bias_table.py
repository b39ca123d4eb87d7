"""Champions and known functions under several biases."""

from dataclasses import replace

import numpy as np
import pytest

from actmine.functions.catalog import by_name
from actmine.lab.estimate import Design
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Origin
from actmine.records.evaluation import Evaluation, table
from actmine.records.status import Status
from actmine.settings.configuration import load
from actmine.validation.bias_table import (
    Bias,
    Measured,
    cross_table,
    rows,
    versus,
    versus_table,
)

SETTINGS = load("bias-physics")
RELU, GELU, SILU, SIREN = (by_name(key).listed for key in ("relu", "gelu", "silu", "siren"))
RIPPLE, SLOPE = (
    replace(SILU, candidate_id=name, name=name, origin=Origin.MINED) for name in ("rip", "slo")
)
PERIODIC = Bias(name="periodic", settings=SETTINGS, champion=RIPPLE, best_known=SIREN)
GROWTH = Bias(name="growth", settings=SETTINGS, champion=SLOPE, best_known=SILU)
FORMULAS = ("I.1", "I.1", "I.2", "I.2", "I.3", "I.3", "I.4", "I.4")


def evaluated(function, losses):
    ood = table([[loss] for loss in losses])
    return Evaluation(
        candidate_id=function.candidate_id,
        status=Status.SCORED if losses else Status.FAILED,
        reason="" if losses else "it broke", suite="held_out", suite_hash="h",
        replicates=(0,), train=ood, id=ood, ood=ood,
    )  # fmt: skip


def measured(bias, formulas=FORMULAS, **losses):
    """Functions by name; a number is the mean of losses that differ from task to task."""
    functions = [RELU, GELU, SILU, SIREN, RIPPLE, SLOPE]
    given = {"ReLU": 1.0, "GELU": 0.9, "SiLU": 0.8, "SIREN": 0.7, "rip": 0.5, "slo": 0.6}
    rng = np.random.default_rng(5)
    evaluations = {}
    for function in functions:
        mean = {**given, **losses}[function.name]
        tasks = mean * np.exp(rng.normal(0, 0.05, len(formulas))) if mean else ()
        evaluations[function.candidate_id] = evaluated(function, list(tasks))
    scorer = Scorer(
        evaluations.values(), families=["feynman"] * len(formulas), rule=SETTINGS.fitness
    )
    return Measured(bias=bias, evaluations=evaluations, scorer=scorer, formulas=formulas)


def test_champions_come_first_and_each_known_function_once():
    found = rows([GROWTH, PERIODIC])
    assert [row.function.name for row in found] == [
        "slo", "rip", "ReLU", "GELU", "SiLU", "SIREN"
    ]  # fmt: skip
    assert [row.mined_for for row in found] == ["growth", "periodic", "", "", "", ""]
    best_for = {row.function.name: row.best_for for row in found if row.best_for}
    assert best_for == {"SiLU": ("growth",), "SIREN": ("periodic",)}
    both = rows([GROWTH, replace(PERIODIC, best_known=SILU)])
    assert [row.best_for for row in both][-1] == ("growth", "periodic")


def test_without_champion_a_bias_has_its_column_alone():
    none = replace(GROWTH, champion=None, best_known=None)
    found = rows([none, PERIODIC])
    assert [row.mined_for for row in found][:2] == ["periodic", ""]
    assert versus(measured(none)) is None
    assert len(cross_table(found, [measured(none), measured(PERIODIC)])) == 2 * len(found)


def test_every_function_stands_under_every_bias_and_relu_has_none():
    columns = [measured(GROWTH), measured(PERIODIC, slo=1.3, rip=0.3, SIREN=None)]
    cross = cross_table(rows([GROWTH, PERIODIC]), columns).to_dict("records")
    cells = {(cell["name"], cell["measured_on"]): cell for cell in cross}
    assert cells["ReLU", "growth"]["fitness"] == 0
    losses = {("slo", "growth"): 0.6, ("slo", "periodic"): 1.3, ("rip", "periodic"): 0.3}
    for place, loss in losses.items():
        cell = cells[place]
        assert cell["fitness"] == pytest.approx(-np.log(loss), abs=0.06)
        assert cell["low"] < cell["fitness"] < cell["high"]
    assert np.isnan(
        [cells["SIREN", "periodic"][key] for key in ("fitness", "low", "high")]
    ).all()
    assert versus(columns[1]) is None  # the best known function failed there


def test_a_champion_is_compared_with_the_best_known_function_of_its_own_bias():
    found = versus(measured(GROWTH))
    assert found.by_task.ratio == pytest.approx(0.6 / 0.8, rel=0.05)
    assert versus(measured(PERIODIC)).by_task.ratio == pytest.approx(0.5 / 0.7, rel=0.05)
    by_task, by_formula = versus_table([found]).to_dict("records")
    assert (by_task["by"], by_formula["by"]) == ("task", "formula")
    assert (by_task["sample"], by_formula["sample"]) == (8, 4)
    assert (by_task["champion"], by_task["best_known"]) == ("slo", "SiLU")
    assert by_task["outcome"] == by_formula["outcome"] == "it is better"
    assert by_formula["ratio"] == pytest.approx(by_task["ratio"])
    assert by_task["p"] < by_formula["p"] < 0.05
    same = versus_table([versus(measured(GROWTH, slo=0.8))])
    assert list(same["outcome"]) == ["no difference is shown"] * 2


def test_where_each_task_has_its_own_formula_there_is_one_sample():
    found = versus(measured(GROWTH, formulas=tuple("abcdefgh")))
    assert found.by_formula is None and list(versus_table([found])["by"]) == ["task"]


def test_boxes_of_one_formula_that_counts_say_nothing_of_others():
    found = versus(measured(GROWTH, formulas=("I.1",) * 8))
    assert found.by_formula is None and found.by_task.tasks == 8
    two = measured(GROWTH, formulas=("I.1",) * 4 + ("I.2",) * 4)
    assert versus(two).by_formula.tasks == 2
    two.scorer.design = Design(
        weights=np.repeat([1.0, 0.0], 4), families=("feynman",) * 4 + ("custom",) * 4
    )
    assert versus(two).by_formula is None
