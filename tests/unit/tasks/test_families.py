"""Rules of the task families: what the targets are, and which settings are refused."""

import re

import numpy as np
import pytest
from numpy.polynomial import Chebyshev, Legendre
from scipy.special import sph_harm_y

from actmine.settings.suites import Custom
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import equations, feynman_target
from actmine.tasks.harmonic import draw_harmonic, draw_spherical, spherical_harmonic
from actmine.tasks.polynomial import draw_polynomial
from actmine.tasks.regions import (
    Box,
    Cap,
    CapComplement,
    Shell,
    bounds,
    disjoint,
    in_words,
)
from actmine.tasks.spheres import Ball, Sphere
from actmine.tasks.target import TaskError

# OOD over ID standard deviation when every input lies in [hi, 2·hi − lo]: measured apart
# from this code, so that a mistyped formula or range shows.
GROWTH = {
    "I.8.14": 1.0, "I.10.7": 1.0, "I.12.1": 2.3, "I.12.11": 8.9, "I.13.4": 5.0,
    "I.14.4": 5.0, "I.16.6": 1.0, "I.18.12": 4.2, "I.25.13": 0.31, "I.27.6": 0.52,
    "I.29.16": 2.2, "I.37.4": 3.1, "I.44.4": 4.2, "I.50.26": 3.4, "II.15.4": 5.9,
    "II.35.21": 2.5, "III.8.54": 1.0, "III.15.12": 2.0, "III.17.37": 6.2, "I.6.2": 0.21,
}  # fmt: skip


def generator(seed=0):
    return np.random.default_rng(seed)


def unit_vectors(n=200):
    x = generator().standard_normal((n, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("basis", "series"), [("chebyshev", Chebyshev), ("legendre", Legendre)]
)
def test_the_printed_polynomial_is_the_target(basis, series):
    target = draw_polynomial("p", basis=basis, degree=4, inputs=2, rng=generator())
    x = target.ood.sample(generator(), 50)
    total = np.zeros(50)
    for sign, weight, factors in re.findall(
        r"(-?) ?(\d+\.\d{4})\*((?:\w+(?:\(\d+, x\d\))?\*?)+)", target.formula
    ):
        term = np.full(50, float(sign + weight))
        for order, variable in re.findall(r"(?:\w+\((\d+), )?x(\d)", factors):
            term *= series.basis(int(order or 1))(x[:, int(variable) - 1])
        total += term
    np.testing.assert_allclose(target.function(x), total, rtol=1e-10, atol=1e-10)


def test_the_longest_polynomial_fits_the_formula_caps():
    target = draw_polynomial("p", basis="chebyshev", degree=6, inputs=3, rng=generator())
    assert np.isfinite(target.function(target.ood.sample(generator(), 5))).all()


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_a_polynomial_has_its_total_degree(inputs):
    target = draw_polynomial("p", basis="chebyshev", degree=3, inputs=inputs, rng=generator())
    direction = generator(1).standard_normal(inputs)
    along = np.linspace(-1, 1, 9)
    coefficients = np.polyfit(along, target.function(along[:, None] * direction), 6)
    np.testing.assert_allclose(coefficients[:3], 0, atol=1e-9)
    assert abs(coefficients[3]) > 1e-3


def test_a_harmonic_is_a_sum_of_its_sines():
    target = draw_harmonic("h", terms=3, frequencies=(1, 4), rng=generator())
    sines = re.findall(r"(\d\.\d+)\*sin\((\d\.\d+)\*x \+ (\d\.\d+)\)", target.formula)
    x = target.train.sample(generator(), 20)
    expected = sum(float(a) * np.sin(float(f) * x[:, 0] + float(p)) for a, f, p in sines)
    np.testing.assert_allclose(target.function(x), expected, rtol=1e-12)
    assert len(sines) == 3
    frequencies = [float(f) for _, f, _ in sines]
    assert 1 <= frequencies[0] <= 2 <= frequencies[1] <= 3 <= frequencies[2] <= 4


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("region", ["hemisphere", "cap"])
def test_a_spherical_target_has_the_parity_of_its_degree(degree, region):
    target = draw_spherical("s", degree=degree, region=region, rng=generator(degree))
    x = unit_vectors()
    np.testing.assert_allclose(
        target.function(-x), (-1) ** degree * target.function(x), atol=1e-12
    )


def test_real_spherical_harmonics_of_degree_1_are_the_coordinates():
    x = unit_vectors()
    for order, column in ((-1, 1), (0, 2), (1, 0)):
        np.testing.assert_allclose(
            spherical_harmonic(1, order, x), np.sqrt(3 / (4 * np.pi)) * x[:, column], atol=1e-14
        )


def test_real_spherical_harmonics_are_orthonormal():
    polar, azimuth = (
        np.arccos(np.polynomial.legendre.leggauss(12)[0]),
        np.arange(24) * np.pi / 12,
    )
    grid = np.array(
        [
            (np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t))
            for t in polar
            for p in azimuth
        ]
    )
    area = np.repeat(np.polynomial.legendre.leggauss(12)[1] * np.pi / 12, 24)
    values = np.array(
        [spherical_harmonic(d, m, grid) for d in range(5) for m in range(-d, d + 1)]
    )
    np.testing.assert_allclose((values * area) @ values.T, np.eye(25), atol=1e-12)
    assert np.allclose(np.abs(sph_harm_y(2, 0, polar, 0)), np.abs(values[6, ::24]))


