"""What a mutator's children gained and cost, from the records of a generation alone."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import evolution_records
from actmine.evolution.bandit import Returns
from actmine.evolution.evidence import gain
from actmine.evolution.population import Population, from_json, to_json
from actmine.evolution.reading import Generation
from actmine.evolution.returns import FLOPS_OF_REST, SLOT
from actmine.records.evaluation import Rung
from actmine.records.proposal import REMEASURE, Attempt, Kind
from actmine.records.status import Status
from actmine.tables.return_table import RETURNS, ReturnTable
from configured import changed
from evolution_records import elite, evaluation, proposal, scorer, succeeding

FAMILIES = ("polynomial", "polynomial", "harmonic")
ARM = "main"
FREE = 1 + 1 / FLOPS_OF_REST  # the training of a function of 1 FLOP


def island(**changes):
    first = replace(elite("parent", 0.1), scores=((0.1,),) * 3)
    return Population(generation=0, island=0, elites=(first,), history=(), **changes)


def child(index, mutator, *, usd=0.0, **changes):
    attempts = (Attempt(operator="o", candidate_id="c", status=Status.ACCEPTED, usd=usd),)
    fields = {"parents": ("parent",), "mutator": mutator, "attempts": attempts, **changes}
    return proposal(index, **fields)


def measured(proposed, *ood, **changes):
    return evolution_records.measured(proposed, *ood, timings={"cpu_s": 2.0}, **changes)


@pytest.fixture
def bandit(smoke):
    return changed(smoke, mutation={"adapt": "bandit"})


after = partial(succeeding, families=FAMILIES)


def test_a_gain_counts_as_far_as_it_is_sure(bandit):
    good, bad = child(0, "embedded"), child(1, "embedded")
    losses = (0.5, 0.4, 0.6)
    found = after(
        island(), [good, bad], [measured(good, *losses), measured(bad, 2.0, 2.0, 1.5)], bandit
    )
    scores = -np.log((np.array([losses]).T + 0.001) / 1.001)
    over = gain(scores, np.full((3, 1), 0.1), clip=2.0, design=scorer(FAMILIES).design)
    (one,) = found.returns
    assert one.gain == pytest.approx(over.value - over.standard_error, rel=1e-3) != 0
    assert one.squares == pytest.approx(one.gain**2)
    assert (one.mutator, one.children) == ("embedded", 2)
    assert one.fits == pytest.approx(2 * (SLOT + FREE)) and one.usd == 0


def test_what_is_no_better_beyond_its_error_gained_nothing(bandit):
    lucky = child(0, "embedded")
    found = after(island(), [lucky], [measured(lucky, 0.2, 2.0, 0.9)], bandit)
    assert found.returns[0].gain == 0


def test_what_the_guard_keeps_from_being_a_parent_gained_nothing(bandit):
    wild = child(0, "embedded")
    fit = measured(wild, 0.1, 0.1, 0.1, id=((99.0,),) * 3)
    assert after(island(), [wild], [fit], bandit).returns[0].gain == 0


def test_refused_stopped_and_dear_children_cost_what_they_took(bandit):
    refused = child(0, "m", usd=0.5, status=Status.REJECTED, reason="static: no")
    stopped, dear = child(1, "m", usd=0.25), child(2, "m", flops=FLOPS_OF_REST)
    fit = evaluation(stopped, status=Status.FAILED)
    rungs = (Rung(steps=bandit.lab.steps // 4),)
    fit = replace(fit, status=Status.PRUNED, reason="too far behind", rungs=rungs)
    found = after(
        island(), [refused, stopped, dear], [fit, measured(dear, 1.0, 1.0, 1.0)], bandit
    )
    (one,) = found.returns
    assert one.children == 3 and one.usd == 0.75
    assert one.fits == pytest.approx(3 * SLOT + FREE / 4 + 2)


def test_slots_without_budget_and_elites_measured_again_are_no_children(bandit):
    skipped = child(0, "m", status=Status.SKIPPED, reason="budget: usd")
    again = child(1, REMEASURE, kind=Kind.REMEASURE, repeat=1)
    found = after(island(), [skipped, again], [measured(again, 1.0, 1.0, 1.0)], bandit)
    assert found.returns == ()


def test_who_starts_from_the_seeds_again_has_to_beat_the_best(bandit):
    anew = [child(n, "embedded", parents=("a founder",)) for n in range(2)]
    fits = [measured(anew[0], 0.95, 0.95, 0.95), measured(anew[1], 0.5, 0.5, 0.5)]
    (one,) = after(island(), anew, fits, bandit).returns
    assert one.gain == pytest.approx(np.log(1.001 / 0.501) - 0.1, rel=1e-3)


def test_records_add_up_over_generations_and_survive_a_file(bandit):
    kept = Returns(mutator="m", children=7, gain=0.5, squares=0.1, fits=9.0, usd=1.5)
    other = replace(kept, mutator="a")
    one = child(0, "m", usd=0.5)
    found = after(island(returns=(other, kept)), [one], [measured(one, 1.0, 1.0, 1.0)], bandit)
    assert found.returns[0] == other
    assert (found.returns[1].children, found.returns[1].usd) == (8, 2.0)
    assert from_json(to_json(found)).returns == found.returns


def test_without_the_bandit_no_file_tells_of_it(smoke):
    one = child(0, "embedded")
    found = after(island(), [one], [measured(one, 0.5, 0.5, 0.5)], smoke)
    assert found.returns == () and "returns" not in to_json(found)


def rows_of(config, *children, loss=0.5):
    """The table's rows of one generation after the seeds."""
    table = ReturnTable({ARM: config})
    seeds = Generation(arm=ARM, proposals=(), evaluations=(), population=island())
    fits = tuple(
        measured(one, *(loss + 0.1 * n,) * 3)
        for n, one in enumerate(children)
        if one.status is Status.ACCEPTED
    )
    later = Generation(
        arm=ARM,
        proposals=children,
        evaluations=fits,
        population=replace(island(), generation=1),
    )
    for one in (seeds, later):
        table.add(one, scorer(FAMILIES))
    return table.rows()


