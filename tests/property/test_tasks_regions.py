"""Properties of regions, formulas and drawn tasks over random configurations."""

from math import pi

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from actmine.records.rows import from_row, to_row
from actmine.tasks.formula import FormulaError, parse_formula
from actmine.tasks.regions import Box, Cap, CapComplement, Shell, disjoint
from actmine.tasks.spheres import Ball, Sphere
from actmine.tasks.suite import load_suite, save_suite
from configured import drawn

# Small whole bounds, so that touching and nested regions come up often.
BOUNDS = st.tuples(st.integers(-4, 4), st.integers(1, 4)).map(lambda p: (p[0], p[0] + p[1]))
SEEDS = st.integers(0, 2**32)


@st.composite
def boxes(draw, dimension):
    lo, hi = zip(*[draw(BOUNDS) for _ in range(dimension)], strict=True)
    return Box(tuple(map(float, lo)), tuple(map(float, hi)))


@st.composite
def flats(draw, dimension):
    """A box, or a shell around it."""
    inner = draw(boxes(dimension))
    if draw(st.booleans()):
        return inner
    margins = draw(st.lists(st.integers(0, 2), min_size=2 * dimension, max_size=2 * dimension))
    assume(any(margins))
    lo = tuple(bound - m for bound, m in zip(inner.lo, margins[:dimension], strict=True))
    hi = tuple(bound + m for bound, m in zip(inner.hi, margins[dimension:], strict=True))
    return Shell(inner, Box(lo, hi))


@st.composite
def caps(draw):
    vector = np.array(draw(st.tuples(*[st.integers(-3, 3)] * 3)), dtype=float)
    assume(vector.any())
    x, y, z = map(float, vector / np.linalg.norm(vector))
    cap = Cap((x, y, z), draw(st.floats(0.01, pi - 0.01)))
    return CapComplement(cap) if draw(st.booleans()) else cap


@st.composite
def overlapping_caps(draw):
    """Two caps about distinct axes, together wide enough to reach from one to the other."""
    turn = np.radians(draw(st.integers(1, 179)))
    first = draw(st.floats(0.01, pi - 0.01))
    second = draw(st.floats(max(0.01, turn - first + 1e-6), pi - 0.01))
    return Cap((0.0, 0.0, 1.0), first), Cap(
        (float(np.sin(turn)), 0.0, float(np.cos(turn))), second
    )


@st.composite
def rounds(draw, dimension):
    """A sphere, or a ball with or without a hole; small whole radii, so that borders meet."""
    radius = draw(st.integers(1, 4))
    if draw(st.booleans()):
        return Sphere(float(radius), dimension)
    return Ball(float(radius), dimension, float(draw(st.integers(0, radius - 1))))


FLAT_PAIRS = st.integers(1, 3).flatmap(lambda d: st.tuples(flats(d), flats(d)))
ROUND_PAIRS = st.integers(2, 8).flatmap(lambda d: st.tuples(rounds(d), rounds(d)))
REGIONS = st.one_of(st.integers(1, 3).flatmap(flats), caps(), st.integers(2, 8).flatmap(rounds))


def cell_centres(a, b):
    """One point in each cell of the grid of all bounds; regions are unions of cells."""
    outers = [region.outer if isinstance(region, Shell) else region for region in (a, b)]
    low = np.min([box.lo for box in outers], axis=0)
    high = np.max([box.hi for box in outers], axis=0)
    axes = [np.arange(lo, hi) + 0.5 for lo, hi in zip(low, high, strict=True)]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)


@settings(deadline=None)
@given(REGIONS, SEEDS)
def test_samples_lie_in_their_region(region, seed):
    x = region.sample(np.random.default_rng(seed), 50)
    assert x.shape == (50, region.dimension)
    assert x.dtype == np.float64
    assert region.contains(x).all()


@settings(deadline=None)
@given(REGIONS, SEEDS)
def test_the_same_generator_gives_the_same_samples(region, seed):
    a, b = (region.sample(np.random.default_rng(seed), 20) for _ in range(2))
    assert np.array_equal(a, b)


@settings(deadline=None)
@given(REGIONS)
def test_a_description_gives_the_region_back(region):
    assert from_row(to_row(region), type(region)) == region


@settings(deadline=None)
@given(FLAT_PAIRS)
def test_boxes_and_shells_are_disjoint_iff_no_cell_is_shared(pair):
    a, b = pair
    centres = cell_centres(a, b)
    shared = (a.contains(centres) & b.contains(centres)).any()
    assert disjoint(a, b) == disjoint(b, a) == (not shared)


