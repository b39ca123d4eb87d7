"""Tasks of others are as their sources define them: values at points, data by their hash."""

import csv
import hashlib
from math import inf, pi
from pathlib import Path

import numpy as np
import pytest

from actmine.external import eql, feynman, llm_sr, nn_extrapolate, perkit
from actmine.external.plan import missing
from actmine.external.source import generator
from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box, Shell, bounds
from actmine.tasks.spheres import Ball, Sphere

POINT = {"x1": 0.3, "x2": -0.7, "x3": 0.5, "x4": 1.1}


def rng(seed=0):
    return generator(np.random.SeedSequence(seed))


def value(formula, **inputs):
    (found,) = formula.evaluate({name: np.array([x]) for name, x in inputs.items()})
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # As the authors' code has them at this point; its division has 3.14 for pi.
        ("division", 0.5427758795658592),
        ("F-1", 0.10647431999165935),
        ("F-2", 0.24090718710226824),
        ("F-3", -0.04743163389583858),
        ("F-4", 0.4241511734123037),
    ],
)
def test_a_formula_of_eql_has_the_authors_values(name, expected):
    formula = parse_formula(eql.FORMULAS[name])
    tolerance = 1e-3 if name == "division" else 1e-12
    inputs = {x: POINT[x] for x in formula.variables}
    assert value(formula, **inputs) == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize(("name", "inputs"), [("division", 2), ("F-3", 4)])
def test_eql_is_tested_in_the_cube_of_twice_the_size_without_the_first(name, inputs):
    target = eql.target("t", rng(), family=name)
    assert target.train == Box((-1,) * inputs, (1,) * inputs)
    assert target.ood == Shell(target.train, Box((-2,) * inputs, (2,) * inputs))


def row(inputs):
    return np.linspace(0.2, 0.9, inputs)[None, :]


def matrix(inputs, largest, shape):
    return rng().uniform(-largest, largest, shape(inputs)).round(8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cos", np.cos(pi * row(2)).sum()),
        ("sqrt", np.sqrt(row(8)).sum()),
        ("l1", np.abs(row(8)).sum()),
        ("quadratic", (row(8) @ matrix(8, 1.0, lambda n: (n, n)) @ row(8).T).item()),
        ("linear", (row(16) @ matrix(16, 20.0, lambda n: (n,))).item()),
    ],
)
def test_a_function_of_nn_extrapolate_is_what_its_generator_computes(name, expected):
    target = nn_extrapolate.target("t", rng(), family=name)
    x = row(len(target.variables))
    # Coefficients are rounded to the digits that the formula shows.
    assert target.function(x).item() == pytest.approx(expected, abs=2e-3)


def test_nn_extrapolate_lies_where_the_authors_scripts_put_it():
    places = {name: (data.train, data.ood) for name, data in nn_extrapolate.FUNCTIONS.items()}
    assert places["quadratic"] == (Sphere(1, 8), Ball(5, 8, 1))
    assert places["l1"] == (Sphere(0.5, 8), Ball(10, 8, 0.5))
    assert places["linear"] == (Sphere(5, 16), Ball(200, 16, 5))
    cos, sqrt = Box((-pi, -pi), (pi, pi)), Box((0,) * 8, (2,) * 8)
    assert places["cos"] == (cos, Shell(cos, Box((-2 * pi,) * 2, (2 * pi,) * 2)))
    assert places["sqrt"] == (sqrt, Shell(sqrt, Box((0,) * 8, (10,) * 8)))


def test_waves_of_perkit_have_its_phases():
    x = np.array([0.0, 0.1, 0.35])
    sine = perkit.wave("sin", x, period=0.5, phase=0.2)
    assert sine == pytest.approx(np.sin(4 * pi * np.array([0.2, 0.3, 0.55])))
    saw = perkit.wave("saw", x, period=0.5, phase=0.2)
    assert saw == pytest.approx([0.2, 0.4, 0.9])
    assert perkit.wave("saw", x + 0.5, period=0.5, phase=0.2) == pytest.approx(saw)


@pytest.mark.parametrize("seed", range(5))
def test_a_signal_of_perkit_repeats_after_a_master_period_but_for_its_trend(seed):
    target = perkit.target("t", rng(seed), family="two_sines")
    (end,) = bounds(target.train).hi
    master = end / perkit.TRAIN_PERIODS
    assert bounds(target.ood).hi == pytest.approx((2 * end,))
    x = np.linspace(-end, end, 101)[:, None]
    rise = target.function(x + master) - target.function(x)
    assert np.ptp(rise) < 1e-3  # periods are rounded to six digits
    assert 0 <= rise.mean() <= master


def feynman_values():
    with Path(__file__).with_name("feynman_values.csv").open(newline="") as file:
        return {line["name"]: float(line["value"]) for line in csv.DictReader(file)}


def test_every_equation_has_the_value_that_srsds_code_gives_it():
    """At one point of its box each, inputs at different shares of their ranges."""
    expected = feynman_values()
    table = feynman.equations()
    assert list(table) == list(expected) and len(table) == 120
    for name, equation in table.items():
        lo, hi = np.array(equation.train.lo), np.array(equation.train.hi)
        shares = np.array([(0.37 + 0.23 * k) % 1 for k in range(len(lo))])
        inputs = dict(zip(equation.formula.variables, lo + shares * (hi - lo), strict=True))
        found = value(equation.formula, **inputs)
        assert found == pytest.approx(expected[name], rel=1e-9, nan_ok=True), name


def test_what_is_left_out_of_feynman_cannot_be_a_task_and_all_else_can():
    for name, equation in feynman.equations().items():
        target = feynman.target("t", rng(), equation=equation)
        values = [
            target.function(region.sample(rng(), 4000)) for region in (target.train, target.ood)
        ]
        usable = all(np.isfinite(y).all() and y.std() > 1e-5 * np.abs(y).max() for y in values)
        assert usable == (name not in feynman.LEFT_OUT), name


@pytest.mark.skipif("llm_sr" in missing(), reason="llm4ad is not installed")
@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (
            "oscillation_1",
            [
                (10000, "933c8f27499da45c"),
                (10000, "26c2ab874d24b1b9"),
                (10000, "09e823fc1a4e71a7"),
            ],
        ),
        (
            "oscillation_2",
            [
                (10000, "4f2b85447af6f3c5"),
                (10000, "7bc9768896bf4d8f"),
                (10000, "b60bfc28b2bf85f2"),
            ],
        ),
        (
            "bacterial_growth",
            [
                (7500, "a740b001475fe8f9"),
                (2500, "c98af803df7ce2e3"),
                (15000, "b214f5b1ae37ead2"),
            ],
        ),
        (
            "stress_strain",
            [(2161, "5cd157192d475086"), (1442, "258c84f69c02cc9a"), (738, "f2cc945f91111357")],
        ),
    ],
)
def test_the_rows_of_llm_sr_are_these(family, expected):
    splits = llm_sr.read(family)
    assert list(splits) == ["train", "id", "ood"]
    found = [
        (len(x), hashlib.sha256(x.astype("<f8").tobytes()).hexdigest()[:16])
        for x in splits.values()
    ]
    assert found == expected
    assert max(np.abs(x).max() for x in splits.values()) < inf
