"""Contrast, families, other labs and crossed biases."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from actmine import layout
from actmine.evolution.population import Population
from actmine.evolution.reading import Generation
from actmine.files import write_json
from actmine.functions.catalog import by_name
from actmine.lab.fitness import Losses
from actmine.lab.measure import lab_settings, measurement
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Coupling, Origin, candidate_id
from actmine.records.evaluation import Evaluation, table
from actmine.records.listed import Listed, Role
from actmine.records.rows import from_row, to_row, write_records
from actmine.records.status import Status
from actmine.settings.arms import leaders_asked
from actmine.settings.configuration import ConfigError, arm_settings, load, under
from actmine.settings.measurements import CONTROL, HELD_OUT, REMEASURED, SEARCH
from actmine.validation.conclusions import champions, compared
from actmine.validation.finalists import Mined, add_mined, contrast, draw_contrast
from actmine.validation.further_tables import (
    ROBUSTNESS_COLUMNS,
    cross_table,
    family_table,
    robustness_rows,
    robustness_table,
)
from actmine.validation.leaders import best_known, best_of, read_leaders
from configured import changed
from evolution_records import elite, evaluation, proposal, scorer

FAMILIES = ("polynomial", "polynomial", "harmonic", "harmonic")
OTHERS = ("polynomial", "spherical", "feynman")  # than sums of sines


def measured(name, ood, *, status=Status.SCORED):
    rows = table([[one] for one in ood]) if status is Status.SCORED else ()
    return Evaluation(
        candidate_id=name, status=status, reason="" if rows else "it broke", suite="held_out",
        suite_hash="h", replicates=(0,), train=rows, id=rows, ood=rows,
    )  # fmt: skip


def references(ood=(4.0, 1.0, 1.0, 1.0)):
    return [measured(candidate_id(by_name(n).source), ood) for n in ("relu", "gelu")]


def scorer_of(**weights):
    target = {"fitness": {"target": {"weights": weights}}}
    return Scorer(references(), families=FAMILIES, rule=changed(load(), **target).fitness)


def listed(name, **changes):
    return replace(elite(name, 0.5).listed, **changes)


@pytest.fixture
def searched():
    proposals = tuple(proposal(n) for n in range(6))
    seed = proposal(6, origin=Origin.CATALOG)
    failed = evaluation(proposals[5], status=Status.FAILED)
    return Generation(
        arm="main",
        proposals=(*proposals, seed),
        evaluations=(*map(evaluation, (*proposals[:5], seed)), failed),
        population=Population(generation=1, island=0, elites=(), history=()),
    )


def test_contrast_is_drawn_from_what_was_mined_scored_and_not_taken(searched):
    taken = {searched.proposals[0].candidate_id}
    drawn = contrast([searched], scorer(), taken=taken, count=9, seed=1)
    assert {one.name for one in drawn} == {"f1", "f2", "f3", "f4"}
    assert all(one.role is Role.CONTRAST and one.search_fitness == 0 for one in drawn)
    assert [from_row(to_row(one), Listed) for one in drawn] == drawn


def test_what_was_mined_is_drawn_from_as_from_the_generations_themselves(searched):
    mined: Mined = {}
    for generation in (searched, searched):  # the second adds nothing
        add_mined(mined, generation, scorer())
    for count in (1, 3, 9):
        taken = {searched.proposals[count % 5].candidate_id}
        drawn = contrast([searched], scorer(), taken=taken, count=count, seed=1)
        assert draw_contrast(mined, taken=taken, count=count, seed=1) == drawn


def test_a_generation_without_losses_keeps_none_that_somebody_added(searched):
    @dataclass(frozen=True, kw_only=True)
    class Wider(Generation):
        lines: tuple[Evaluation, ...]

    parts = {name: getattr(searched, name) for name in ("arm", "proposals", "evaluations")}
    wider = Wider(**parts, population=searched.population, lines=searched.evaluations)
    kept = wider.without_losses()
    assert type(kept) is Generation and kept.proposals == searched.proposals
    assert [len(one.ood) for one in kept.evaluations] == [1] * 6 + [0]


def test_the_same_seed_draws_the_same_contrast(searched):
    draws = [
        contrast([searched], scorer(), taken=(), count=2, seed=seed)
        for seed in (1, 1, *range(9))
    ]
    assert draws[0] == draws[1] and all(len(one) == 2 for one in draws)
    assert len({tuple(one.name for one in drawn) for drawn in draws}) > 2


def test_families_are_told_apart():
    relu = Losses(
        **dict.fromkeys(("train", "id", "ood"), np.array([[4.0], [4], [1], [1], [2]]))
    )
    one = Losses(**dict.fromkeys(("train", "id", "ood"), np.array([[1.0], [2], [1], [1], [1]])))
    found = family_table(
        {"c1": one},
        names={"c1": "f"},
        relu=relu,
        families=(*FAMILIES, "feynman"),
        constant=np.array([4.0, 2, 0.25, 1, 0.1]),
        epsilon=1e-9,
    ).set_index("family")
    assert found.loc["polynomial", "log_ratio_relu"] == pytest.approx(1.5 * np.log(2))
    assert found.loc["polynomial", "low"] < np.log(2) < found.loc["polynomial", "high"]
    assert tuple(found.loc["harmonic", ["low", "high", "ood_loss"]]) == (0, 0, 1)
    assert found.loc["polynomial", "ratio_constant"] == pytest.approx(0.5)  # of 1/4 and 1
    assert found.loc["harmonic", "ratio_constant"] == pytest.approx(2)  # of 4 and 1
    assert found.loc["feynman", "ratio_constant"] == pytest.approx(10)
    assert found["tasks"]["feynman"] == 1 and np.isnan(found["low"]["feynman"])


def test_a_target_weighs_the_same_losses():
    held_out = {
        "wave": measured("wave", [4, 1, 0.25, 0.2]),
        "line": measured("line", [1, 1, 2, 2]),
    }
    champions_of = {
        "periodic": listed("x", candidate_id="wave"),
        "growth": listed("y", candidate_id="line"),
    }
    scorers = {"periodic": scorer_of(polynomial=0), "growth": scorer_of(harmonic=0)}
    found = cross_table(champions_of, held_out, scorers).set_index(["mined_for", "measured_on"])
    fitness = found["fitness"]
    assert fitness[("periodic", "periodic")] > 1
    assert fitness[("periodic", "growth")] == pytest.approx(0)
    assert fitness[("growth", "periodic")] < 0 < fitness[("growth", "growth")]
    assert len(cross_table(champions_of, {}, scorers)) == 0  # neither was measured


def test_every_arm_has_the_champion_of_its_own_target():
    remeasured = {
        "a": measured("a", [4, 1, 0.5, 0.5]),
        "b": measured("b", [1, 1, 1, 1]),
        "c": measured("c", [0.1, 0.1, 0.1, 0.1]),
    }
    mined = [
        replace(listed(name), candidate_id=name, role=role)
        for name, role in (("a", Role.FINALIST), ("b", Role.FINALIST), ("c", Role.CONTRAST))
    ]
    scorers = {"periodic": scorer_of(polynomial=0), "growth": scorer_of(harmonic=0)}
    found = champions(dict.fromkeys(scorers, mined), remeasured, scorers)
    assert {arm: one.candidate_id for arm, one in found.items()} == {
        "periodic": "a",
        "growth": "b",
    }


def test_the_best_known_function_is_that_of_the_search_tasks():
    coupled = listed("t", coupling=Coupling.BATCH, search_fitness=9.0)
    good, other = listed("g", search_fitness=0.3), listed("o", search_fitness=0.1)
    unmeasured = listed("u", search_fitness=None)
    assert best_of([other, coupled, good, unmeasured]) is good
    assert best_of([other, coupled], allow_batch_coupled=True) is coupled
    assert best_of([unmeasured]) is None


def test_whoever_is_compared_further_is_named_once_champions_first():
    one, known = listed("a"), listed("k")
    names = [entry.name for entry in compared([one, None, one], known)]
    assert names == [one.name, known.name, "GELU", "ReLU"]


def test_a_setting_of_the_lab_overrides_its_keys_alone(smoke, smoke_suite):
    asked = changed(smoke, validation={"robustness": {"wide": {"width": "24"}}})
    wide = lab_settings(under(asked, "robust-wide"))
    assert wide == replace(lab_settings(smoke), width=24)
    assert measurement("robust-wide", smoke_suite, asked).settings == wide
    assert under(asked, CONTROL) is asked


def test_measurements_share_no_network(smoke, smoke_suite):
    numbers = [
        number
        for name in (SEARCH, REMEASURED, HELD_OUT, CONTROL)
        for number in measurement(name, smoke_suite, smoke).replicates
    ]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("lab", "message"),
    [
        ({"widht": 3}, r"robustness\.odd: lab\.widht: no such key"),
        ({"replicates": 3}, r"odd\.replicates: the same everywhere"),
        ({"device": "cuda"}, r"odd\.device: the same everywhere; set lab\.device"),
        ({"optimizer": "lion"}, r"lab\.optimizer: is 'lion'"),
    ],
)
def test_a_setting_that_is_none_of_the_labs_is_refused(smoke, lab, message):
    with pytest.raises(ConfigError, match=message):
        changed(smoke, validation={"robustness": {"odd": lab}})


def test_a_function_that_failed_in_another_lab_has_a_row_without_figures(smoke):
    found = {"a": measured("a", [2, 1, 1, 1]), "b": measured("b", (), status=Status.FAILED)}
    rows = robustness_rows(
        "sgd", smoke.lab, scorer_of(), found, {"a": "f", "b": "g", "c": "unmeasured"}
    )
    first, second = robustness_table(rows).to_dict("records")
    assert first["ratio_gelu"] < 1 and first["fitness"] > 0 and first["optimizer"] == "adam"
    assert np.isnan(second["fitness"]) and second["name"] == "g"
    without = robustness_rows("sgd", smoke.lab, None, found, {"a": "f"})
    assert np.isnan(without[0]["ratio_gelu"]) and tuple(without[0]) == ROBUSTNESS_COLUMNS


def test_an_arm_may_be_paid_for_another_target():
    whole = load("biases")
    weights = arm_settings(whole, "parity").fitness.target.weights
    assert weights == dict.fromkeys(("polynomial", "harmonic", "spherical", "feynman"), 0)
    assert whole.fitness.target.weights == {}
    with pytest.raises(ConfigError, match=r"arms\.parity\.fitness\.clip: no such key"):
        changed(whole, arms={"parity": {"fitness": {"clip": 1}}})


def test_the_best_known_function_of_an_arms_own_target_goes_to_held_out_tasks(tmp_path):
    """Sine leads for the arm that is paid for waves alone; one more place is made for it."""
    catalog = ["relu", "gelu", "tanh", "silu", "sin"]
    known = [by_name(name).listed for name in catalog]
    losses = ((4, 4, 4, 4), (2, 2, 2, 2), (1, 1, 4, 4), (1, 1, 3, 3), (9, 9, 1, 1))
    shard = [
        replace(measured(one.candidate_id, ood), suite=SEARCH)
        for one, ood in zip(known, losses, strict=True)
    ]
    write_records(layout.catalog(tmp_path), known)
    write_records(
        layout.catalog_measured(tmp_path, SEARCH) / "shard_0/evaluations.jsonl", shard
    )
    write_records(layout.reference(tmp_path, SEARCH), shard[:2])
    tasks = [{"family": family} for family in FAMILIES]
    write_json(layout.manifest(tmp_path, SEARCH), {"tasks": tasks})
    settings = changed(load(), validation={"leaders": 1, "catalog": catalog})
    names = [one.name for one in read_leaders(tmp_path, settings)]
    assert names == ["ReLU", "GELU", "SiLU"]
    waves = {"fitness": {"target": {"weights": dict.fromkeys(OTHERS, 0)}}}
    arms = changed(settings, arms={"main": {}, "waves": waves, "again": waves})
    assert [one.name for one in read_leaders(tmp_path, arms)] == [*names, "Sine"]
    assert leaders_asked(settings) == 1 and leaders_asked(arms) == 2
    assert best_known(tmp_path, arm_settings(arms, "waves")).name == "Sine"
    assert best_known(tmp_path, arms).name == "SiLU"
