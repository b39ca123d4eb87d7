import json
from dataclasses import replace

import numpy as np
import pytest

from actmine.functions.catalog import by_name
from actmine.gate.static import load
from actmine.lab import handlers
from actmine.lab.fit import StoppedError, fit
from actmine.lab.ladder import Ladder, cut, rung_steps
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import Scorer
from actmine.lab.shard import measure_shard
from actmine.lab.work import prepare
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.rows import from_row, to_row
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.sandbox.protocol import ProtocolError
from actmine.sandbox.warm_process import WarmProcess
from actmine.settings.configuration import ConfigError
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH
from configured import changed
from evolution_records import proposal

GELU, RELU = by_name("gelu").source, by_name("relu").source
FLAT = "def activation(x):\n    return 0.01 * torch.sin(x)"  # hopeless, and trains
RUNGS = (10, 30)
HIGH, LOW = 9.0, -9.0  # fitness is clipped well within


def at(steps, fitness):
    return Threshold(steps=steps, fitness=fitness)


@pytest.fixture(scope="module")
def config(smoke):
    ladder = [{"steps": n, "keep": 1, "margin": 0.0} for n in RUNGS]
    return changed(smoke, search={"ladder": ladder})


@pytest.fixture(scope="module")
def what(config, smoke_suite):
    return measurement(SEARCH, smoke_suite, config)


@pytest.fixture(scope="module")
def prepared(what):
    return prepare(what.suite, replicates=what.replicates, settings=what.settings)


@pytest.fixture(scope="module")
def opened(config, what, trainer, tmp_path_factory):
    kept = tmp_path_factory.mktemp("references")
    lab = Lab(what, limits=fit_limits(config.sandbox, []), kept=kept, sandbox=trainer)
    references = [lab.measure(source) for source in (RELU, GELU)]
    lab.scorer = Scorer(references, families=what.suite.families, rule=config.fitness)
    return lab


@pytest.fixture
def lab(opened, tmp_path):
    """The one warm lab, on a store of its own."""
    opened.kept = tmp_path / "store"
    return opened


def untimed(evaluation):
    return {**to_row(evaluation), "timings": None}


def files(lab):
    return sorted(lab.kept.rglob("*.json"))


@pytest.fixture(scope="module")
def whole(opened, what, tmp_path_factory):
    opened.kept = tmp_path_factory.mktemp("whole")
    return opened.measure(FLAT)


def test_rungs_change_no_bit_of_a_fit(prepared):
    work, _ = prepared
    heard = []

    def at_rung(step, test):
        heard.append((step, test.shape))
        return True

    plain = fit(load(GELU), work, learning_rate=0.01)
    laid = fit(load(GELU), work, learning_rate=0.01, rungs=RUNGS, at_rung=at_rung)
    assert [step for step, _ in heard] == list(RUNGS)
    assert heard[0][1] == plain.test.shape
    for part in ("train", "test", "curve"):
        assert getattr(plain, part).tobytes() == getattr(laid, part).tobytes()


def test_a_fit_ends_at_the_rung_that_says_so(prepared):
    work, _ = prepared
    heard = []

    def at_rung(step, test):
        heard.append(step)
        return step < RUNGS[0]

    with pytest.raises(StoppedError, match="at step 10"):
        fit(load(GELU), work, learning_rate=0.01, rungs=RUNGS, at_rung=at_rung)
    assert heard == [10]


def test_a_whole_fit_tells_its_losses_at_every_rung(whole, what):
    assert whole.status is Status.SCORED
    assert [rung.steps for rung in whole.rungs] == list(RUNGS)
    assert all(len(rung.ood) == len(what.suite.tasks) for rung in whole.rungs)
    assert whole.rungs[0].ood != whole.rungs[1].ood != whole.ood


def test_only_the_search_has_rungs(config, smoke_suite):
    for name in (REMEASURED, HELD_OUT):
        assert measurement(name, smoke_suite, config).rungs == ()


def test_a_fit_below_a_threshold_is_pruned_there_and_costs_less(lab, whole):
    one = lab.measure(FLAT, thresholds=(at(10, LOW), at(30, HIGH)))
    assert one.status is Status.PRUNED and [r.steps for r in one.rungs] == [10, 30]
    assert one.reason.startswith("stopped at step 30: fitness -") and "+9.000" in one.reason
    assert not one.ood and not one.curve
    assert one.rungs == whole.rungs, "the same bits as a fit that nothing stops"


