"""What an island remembers of the ideas that it tried, where models are told of them."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from actmine.evolution import experience as experience_module
from actmine.evolution.experience import experience, remembered
from actmine.evolution.population import Population, from_json, to_json
from actmine.functions.catalog import by_name
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.proposal import TUNE, Kind
from actmine.records.status import Status
from configured import changed
from evolution_records import elite, evaluation, measured, proposal, scorer, succeeding

FAMILIES = ("polynomial", "polynomial", "harmonic")
MODEL = {"kind": "llm", "model": "openai/test", "price": {"input": 1, "output": 2}}


def parent(name="parent", *scores):
    return replace(elite(name, 0.1), scores=tuple((s,) for s in scores) or ((0.1,),) * 3)


def island(*elites, **changes):
    return Population(generation=0, island=0, elites=elites, history=(), **changes)


@pytest.fixture
def asking(smoke):
    return changed(smoke, mutation={"mutators": [MODEL]})


after = partial(succeeding, families=FAMILIES)


def test_a_childs_gain_is_over_its_parent_paired_by_task(asking):
    child = proposal(0, parents=("parent",), formula="2 x")
    losses = (0.5, 0.4, 0.9)
    found = after(
        island(parent("parent", 0.5, 0.7, 0.0)), [child], [measured(child, *losses)], asking
    )
    (one,) = found.tried
    own = -np.log((np.array(losses) + 0.001) / 1.001)
    differences = own - [0.5, 0.7, 0.0]
    assert one.gain == pytest.approx(differences.mean(), rel=1e-3)
    assert one.gain_error is not None and one.gain_error < 0.2  # not that of the fitness
    assert one.fitness == pytest.approx(own.mean(), rel=1e-3)
    assert (one.parent, one.formula, one.generation) == ("parent", "2 x", 1)
    assert one.shape.endswith("pointwise") and one.reason == ""


def test_further_measurements_of_the_parent_do_not_spoil_the_pairing(asking):
    lucky = replace(parent(), scores=((0.5, -0.5),) * 3, measurements=2)
    child = proposal(0, parents=("parent",))
    found = after(island(lucky), [child], [measured(child, 0.5, 0.5, 0.5)], asking)
    assert found.tried[0].gain == pytest.approx(np.log(1.001 / 0.501) - 0.5, rel=1e-3)


def test_failures_of_every_kind_leave_a_line(asking):
    refused = proposal(0, status=Status.REJECTED, reason="static: no", fingerprint="")
    twice = proposal(1, status=Status.DUPLICATE, reason="behaves like")
    broken, misfit = proposal(2), proposal(3)
    nothing = proposal(4, status=Status.SKIPPED, reason="budget", source="")
    found = after(
        island(parent()),
        [refused, twice, broken, misfit, nothing],
        [
            replace(evaluation(broken, status=Status.FAILED), reason="not finite"),
            measured(misfit, 0.5, 0.5, 0.5, id=((15.0,),) * 3),
        ],
        asking,
    )
    told = [(one.name, one.status, one.reason) for one in found.tried]
    assert told == [
        ("f0", "rejected", "static: no"),
        ("f1", "duplicate", "behaves like"),
        ("f2", "failed", "training: not finite"),
        ("f3", "scored", "its ID loss is 15 times ReLU's"),
    ]
    assert [bool(one.shape) for one in found.tried] == [False, True, True, True]
    assert not any(one.improved for one in found.tried)


def test_where_a_fit_was_stopped_is_told_with_what_it_had(asking):
    child = proposal(0, parents=("parent",))
    halves = ((0.5,),) * 3
    stopped = replace(
        evaluation(child, status=Status.FAILED),
        status=Status.PRUNED,
        rungs=(Rung(steps=20, id=halves, ood=halves),),
    )
    relu = Evaluation(
        candidate_id=by_name("relu").candidate.candidate_id,
        status=Status.SCORED,
        suite="search",
        suite_hash="0",
        replicates=(0,),
        train=((1.0,),) * 3,
        id=((1.0,),) * 3,
        ood=((1.0,),) * 3,
        rungs=(Rung(steps=20, id=((1.0,),) * 3, ood=((1.0,),) * 3),),
    )
    found = after(island(parent()), [child], [stopped, relu], asking)
    (one,) = found.tried
    assert (one.status, one.steps, one.reason) == (Status.PRUNED, 20, "")
    assert one.fitness == pytest.approx(np.log(1.001 / 0.501), rel=1e-3) and one.gain is None


def test_tunings_measurements_and_seeds_are_no_ideas(asking):
    tuned = proposal(0, operator=TUNE)
    again = proposal(1, kind=Kind.REMEASURE, repeat=1)
    both = [measured(tuned, 0.5, 0.5, 0.5), measured(again, 0.5, 0.5, 0.5)]
    assert after(island(parent()), [tuned, again], both, asking).tried == ()
    seed = proposal(0)
    assert after(None, [seed], [measured(seed, 0.5, 0.5, 0.5)], asking).tried == ()


def test_a_run_without_models_remembers_nothing_and_its_file_says_nothing(smoke, asking):
    child = proposal(0)
    results = [measured(child, 0.5, 0.5, 0.5)]
    plain = after(island(parent()), [child], results, smoke)
    told = after(island(parent()), [child], results, asking)
    assert plain.tried == () and "tried" not in to_json(plain)
    assert from_json(to_json(plain)) == plain
    assert len(told.tried) == 1 and from_json(to_json(told)) == told
    assert replace(told, tried=()) == plain


def test_an_island_remembers_the_best_and_the_youngest(asking):
    child = proposal(0, parents=("parent",))
    first = after(island(parent()), [child], [measured(child, 0.1, 0.1, 0.1)], asking)
    (good,) = first.tried
    assert good.improved
    poor = [replace(good, candidate_id=f"c{k}", gain=-1.0) for k in range(1000)]
    kept = remembered([good, *poor])
    assert len(kept) == experience_module.MOST
    assert kept[0] is good and list(kept[1:]) == poor[-len(kept) + 1 :]


def test_what_is_proposed_twice_keeps_its_outcome(asking):
    child = proposal(0, parents=("parent",))
    first = after(island(parent()), [child], [measured(child, 0.1, 0.1, 0.1)], asking)
    again = proposal(0, generation=2, status=Status.DUPLICATE, reason="behaves like")
    assert again.candidate_id == child.candidate_id
    known = experience(first, first, [], [again], scorer=scorer(FAMILIES))
    assert known == first.tried
