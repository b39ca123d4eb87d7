"""Runs pooled over seeds, of outcomes whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from actmine import layout
from actmine.lab.estimate import alike
from actmine.settings import frozen
from actmine.settings.configuration import ConfigError
from actmine.validation.arm_outcomes import ArmOutcome
from actmine.validation.pooled_runs import (
    KNOWN,
    PooledRun,
    comparisons,
    gap,
    over_runs,
    pooled_gap,
    read_pooled,
    require_same_length,
    survival,
)
from actmine.validation.pooled_tables import difference_table, run_table
from actmine.validation.strategy_outcomes import Outcome
from configured import changed

TASKS = 40
KNOWN_FITNESS = 0.25


def ended(arm, champion, *, searched=0.5, known=None, generations=10):
    """An arm whose champion has these contributions by task; none if there is no champion."""
    known = np.full(TASKS, KNOWN_FITNESS) if known is None else known
    outcome = Outcome(
        arm=arm,
        strategy=arm,
        seed=1,
        generations=generations,
        candidates=400,
        candidates_cpu_s=500.0,
        cpu_s=600.0,
        known="SiLU",
        known_searched=0.3,
        known_held_out=float(known.mean()),
        champion="" if champion is None else "f",
        searched=None if champion is None else searched,
        held_out=None if champion is None else float(champion.mean()),
    )
    return ArmOutcome(outcome=outcome, champion=champion, known=known)


def pooled(*pairs, **options):
    """A run for each pair of mean gains, of evolution and of sampling; tasks differ alike."""
    wave = np.where(np.arange(TASKS) % 2, 0.1, -0.1)
    return [
        PooledRun(
            name=f"run-{seed}",
            seed=seed,
            design=alike(TASKS),
            arms={
                arm: ended(
                    arm, None if gain is None else KNOWN_FITNESS + gain + wave, **options
                )
                for arm, gain in zip(("evolution", "sampling"), pair, strict=True)
            },
        )
        for seed, pair in enumerate(pairs)
    ]


def test_a_run_compares_by_task_as_a_paired_t_test_does():
    rng = np.random.default_rng(1)
    mine, theirs, known = rng.normal(0.3, 0.5, size=(3, TASKS))
    arms = {
        "a": ended("a", mine, known=known),
        "b": ended("b", theirs, known=known),
    }
    run = PooledRun(name="one", seed=1, design=alike(TASKS), arms=arms)
    for worse, other in (("b", theirs), (KNOWN, known)):
        found = gap(run, "a", worse)
        test = scipy.stats.ttest_rel(mine, other)
        ends = test.confidence_interval()
        assert found.p == pytest.approx(test.pvalue)
        assert found.interval.mean == pytest.approx((mine - other).mean())
        assert (found.interval.low, found.interval.high) == pytest.approx((ends.low, ends.high))


def test_over_runs_the_interval_is_that_of_one_number_a_run():
    gains = [(0.20, 0.10), (0.10, 0.05), (-0.05, 0.02), (0.01, 0.0), (0.15, 0.20)]
    runs = pooled(*gains)
    for worse, differences in (
        (KNOWN, [mine for mine, _ in gains]),
        ("sampling", [mine - other for mine, other in gains]),
    ):
        found = pooled_gap(runs, "evolution", worse)
        low, high = scipy.stats.t.interval(
            0.95, 4, loc=np.mean(differences), scale=scipy.stats.sem(differences)
        )
        assert found.interval.mean == pytest.approx(np.mean(differences))
        assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
        assert found.ahead == sum(difference > 0 for difference in differences)


def test_runs_that_show_a_difference_by_themselves_are_counted_with_their_sign():
    # The standard error by task is 0.1 / √39 = 0.016: 0.01 and 0 are not shown.
    found = pooled_gap(
        pooled((0.2, 0), (0.1, 0), (0.01, 0), (0.0, 0), (-0.1, 0)), "evolution", KNOWN
    )
    assert [one.shown for one in found.gaps] == [1, 1, 0, 0, -1]
    assert (found.ahead, found.shown, found.reversed) == (3, 2, 1)


def test_a_run_without_a_champion_is_left_out_of_its_comparisons_alone():
    runs = pooled((0.2, 0.1), (0.1, None), (0.3, 0.1))
    assert [one.run for one in pooled_gap(runs, "evolution", "sampling").gaps] == [
        "run-0", "run-2"
    ]  # fmt: skip
    assert len(pooled_gap(runs, "evolution", KNOWN).gaps) == 3
    assert len(pooled_gap(runs, "sampling", KNOWN).gaps) == 2


def test_one_run_gives_no_interval_over_runs():
    assert over_runs([0.1, None]) is None
    assert pooled_gap(pooled((0.2, 0.1)), "evolution", KNOWN).interval is None


def test_survival_is_the_median_of_the_runs_whose_search_gained():
    # The search gained 0.2 over the best known function in each.
    runs = pooled(*[(gain, 0) for gain in (0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24)])
    found = survival(runs, "evolution")
    assert found.shares == pytest.approx((0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2))
    assert found.median == pytest.approx(0.6)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0, 1.2))
    nothing = survival(pooled((0.1, 0.1), searched=0.3), "evolution")
    assert (nothing.shares, nothing.median, nothing.interval) == ((), None, None)


def test_every_arm_is_compared_with_the_best_known_and_one_with_all():
    assert comparisons(["a", "b", "c"], of="b") == [
        ("b", KNOWN), ("a", KNOWN), ("c", KNOWN), ("b", "a"), ("b", "c")
    ]  # fmt: skip


def test_the_tables_have_what_is_said():
    runs = pooled((0.2, 0.1), (0.1, None))
    by_run = run_table(runs)
    assert list(by_run["arm"]) == ["evolution", "sampling"] * 2
    assert list(by_run["gain"].fillna(9)) == pytest.approx([0.2, 0.1, 0.1, 9])
    assert (by_run["low"] < by_run["gain"])[by_run["gain"].notna()].all()
    table = difference_table(runs, of="evolution").to_dict("records")
    (row,) = [one for one in table if (one["better"], one["worse"]) == ("evolution", KNOWN)]
    assert row["difference"] == pytest.approx(0.15) and row["survival"] == pytest.approx(0.75)
    assert (row["runs"], row["above"], row["shown"], row["gained"]) == (2, 2, 2, 2)
    (other,) = [one for one in table if one["worse"] == "sampling"]
    assert np.isnan(other["survival"]) and other["runs"] == 1


@pytest.fixture
def made(tmp_path, smoke):
    """Writes what refusals are decided by: a frozen run, said to be validated."""

    def make(name, *, validated=True, **values):
        folder = tmp_path / name
        settings = changed(smoke, run=name, **values)
        frozen.write(folder / layout.RUN_FILE, frozen.description(settings))
        if validated:
            (folder / "validation").mkdir()
            (folder / "validation" / "leaderboard.csv").touch()
        return folder

    return make


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": 2, "lab": {"width": 8}}, r"these keys differ: lab\.width\. "),
        (
            {"seed": 2, "search": {"islands": 2, "elites": 5}},
            r"these keys differ: search\.elites, search\.islands\. ",
        ),
        ({"seed": 2, "arms": {"a": {}}}, r"these keys differ: arms\.a\. "),
        ({"seed": 1}, r"b: seed: is 1, as in .*a: the same tasks"),
        ({"seed": 2, "validated": False}, "b: not validated yet"),
    ],
)
def test_runs_that_are_no_repetitions_are_refused_by_name(made, values, message):
    with pytest.raises(ConfigError, match=message):
        read_pooled([made("a", seed=1), made("b", **values)])


def test_a_run_that_is_named_twice_is_refused(made):
    folder = made("a", seed=1)
    with pytest.raises(ConfigError, match="the same tasks and searches do not count twice"):
        read_pooled([folder, folder])


def test_a_run_that_searched_for_longer_is_refused():
    runs = pooled((0.1, 0.1), (0.2, 0.1))
    require_same_length(runs)
    longer = {arm: ended(arm, None, generations=12) for arm in runs[0].arms}
    with pytest.raises(ConfigError, match=r"search.generations: 12 were made in run-1, and 10"):
        require_same_length([runs[0], replace(runs[1], arms=longer)])
