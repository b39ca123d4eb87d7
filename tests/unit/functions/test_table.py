"""Every row of the table is true of torch: a new one stands here as soon as it is written."""

import math

import pytest
import torch

from actmine.functions.floats import value_of
from actmine.functions.table import ANYTHING, NOTHING, OPERATORS, TABLE, called, canonical
from table_rows import arguments, call, function, inputs, names

UNARY = [one for one in TABLE.values() if one.is_unary and one.spelled]
POINTWISE = [one for one in TABLE.values() if one.arguments and one.spelled]
SEVERAL = [one for one in POINTWISE if len(one.spelled) > 1]
# `~True` is −2 in Python; and what it has no function for, SymPy has.
MEANT = [one for one in POINTWISE if one.name != "logical_not" and value_of(one.name)]
TRAITS = {"odd", "even", "increasing", "decreasing", "bowl", "dips", "explodes", "pole"} | {
    *("idempotent", "keeps_positive", "moves", "same", "reduces", "within", "shape_only")
}


@pytest.mark.filterwarnings("ignore:To copy construct")
@names(SEVERAL)
def test_all_that_a_row_is_called_is_one_function(one):
    first = call(one, one.spelled[0])
    for spelled in one.spelled[1:]:
        torch.testing.assert_close(call(one, spelled), first, rtol=1e-6, atol=1e-9)
        assert canonical(spelled) == one.name


@pytest.mark.filterwarnings("ignore:To copy construct")
@names(MEANT)
def test_the_meaning_has_torchs_values(one):
    rows = zip(*(x.tolist() for x in torch.broadcast_tensors(*arguments(one))), strict=True)
    told = torch.tensor([float(value_of(one.name)(*row)) for row in rows], dtype=torch.float64)
    torch.testing.assert_close(told, call(one, one.spelled[0]).expand(told.shape))


@names([one for one in UNARY if one.traits & {"odd", "even"}])
def test_parity_holds(one):
    x = inputs(one)
    there, back = (function(one.spelled[0])(side).double() for side in (x, -x))
    torch.testing.assert_close(back, -there if "odd" in one.traits else there)


@names([one for one in UNARY if one.range != ANYTHING])
def test_values_lie_within_the_range_and_a_dip_reaches_its_end(one):
    low, high = one.range
    apply, scales = function(one.spelled[0]), (1, 20) if one.domain == ANYTHING else (1,)
    values = torch.cat([apply(scale * inputs(one)) for scale in scales]).double()
    assert low <= values.min() and values.max() <= high
    if "dips" in one.traits:
        assert values.min() == pytest.approx(low, rel=0.03)


@names([one for one in UNARY if one.traits & {"increasing", "decreasing", "bowl"}])
def test_directions_hold(one):
    x = inputs(one)
    sides = [x[x > 0], x[x < 0]] if one.traits & {"bowl", "pole"} else [x]
    for side in sides:
        if len(side):
            steps = function(one.spelled[0])(side).double().diff()
            falls = "decreasing" in one.traits or ("bowl" in one.traits and side[0] < 0)
            assert (steps <= 1e-12).all() if falls else (steps >= -1e-12).all()


@names([one for one in UNARY if one.traits & {"idempotent", "keeps_positive"}])
def test_what_may_be_left_out_changes_nothing(one):
    apply = function(one.spelled[0])
    if "idempotent" in one.traits:
        once = apply(inputs(one))
        assert torch.equal(apply(once), once)
    if "keeps_positive" in one.traits:
        positive = inputs(one).abs()
        assert torch.equal(apply(positive), positive)


@names([one for one in POINTWISE if one.defaults])
def test_defaults_and_their_names_are_torchs(one):
    apply, args = function(one.spelled[0]), arguments(one)
    plain = apply(*args, min=-math.inf) if one.name == "clamp" else apply(*args)
    assert torch.equal(apply(*args, **one.defaults), plain)


def test_outside_of_a_domain_a_value_or_a_slope_is_missing():
    for one in UNARY:
        for end in one.domain:
            if math.isfinite(end) and one.name not in ("tan", "gamma"):
                x = torch.tensor(end, dtype=torch.float64, requires_grad=True)
                y = function(one.spelled[0])(x)
                (slope,) = torch.autograd.grad(y, x)
                assert not (y.isfinite() and slope.isfinite()), one.name


def test_a_name_has_one_meaning_whatever_it_is_called_from():
    spelled = [word for one in TABLE.values() for word in one.spelled]
    assert len(spelled) == len(set(spelled))
    assert all(called(word) is one for one in TABLE.values() for word in one.spelled)
    assert called("torch.nothing") is NOTHING and canonical("nothing") == "nothing"


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("torch.arcsinh", "asinh"),
        ("x.arcsinh", "asinh"),
        ("torch.special.expit", "sigmoid"),
        ("torch.clip", "clamp"),
        ("x.true_divide", "div"),
        ("math.fabs", "abs"),
    ],
)
def test_aliases_have_one_canonical_name(spelled, name):
    assert canonical(spelled) == name


def test_arguments_are_bound_by_place_and_name():
    assert TABLE["clamp"].bind([1], {"max": 2}) == {"x": 1, "max": 2}
    assert TABLE["clamp_max"].bind([1, 2], {}) == {"x": 1, "max": 2}
    for given, named in (([], {}), ([1, 2, 3], {}), ([1, 2], {"max": 3}), ([1, 2], {"y": 3})):
        assert TABLE["clamp_max"].bind(given, named) is None


def test_rows_are_well_formed():
    assert {trait for one in TABLE.values() for trait in one.traits} == TRAITS
    operators = [name for one in TABLE.values() for name in one.operators]
    assert len(operators) == len(set(operators)) == len(OPERATORS)
    for one in TABLE.values():
        constant = one.name in ("zeros_like", "ones_like")
        assert one.range[0] == one.range[1] if constant else one.range[0] < one.range[1]
        assert set(one.defaults) <= set(one.arguments) and one.domain[0] < one.domain[1]
        assert one.spelled or one.operators or one.latex, f"nothing needs the row {one.name}"
