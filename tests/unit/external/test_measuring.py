"""Suites of others are drawn as suites are, and scored by what their sources judge by."""

from dataclasses import replace

import numpy as np
import pytest

from actmine.external.metric import Metric, by_family
from actmine.external.plan import most_functions
from actmine.external.suites import SOURCES, draw, size
from actmine.external.table import unweighted
from actmine.functions.catalog import by_name
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import Scorer
from actmine.lab.scoring import relative_errors
from actmine.lab.work import prepare
from actmine.records.evaluation import Evaluation
from actmine.records.rows import from_row, to_row
from actmine.records.status import Status
from actmine.settings.configuration import load
from actmine.settings.measurements import EXTERNAL, replicates, suite_name
from actmine.tasks.suite import RELATIVE, load_suite, save_suite
from configured import changed

FORMULAS = [name for name in SOURCES if name != "llm_sr"]


def asked(**values):
    return changed(load(), external={"tier": "smoke", "draws": 2, **values}).external


@pytest.mark.parametrize("name", FORMULAS)
def test_a_suite_can_be_written_and_read_and_more_draws_leave_the_first(name, tmp_path):
    drawn = draw(name, asked(), seed=3)
    save_suite(drawn, tmp_path / "suite.npz", tmp_path / "suite.json")
    assert load_suite(tmp_path / "suite.npz", tmp_path / "suite.json").hash == drawn.hash
    again = draw(name, asked(), seed=3)
    assert [task.digest() for task in again.tasks] == [task.digest() for task in drawn.tasks]
    assert draw(name, asked(), seed=4).hash != drawn.hash


def test_formulas_are_strata_and_each_draw_has_rows_of_its_own():
    drawn = draw("eql", asked(), seed=1)
    assert (
        drawn.families[::2] == drawn.families[1::2] == ("division", "F-1", "F-2", "F-3", "F-4")
    )
    first, second = drawn.tasks[:2]
    assert not np.array_equal(first.x_train, second.x_train)


@pytest.mark.parametrize("name", [name for name in SOURCES if SOURCES[name].published])
def test_published_figures_are_of_families_that_the_suite_draws(name):
    """The summary would leave out those of a family whose name is mistyped."""
    assert set(SOURCES[name].published) <= set(draw(name, asked(), seed=1).families)


def test_targets_of_eql_have_noise_of_a_hundredth():
    task = draw("eql", asked(tier="full"), seed=1).tasks[0]
    x = task.x_train.astype(np.float64) * task.x_std + task.x_mean
    y = task.y_train.astype(np.float64) * task.y_std + task.y_mean
    rest = y - np.sin(np.pi * x[:, 0]) / (x[:, 1] ** 2 + 1)
    assert rest.std() == pytest.approx(0.01, rel=0.05)
    assert np.unique(rest.round(6)).size > 5000


def test_equations_have_one_draw_each_and_the_smoke_tier_a_few_of_them():
    assert size("feynman", asked(tier="full", draws=9)).draws == 1
    assert size("eql", asked(tier="full", draws=9)).draws == 9
    assert len(draw("feynman", asked(), seed=1).tasks) == 6


def test_a_suite_of_others_is_measured_as_the_held_out_tasks_are():
    assert suite_name(EXTERNAL + "eql") == EXTERNAL + "eql"
    assert replicates(EXTERNAL + "eql", 2) == replicates("held_out", 2)


def evaluation(ood):
    return Evaluation(
        candidate_id="c1",
        status=Status.SCORED,
        cpu_capability="any",
        suite="external-x",
        suite_hash="0",
        replicates=(0,),
        train=ood,
        id=ood,
        ood=ood,
    )


def test_metrics_are_those_of_targets_in_their_own_units():
    tasks = draw("eql", asked(), seed=1).tasks[:2]
    wrong = 0.3  # in train standard deviations, everywhere
    scored = evaluation(((wrong**2,), (wrong**2,)))
    y_std = np.median([task.y_std for task in tasks])
    assert by_family(Metric.RMS, scored, tasks)["division"].median == pytest.approx(
        wrong * y_std
    )
    nmse = [wrong**2 / task.y_ood.astype(float).var() for task in tasks]
    found = by_family(Metric.NMSE, scored, tasks)["division"]
    assert (found.lowest, found.highest) == pytest.approx((min(nmse), max(nmse)))
    largest = [
        max(np.abs(y * task.y_std + task.y_mean).max() for y in (task.y_train, task.y_ood))
        for task in tasks
    ]
    expected = [
        (wrong * task.y_std / top) ** 2 for task, top in zip(tasks, largest, strict=True)
    ]
    found = by_family(Metric.MSE_MAX, scored, tasks)["division"]
    assert (found.lowest, found.highest) == pytest.approx(
        (min(expected), max(expected)), rel=1e-5
    )


def test_relative_errors_are_of_targets_in_their_own_units():
    config = changed(load("smoke"), lab={"batch": 16})
    suite = draw("nn_extrapolate", asked(), seed=1)
    lab = measurement(EXTERNAL + "nn_extrapolate", suite, config)
    _, targets = prepare(suite, replicates=lab.replicates, settings=lab.settings)
    networks = len(lab.replicates)
    truth = np.concatenate([targets.id, targets.ood], axis=1)[:, targets.order]
    y_mean = np.array([task.y_mean for task in suite.tasks])
    y_std = np.array([task.y_std for task in suite.tasks])
    own = truth * y_std[:, None] + y_mean[:, None]
    predicted = (1.1 * own - y_mean[:, None]) / y_std[:, None]  # a tenth too large everywhere
    found = relative_errors(
        np.repeat(predicted, networks, axis=0).astype(np.float32),
        targets=targets,
        y_mean=y_mean.tolist(),
        y_std=y_std.tolist(),
    )
    assert np.array(found) == pytest.approx(0.1, rel=1e-3)


def test_the_lab_takes_relative_errors_where_the_source_judges_by_them(tmp_path, trainer):
    config = changed(load("smoke"), lab={"steps": 5, "batch": 16})
    kept = {}
    for name in ("nn_extrapolate", "eql"):
        suite = draw(name, asked(), seed=1)
        what = measurement(EXTERNAL + name, suite, config)
        lab = Lab(what, limits=fit_limits(config.sandbox, []), kept=tmp_path, sandbox=trainer)
        kept[name] = (suite, lab.measure(by_name("relu").source))
    suite, measured = kept["nn_extrapolate"]
    assert suite.settings[RELATIVE]
    assert np.shape(measured.relative) == np.shape(measured.ood)
    assert from_row(to_row(measured), Evaluation) == measured
    errors = np.array(measured.relative)[np.array(suite.families) == "linear"]
    told = by_family(Metric.RELATIVE, measured, suite.tasks)["linear"]
    assert told.median == pytest.approx(100 * np.median(errors))
    _, plain = kept["eql"]
    assert plain.relative == () and "relative" not in to_row(plain)
    gelu = replace(plain, candidate_id=by_name("gelu").candidate.candidate_id)
    scorer = Scorer([plain, gelu], families=kept["eql"][0].families, rule=config.fitness)
    assert scorer.fitness(plain).value == 0


def test_weights_of_a_runs_families_count_for_none_of_others():
    rule = changed(load(), fitness={"target": {"weights": {"feynman": 3.0}}}).fitness
    assert unweighted(rule).target.weights == {}
    assert unweighted(rule).target.region == rule.target.region


def test_the_runs_champion_may_be_none_of_its_arms():
    one = changed(load(), external={"mined": True})
    two = changed(one, arms={"main": {}, "other": {"search": {"seed": 2}}})
    assert most_functions(two) - most_functions(one) == 2