@settings(deadline=None)
@given(ROUND_PAIRS)
def test_spheres_and_balls_are_disjoint_iff_they_share_no_distance(pair):
    a, b = pair
    # Every distance at which one begins or ends, and one between each two of them.
    rays = np.zeros((9, a.dimension))
    rays[:, 0] = np.arange(0.5, 5.0, 0.5)
    shared = (a.contains(rays) & b.contains(rays)).any()
    assert disjoint(a, b) == disjoint(b, a) == (not shared)


def test_a_ball_is_sampled_evenly_in_distance():
    distances = np.linalg.norm(Ball(5.0, 8, 1.0).sample(np.random.default_rng(0), 4000), axis=1)
    assert np.histogram(distances, bins=4, range=(1, 5))[0] == pytest.approx(
        [1000] * 4, rel=0.1
    )


def test_a_box_and_a_ball_are_not_compared():
    with pytest.raises(ValueError, match="both must be boxes or shells, or both spheres"):
        disjoint(Box((0.0, 0.0), (1.0, 1.0)), Ball(1.0, 2))


@settings(deadline=None)
@given(st.tuples(caps(), caps()), SEEDS)
def test_disjoint_caps_share_no_sample(pair, seed):
    a, b = pair
    rng = np.random.default_rng(seed)
    x = np.concatenate([a.sample(rng, 300), b.sample(rng, 300)])
    if disjoint(a, b):
        assert not (a.contains(x) & b.contains(x)).any()
    assert disjoint(a, b) == disjoint(b, a)