@pytest.mark.parametrize("name", sorted(GROWTH))
def test_an_equation_grows_as_measured(name):
    target = feynman_target("f", equation=name)
    assert isinstance(target.train, Box) and isinstance(target.ood, Shell)
    beyond = Box(target.train.hi, target.ood.outer.hi)
    inside, outside = (
        target.function(region.sample(generator(), 40_000)).std()
        for region in (target.train, beyond)
    )
    assert outside / inside == pytest.approx(GROWTH[name], rel=0.08)


@pytest.mark.parametrize("name", sorted(GROWTH))
def test_an_equation_is_finite_all_over_its_shell(name):
    target = feynman_target("f", equation=name)
    assert np.isfinite(target.function(target.ood.sample(generator(), 40_000))).all()


def test_the_table_holds_every_measured_equation():
    assert set(equations()) == set(GROWTH)


def test_unlisted_variables_range_from_1_to_5():
    row = equations()["I.10.7"]
    assert row.formula.variables == ("m0", "v", "c")
    assert row.train == Box((1, 1, 3), (5, 2, 10))
    assert row.ood == Shell(row.train, Box((1, 1, 3), (9, 3, 17)))


def test_an_unknown_equation_is_refused_with_the_list():
    with pytest.raises(TaskError, match=r"'I.99.9'; allowed: I.6.2, I.8.14"):
        feynman_target("f", equation="I.99.9")


def custom(**changes):
    entry = {
        "name": "wave",
        "formula": "sin(x)*y",
        "train": {"x": [0, 1], "y": [0, 1]},
        "ood": {"x": [1, 2], "y": [0, 1]},
    }
    return Custom(**{**entry, **changes})


def test_a_custom_task_has_the_boxes_as_given():
    target = custom_target(custom())
    assert (target.name, target.variables) == ("custom_wave", ("x", "y"))
    assert target.train == Box((0, 0), (1, 1))
    assert target.ood == Box((1, 0), (2, 1))
    assert disjoint(target.train, target.ood)


def test_a_variable_that_the_formula_ignores_is_an_input():
    both = {"x": [0, 1], "y": [0, 1], "a": [0, 1]}
    target = custom_target(custom(train=both, ood={**both, "x": [2, 3]}))
    assert target.variables == ("x", "y", "a")