def test_the_same_thresholds_give_the_same_record_from_an_empty_store(lab, tmp_path):
    asked = (at(10, HIGH),)
    first = lab.measure(FLAT, thresholds=asked)
    lab.kept = tmp_path / "another"
    assert untimed(lab.measure(FLAT, thresholds=asked)) == untimed(first)


def test_a_candidate_that_passes_has_the_losses_of_one_that_met_no_threshold(lab, whole):
    passed = lab.measure(FLAT, thresholds=(at(10, LOW), at(30, LOW)))
    assert untimed(passed) == untimed(whole)


def test_a_pruned_source_is_judged_anew_by_other_thresholds_without_training(lab):
    first = lab.measure(FLAT, thresholds=(at(10, LOW), at(30, HIGH)))
    kept = files(lab)
    other = lab.measure(FLAT, thresholds=(at(10, LOW), at(30, HIGH - 1)))
    earlier = lab.measure(FLAT, thresholds=(at(10, HIGH), at(30, HIGH)))
    assert files(lab) == kept and len(kept) == 1
    assert other.timings == first.timings and "below +8.000" in other.reason
    assert [rung.steps for rung in earlier.rungs] == [10]


def test_a_pruned_source_that_is_asked_in_full_is_trained_in_full(lab, whole):
    lab.measure(FLAT, thresholds=(at(10, HIGH),))
    assert not lab.holds(FLAT)
    assert untimed(lab.measure(FLAT)) == untimed(whole)
    assert lab.holds(FLAT) and len(files(lab)) == 2


def test_a_pruned_source_that_new_thresholds_let_pass_is_trained_on_to_the_next(lab, whole):
    lab.measure(FLAT, thresholds=(at(10, HIGH),))
    further = lab.measure(FLAT, thresholds=(at(10, LOW), at(30, HIGH)))
    assert further.status is Status.PRUNED and further.rungs == whole.rungs


def test_a_kept_whole_fit_is_pruned_as_a_live_one(lab, tmp_path):
    asked = (at(10, LOW), at(30, HIGH))
    live = lab.measure(FLAT, thresholds=asked)
    lab.kept = tmp_path / "another"
    lab.measure(FLAT)
    assert untimed(lab.measure(FLAT, thresholds=asked)) == untimed(live)


def test_a_fit_that_breaks_later_is_pruned_all_the_same(opened, whole):
    broken = replace(
        whole, status=Status.TIMEOUT, reason="slow", machine_dependent=True,
        train=(), id=(), ood=(), rungs=whole.rungs[:1],
    )  # fmt: skip
    stopped = cut(broken, (at(10, HIGH),), scorer=opened.scorer)
    assert stopped.status is Status.PRUNED and not stopped.machine_dependent
    assert cut(broken, (at(30, HIGH),), scorer=opened.scorer) is None


def test_a_threshold_where_no_fit_tells_losses_is_refused(lab):
    with pytest.raises(ValueError, match=r"thresholds at \{20\}"):
        lab.measure(FLAT, thresholds=(at(20, LOW),))


def test_a_threshold_without_a_scorer_is_refused(whole):
    with pytest.raises(ValueError, match="give the lab a scorer"):
        cut(whole, (at(10, LOW),), scorer=None)


@pytest.fixture
def climb(opened, prepared):
    """A ladder of this lab, and predictions of the shape it asks for."""
    work, targets = prepared

    def start(*thresholds):
        ladder = Ladder(RUNGS, thresholds, scorer=opened.scorer, targets=targets)
        return ladder, np.zeros(work.x_test.shape[:2], np.float32)

    return start


def test_predictions_that_are_not_finite_end_a_fit_that_must_reach_something(climb):
    ladder, test = climb(at(30, LOW))
    test[0, 0] = np.nan
    assert ladder.at_rung(10, {"test": test})  # nothing is asked of it yet
    assert not ladder.at_rung(30, {"test": test})
    status, reason = ladder.verdict
    assert status is Status.FAILED and reason == "a prediction is not finite at step 30"
    assert ladder.rungs == (Rung(steps=10), Rung(steps=30))


def test_what_is_kept_of_a_fit_that_was_not_finite_is_cut_like_a_live_one(opened, whole):
    kept = replace(whole, rungs=(Rung(steps=10), whole.rungs[1]))
    stopped = cut(kept, (at(10, LOW),), scorer=opened.scorer)
    assert (stopped.status, stopped.reason) == (
        Status.FAILED,
        "a prediction is not finite at step 10",
    )
    assert opened.scorer.rungs(kept) == opened.scorer.rungs(whole)[1:]