@settings(deadline=None)
@given(caps())
def test_a_cap_and_its_complement_share_nothing_and_cover_the_sphere(region):
    cap = region.cap if isinstance(region, CapComplement) else region
    outside = CapComplement(cap)
    assert disjoint(cap, outside)
    assert not disjoint(cap, cap)
    assert not disjoint(outside, outside)
    x = np.random.default_rng(0).standard_normal((500, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    assert (cap.contains(x) ^ outside.contains(x)).all()


@settings(deadline=None)
@given(overlapping_caps())
def test_caps_that_are_not_disjoint_share_a_point(pair):
    a, b = pair
    assert not disjoint(a, b)
    # On the arc between the axes, at the depth of both: the share each angle has in the sum.
    between = np.arctan2(np.linalg.norm(np.cross(a.axis, b.axis)), np.dot(a.axis, b.axis))
    turn = between * a.angle / (a.angle + b.angle)
    x = np.sin(between - turn) * np.array(a.axis) + np.sin(turn) * np.array(b.axis)
    x = x[None] / np.linalg.norm(x)
    for cap in (a, b):
        wider = Cap(cap.axis, min(cap.angle + 1e-6, pi - 1e-3))
        assert wider.contains(x).all() or cap.contains(x).all()


def test_a_point_off_the_sphere_lies_in_no_cap():
    cap = Cap((0.0, 0.0, 1.0), 1.0)
    x = np.array([[0.0, 0.0, 1.1], [0.0, 0.0, -0.9]])
    assert not cap.contains(x).any()
    assert not CapComplement(cap).contains(x).any()


def test_a_cap_is_sampled_evenly():
    heights = Cap((0.0, 1.0, 0.0), pi / 3).sample(np.random.default_rng(0), 20_000)[:, 1]
    np.testing.assert_allclose(
        np.quantile(heights, [0.25, 0.5, 0.75]), [0.625, 0.75, 0.875], atol=0.01
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Box((0.0,), (0.0,)),
        lambda: Box((), ()),
        lambda: Box((0.0,), (float("nan"),)),
        lambda: Box((-1e308,), (1e308,)),
        lambda: Shell(Box((0.0,), (2.0,)), Box((0.0,), (1.0,))),
        lambda: Shell(Box((0.0,), (1.0,)), Box((0.0,), (1.0,))),
        lambda: Cap((0.0, 0.0, 2.0), 1.0),
        lambda: Cap((0.0, 0.0, 1.0), pi),
        lambda: from_row({"kind": "ball", "lo": [0.0], "hi": [1.0]}, Box),
        lambda: disjoint(Box((0.0,), (1.0,)), Box((0.0, 0.0), (1.0, 1.0))),
        lambda: disjoint(Cap((0.0, 0.0, 1.0), 1.0), Box((0.0,) * 3, (1.0,) * 3)),
    ],
)
def test_what_is_no_region_is_refused(make):
    with pytest.raises(ValueError, match=r"box|shell|cap|region|spaces"):
        make()


SUITES = st.fixed_dictionaries(
    {
        "samples": st.fixed_dictionaries(
            dict.fromkeys(("train", "id_test", "ood_test"), st.integers(16, 40))
        )
    },
    optional={
        "polynomial": st.fixed_dictionaries(
            {"count": st.integers(1, 3), "basis": st.sampled_from(["chebyshev", "legendre"])}
        ),
        "harmonic": st.fixed_dictionaries({"count": st.integers(1, 3)}),
        "spherical": st.fixed_dictionaries(
            {"count": st.integers(1, 3), "region": st.sampled_from(["hemisphere", "cap"])}
        ),
        "feynman": st.fixed_dictionaries(
            {
                "equations": st.lists(
                    st.sampled_from(["I.8.14", "I.10.7", "I.27.6", "III.8.54", "I.6.2"]),
                    min_size=1,
                    unique=True,
                )
            }
        ),
    },
).filter(lambda chosen: len(chosen) > 1)


def original(task, kind, region):
    """Inputs in original units; float32 may have moved them over a border by this much."""
    x = getattr(task, f"x_{kind}").astype(float) * task.x_std + task.x_mean
    if isinstance(region, Cap | CapComplement):
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


@settings(max_examples=25, deadline=None)
@given(SUITES, SEEDS)
def test_no_ood_row_lies_in_the_train_region_nor_the_reverse(chosen, seed):
    for task in drawn("s", seed=seed, **chosen).tasks:
        assert disjoint(task.train_region, task.ood_region)
        for kind, own, other in (
            ("train", task.train_region, task.ood_region),
            ("id", task.train_region, task.ood_region),
            ("ood", task.ood_region, task.train_region),
        ):
            x = original(task, kind, own)
            strayed = x[other.contains(x)]
            if isinstance(own, Cap | CapComplement):
                cap = own if isinstance(own, Cap) else own.cap
                depth = np.abs(strayed @ np.asarray(cap.axis) - np.cos(cap.angle))
                assert (depth < 1e-5).all()
            else:
                assert isinstance(task.train_region, Box)
                bounds = np.array([task.train_region.lo, task.train_region.hi])
                depth = np.abs(strayed[:, None] - bounds).min(axis=(1, 2), initial=np.inf)
                assert (depth < 1e-5).all()


@settings(max_examples=25, deadline=None)
@given(SUITES, SEEDS)
def test_train_rows_are_standardised(chosen, seed):
    for task in drawn("s", seed=seed, **chosen).tasks:
        for rows in (task.x_train, task.y_train[:, None]):
            np.testing.assert_allclose(rows.mean(axis=0, dtype=float), 0, atol=1e-6)
            np.testing.assert_allclose(rows.std(axis=0, dtype=float), 1, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(chosen=SUITES, seed=SEEDS)
def test_a_suite_survives_its_files_with_the_same_bytes(tmp_path_factory, chosen, seed):
    folder = tmp_path_factory.mktemp("suite")
    first, second = ((folder / f"{n}.npz", folder / f"{n}.json") for n in "ab")
    save_suite(drawn("s", seed=seed, **chosen), *first)
    save_suite(load_suite(*first), *second)
    for old, new in zip(first, second, strict=True):
        assert old.read_bytes() == new.read_bytes()
    assert load_suite(*second).hash == drawn("s", seed=seed, **chosen).hash


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda e: f"(-{e})"),
        inner.map(lambda e: f"sin({e})"),
        inner.map(lambda e: f"exp({e})"),
        st.tuples(inner, inner).map(lambda p: f"Max({p[0]}, {p[1]})"),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(EXPRESSIONS)
def test_formulas_have_the_values_that_numpy_computes(text):
    x, y = np.linspace(-1, 1, 5), np.linspace(0.3, 2, 5)
    names = {"x": x, "y": y, "pi": np.pi, "sin": np.sin, "exp": np.exp, "Max": np.maximum}
    with np.errstate(all="ignore"):
        try:
            expected = np.broadcast_to(eval(text, {}, names), 5)  # the test's own text
        except ZeroDivisionError:  # of two Python numbers, where NumPy says inf
            assume(False)
    values = parse_formula(text).evaluate({"x": x, "y": y})
    np.testing.assert_allclose(values, expected, rtol=1e-12)


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("x1+-*/() .e_", max_size=60))
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        formula = parse_formula(text)
    except FormulaError as error:
        assert "formula" in str(error)
    else:
        assert (
            formula.evaluate(dict.fromkeys(formula.variables, np.ones(3))).dtype == np.float64
        )