def test_the_table_has_each_mutators_gain_by_second_and_dollar_with_intervals(smoke):
    made = [child(n, "model", usd=0.1) for n in range(4)] + [child(4, "embedded")]
    embedded, model = rows_of(smoke, *made)
    assert list(model) == list(RETURNS)
    gains = [np.log(1.001 / (0.501 + 0.1 * n)) - 0.1 for n in range(4)]
    assert model["gained"] == 4 and model["gain"] == pytest.approx(sum(gains), rel=1e-3)
    assert (model["cpu_s"], model["usd"]) == (8.0, pytest.approx(0.4))
    assert model["gain_per_cpu_s"] == pytest.approx(sum(gains) / 8, rel=1e-3)
    assert model["gain_per_usd"] == pytest.approx(sum(gains) / 0.4, rel=1e-3)
    # Equal costs: Student's interval of the mean gain, over the cost.
    reach = 3.182446 * np.std(gains, ddof=1) / 2
    assert model["gain_per_usd_low"] == pytest.approx((np.mean(gains) - reach) / 0.1, rel=1e-3)
    assert model["gain_per_usd_high"] == pytest.approx((np.mean(gains) + reach) / 0.1, rel=1e-3)
    assert np.isnan(embedded["gain_per_usd"]) and np.isnan(embedded["gain_per_cpu_s_low"])


def test_a_mutator_that_trained_nothing_has_no_gain_by_second(smoke):
    (row,) = rows_of(smoke, child(0, "m", usd=0.1, status=Status.REJECTED, reason="no"))
    assert np.isnan(row["gain_per_cpu_s"]) and row["gain_per_usd"] == 0