@pytest.mark.parametrize(
    ("step", "arrays", "told"),
    [
        (30, "good", "where 10 was due"),
        (10, {}, "it sent {}"),
        (10, {"test": np.zeros((1, 1), np.float32)}, r"sent {'test': \('float32', \(1, 1\)"),
        (10, {"test": np.zeros((8, 128), np.int32)}, "int32"),
    ],
)
def test_what_is_out_of_turn_or_of_another_kind_is_refused(climb, step, arrays, told):
    ladder, test = climb()
    with pytest.raises(ProtocolError, match=told):
        ladder.at_rung(step, {"test": test} if arrays == "good" else arrays)
    assert not ladder.rungs


def test_a_rung_is_heard_once(climb):
    ladder, test = climb()
    assert ladder.at_rung(10, {"test": test})
    with pytest.raises(ProtocolError, match="rung 10, where 30 was due"):
        ladder.at_rung(10, {"test": test})
    assert ladder.at_rung(30, {"test": test}) and ladder.climbed
    with pytest.raises(ProtocolError, match="where None was due"):
        ladder.at_rung(30, {"test": test})


def test_relu_is_worth_zero_at_every_rung(opened):
    relu = opened.measure(RELU)
    assert opened.scorer.rungs(relu) == ((10, 0.0), (30, 0.0))


def test_an_evaluation_with_rungs_survives_its_file(whole):
    assert from_row(json.loads(json.dumps(to_row(whole))), Evaluation) == whole
    older = {k: v for k, v in to_row(whole).items() if k != "rungs"}
    assert from_row(older, Evaluation).rungs == ()


def test_pruned_without_a_rung_cannot_be(whole):
    with pytest.raises(ValueError, match="pruned, at no rung"):
        replace(whole, status=Status.PRUNED, reason="why", rungs=(), train=(), id=(), ood=())


def test_arms_share_the_rungs_of_all(smoke):
    arms = {
        "main": {},
        "one": {"search": {"ladder": [{"steps": 20}]}},
        "two": {"search": {"ladder": [{"steps": 10}, {"steps": 20}]}},
    }
    laid = changed(smoke, arms=arms)
    assert rung_steps(laid) == (10, 20)
    assert rung_steps(smoke) == ()


@pytest.mark.parametrize(
    ("ladder", "told"),
    [
        ([{"steps": 60}], r"ladder\.0\.steps: is 60, must be above 0 and below lab\.steps"),
        ([{"steps": 20}, {"steps": 20}], r"ladder\.1\.steps: is 20, must be above 20"),
        ([{"steps": 20, "keep": 99}], r"ladder\.0\.keep: is 99, above search\.elites"),
        ([{"keep": 2}], r"search\.ladder\.0\.steps: missing"),
        ([{"steps": 0}], r"search\.ladder\.0\.steps: is 0, must be at least 1"),
    ],
)
def test_a_ladder_that_cannot_work_is_refused(smoke, ladder, told):
    with pytest.raises(ConfigError, match=told):
        changed(smoke, search={"ladder": ladder})


def test_an_arms_fits_are_stopped_by_what_the_arm_is_paid_for(config, smoke_suite, tmp_path):
    """A threshold between what a fit is worth by the run's fitness and by the arm's."""
    paid = changed(config, fitness={"target": {"weights": {"polynomial": 0.0}}}).fitness
    rules = (config.fitness, paid)

    def measured(listed, rule, reference=()):
        with WarmProcess(handlers) as process:
            return measure_shard(
                listed,
                smoke_suite,
                name=SEARCH,
                settings=config,
                rule=rule,
                reference=reference,
                store=tmp_path,
                process=process,
            )

    known = measured([by_name(name).listed for name in ("relu", "gelu")], config.fitness)
    families = smoke_suite.families
    worth = [
        Scorer(known, families=families, rule=rule).rung_fitness(known[1].rungs[0])
        for rule in rules
    ]
    limit = at(RUNGS[0], sum(worth) / 2)
    child = proposal(0, source=GELU, thresholds=(limit,))
    ended = [measured([child], rule, known)[0].status for rule in rules]
    assert worth[0] != worth[1]
    assert ended == [Status.SCORED if one > limit.fitness else Status.PRUNED for one in worth]