def sides(region):
    box = bounds(region)
    return dict(zip("xy", zip(box.lo, box.hi, strict=True), strict=False))


@pytest.mark.parametrize("seed", range(20))
def test_boxes_are_cut_at_their_far_ends_and_elsewhere_alike(seed):
    left = custom_target(custom(), rng=generator(seed))
    train, ood = sides(left.train), sides(left.ood)
    assert train["x"][1] == ood["x"][0] == 1  # they still touch
    assert 0 < train["x"][0] <= 0.5 and 1.5 <= ood["x"][1] < 2
    assert ood["x"][1] - 1 == pytest.approx(1 - train["x"][0])
    assert train["y"] == ood["y"]  # there the two were the same
    assert 0 <= train["y"][0] < train["y"][1] <= 1 and np.diff(train["y"]) >= 0.5


def test_boxes_that_mirror_each_other_still_do_when_cut():
    right, left = {"x": [0, 3], "y": [1, 2]}, {"x": [-3, 0], "y": [-2, -1]}
    for train, ood in ((right, left), (left, right)):
        target = custom_target(custom(train=train, ood=ood), rng=generator())
        for (low, high), (other_low, other_high) in zip(
            sides(target.train).values(), sides(target.ood).values(), strict=True
        ):
            assert (low, high) == pytest.approx((-other_high, -other_low))
        cut = bounds(target.train)
        # The ends that face each other are as they were.
        assert (cut.lo if train is right else cut.hi) in ((0, 1), (0, -1))


def test_a_gap_between_boxes_stays():
    apart = {"x": [5, 7], "y": [0, 1]}
    target = custom_target(custom(ood=apart), rng=generator())
    assert sides(target.train)["x"][1] == 1 and sides(target.ood)["x"][0] == 5
    assert sides(target.ood)["x"][1] < 7


def test_the_cut_of_a_box_never_reaches_beyond_it():
    """Ends that floats cannot hold exactly: what they round to must not overlap."""
    for seed in range(200):
        rng = generator(seed)
        low, middle, high = np.sort(rng.uniform(-1e3, 1e3, 3)) * 10.0 ** rng.integers(-6, 6)
        boxes = {"train": {"x": [low, middle]}, "ood": {"x": [middle, high]}}
        target = custom_target(custom(formula="sin(x)", **boxes), rng=rng)
        (train_low, train_high), (ood_low, ood_high) = (
            sides(region)["x"] for region in (target.train, target.ood)
        )
        assert low <= train_low < train_high <= middle <= ood_low < ood_high <= high


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"ood": {"x": [0.5, 2], "y": [-1, 1]}},
            r"custom task wave: .* overlap \(x from 0.5 to 1, y from 0 to 1\)",
        ),
        ({"formula": "sin(x)*z"}, "custom task wave: no range for z"),
        ({"formula": "x.real"}, "custom task wave: formula .*Attribute"),
        ({"formula": "3 +"}, r"custom task wave: formula '3 \+'"),
        (
            {"ood": {"x": [1, 2]}},
            "must name the same variables: train has x, y, ood has x$",
        ),
        ({"ood": {"x": [2, 1], "y": [0, 1]}}, r"ood.x is \[2, 1\], not \[lo, hi\]"),
        ({"ood": {"x": [1, float("inf")], "y": [0, 1]}}, "ood.x is"),
    ],
)
def test_a_custom_task_is_refused_by_name(changes, message):
    with pytest.raises(TaskError, match=message):
        custom_target(custom(**changes))


def test_a_shell_leaves_out_the_train_box_if_it_names_no_other():
    square = {"x": [-1, 1], "y": [-1, 1]}
    outer = {"x": [-2, 2], "y": [-2, 2]}
    inner = {"x": [-1.5, 1], "y": [-1, 1]}
    target = custom_target(custom(train=square, ood={"outer": outer}))
    assert target.ood == Shell(Box((-1, -1), (1, 1)), Box((-2, -2), (2, 2)))
    wider = custom_target(custom(train=square, ood={"outer": outer, "inner": inner}))
    assert wider.ood == Shell(Box((-1.5, -1), (1, 1)), Box((-2, -2), (2, 2)))


def test_a_region_is_told_by_the_names_of_its_inputs():
    box, outer = Box((0, -1), (4, 0.5)), Box((-1, -2), (5, 1))
    assert in_words(box, ("x", "z")) == "x from 0 to 4, z from -1 to 0.5"
    assert in_words(Shell(box, outer), ("x", "z")) == (
        "x from -1 to 5, z from -2 to 1, without x from 0 to 4, z from -1 to 0.5"
    )
    assert in_words(Ball(5, 2), ("x", "y")) == "the ball of radius 5"
    assert in_words(Ball(5, 2, hole=1), ("x", "y")) == "the ball of radius 5 with a hole of 1"
    cap = Cap((0, 0, 1), 0.5)
    assert in_words(CapComplement(cap), ("x", "y", "z")) == (
        "the unit sphere without the cap within 0.5 radians of (0, 0, 1)"
    )


def test_a_ball_begins_where_the_train_region_ends_if_it_names_no_hole():
    def places(train, ood):
        target = custom_target(custom(train=train, ood=ood))
        return target.train, target.ood

    assert places({"sphere": 1}, {"ball": 5}) == (Sphere(1, 2), Ball(5, 2, hole=1))
    assert places({"ball": 1}, {"ball": 5}) == (Ball(1, 2), Ball(5, 2, hole=1))
    assert places({"ball": 1}, {"ball": 5, "hole": 3}) == (Ball(1, 2), Ball(5, 2, hole=3))
    assert places({"ball": 1}, {"sphere": 2}) == (Ball(1, 2), Sphere(2, 2))


def test_a_sphere_has_the_inputs_of_the_formula_and_those_it_names():
    target = custom_target(custom(train={"sphere": 1, "inputs": ["b", "x"]}, ood={"ball": 2}))
    assert target.variables == ("x", "y", "b")
    assert target.train.dimension == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": {"sphere": 1}}, "one of train and ood is a sphere or a ball"),
        (
            {"train": {"sphere": 2}, "ood": {"ball": 5, "hole": 1}},
            r"train \(the sphere of radius 2\) and ood \(the ball",
        ),
        ({"train": {"sphere": 5}, "ood": {"ball": 5}}, "ood: .* 0 ≤ hole < radius"),
        ({"train": {"sphere": 1, "x": [0, 1]}}, "train has sphere and x; beside sphere only"),
        ({"train": {"ball": 1, "sphere": 2}}, "train has sphere and ball"),
        ({"train": {"hole": 1}}, "train has hole without outer or sphere or ball"),
        ({"ood": {"outer": {"x": [0, 1], "y": [0, 1]}}}, "ood: .* shell is 0 of the outer"),
        (
            {"train": {"outer": {"x": [0, 1], "y": [0, 1]}}},
            "train.outer leaves out the train box",
        ),
        ({"ood": {"outer": {"x": [-1, 2], "y": [0, 2]}, "inner": {"x": [0, 1]}}}, "ood.inner"),
        ({"train": {"sphere": 1}, "ood": {"ball": 2}, "boxes": 3}, "only boxes can be cut"),
        ({"formula": "x", "train": {"sphere": 1}, "ood": {"ball": 2}}, "two inputs or more"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_what_would_do(changes, message):
    with pytest.raises(TaskError, match=f"custom task wave.*{message}"):
        custom_target(custom(**changes))


def test_a_constant_cannot_name_a_variable():
    boxes = {"x": [0, 1], "y": [0, 1], "pi": [3, 4]}
    with pytest.raises(TaskError, match="'pi' cannot name a variable"):
        custom_target(custom(train=boxes, ood={**boxes, "x": [1, 2]}))
