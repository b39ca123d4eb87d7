"""A shape is read from a fingerprint alone, and unlike shapes have niches of their own."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from actmine.evolution.descriptors import Growth, describe, inputs, niche
from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.fingerprint import LENGTH, OUTPUTS, SHRUNK
from actmine.gate.static import load
from actmine.records.candidate import Coupling
from evolution_shapes import print_of_curve
from probed import check, fingerprint


def known(key):
    activation = load(by_name(key).source)
    return describe(fingerprint(activation), coupling=check(activation), flops=1.0)


def curve(function, *, coupling=Coupling.POINTWISE):
    return describe(print_of_curve(function), coupling=coupling, flops=1.0)


def growth(function):
    found = curve(function)
    return f"{found.growth_left}|{found.growth_right}"


NICHES = {
    "flat|linear|monotone|kinked|pointwise": "relu leaky_relu hard_swish selu flatten_t_swish",
    "flat|linear|monotone|smooth|pointwise": "smelu elu celu gelu gelu_tanh silu mish softplus "
    "squareplus logish smish serf tanh_exp golu elish hardelish phish gish suish e_swish "
    "shifted_softplus atlu tanhsoft_1 eis_2 erfact erfrelu isrlu pflu fpflu",
    "flat|steep|monotone|smooth|pointwise": "squared_relu recu starrelu polyrelu xielu",
    "flat|flat|monotone|kinked|pointwise": "relu6 hard_tanh hard_sigmoid brelu penalized_tanh",
    "flat|flat|monotone|smooth|pointwise": "tanh sigmoid softsign arctan erf isru elliott "
    "lecun_tanh sqnl soft_clipping log_log",
    "flat|flat|folded|smooth|pointwise": "dsilu gaussian sq_rbf",
    "linear|linear|folded|smooth|pointwise": "softmodulusq lisht log_cosh multiquadric dsu "
    "gmtu",
    "wave|wave|wavy|pointwise": "sin siren sinc finer expsin",
    "linear|linear|wavy|pointwise": "snake snake_5 x_plus_sin",
    "steep|steep|wavy|pointwise": "growing_cosine asu",
    "wave|linear|wavy|pointwise": "ssu gelusine",
    "flat|linear|wavy|pointwise": "sinlu coslu gelu_sinc",
    "linear|linear|monotone|kinked|pointwise": "prelu very_leaky_relu hardshrink softshrink",
    "linear|linear|folded|kinked|pointwise": "absolute_value cone",
    "steep|steep|folded|smooth|pointwise": "quadratic squ",
    "steep|steep|monotone|smooth|pointwise": "ncu",
    "flat|linear|folded|kinked|pointwise": "serlu",
    "linear|linear|monotone|smooth|pointwise": "bent_identity swim rational pau reltanh "
    "tanhshrink",
    "flat|linear|folded|smooth|pointwise": "soft_root_sign",
    "flat|flat|wavy|pointwise": "mexican_hat morlet",
    "linear|linear|batch-coupled": "turbulent",
    # A coupled function has no curve: what stands beside its points differs from run to run.
    "wave|linear|feature-coupled": "fisg",
    "linear|linear|feature-coupled": "phase_flipped",
}


# --- the print's layout


@pytest.mark.parametrize(
    "key",
    [key for cell, keys in NICHES.items() if "pointwise" in cell for key in keys.split()],
)
def test_the_inputs_are_where_the_outputs_of_a_print_were_taken(key):
    activation = load(by_name(key).source)
    x = fingerprint(lambda x: x + 0.0 * x)[:OUTPUTS]
    with torch.no_grad():
        expected = activation(torch.from_numpy(x).reshape(1, -1))
    np.testing.assert_allclose(
        fingerprint(activation)[:OUTPUTS], expected.numpy()[0], rtol=1e-6, atol=1e-5
    )


def test_the_inputs_are_a_runs_but_for_what_it_keeps_secret_and_ascend():
    seen = fingerprint(lambda x: x + 0.0 * x)[:OUTPUTS]
    np.testing.assert_allclose(inputs(), seen, rtol=SHRUNK)
    assert (np.diff(inputs()) > 0.0).all() and inputs()[-1] == 8.0


def test_gradients_are_not_read():
    straight = fingerprint(lambda x: x * F.sigmoid(x))
    detached = fingerprint(lambda x: x * F.sigmoid(x).detach())
    assert not np.array_equal(straight, detached)
    settings: dict[str, Any] = {"coupling": Coupling.POINTWISE, "flops": 1.0}
    assert describe(straight, **settings) == describe(detached, **settings)


@pytest.mark.parametrize(
    "broken", [np.zeros(5, dtype=np.float32), np.full(LENGTH, np.nan, dtype=np.float32)]
)
def test_what_is_no_fingerprint_is_refused(broken):
    with pytest.raises(ValueError, match="is not 128 finite values"):
        describe(broken, coupling=Coupling.POINTWISE, flops=1.0)


# --- niches


@pytest.mark.parametrize(
    ("key", "expected"), [(key, cell) for cell, keys in NICHES.items() for key in keys.split()]
)
def test_a_known_activation_has_its_niche(key, expected):
    assert niche(known(key)) == expected


def test_every_known_activation_is_in_the_table():
    assert {key for keys in NICHES.values() for key in keys.split()} == {
        entry.key for entry in CATALOG
    }


def test_unlike_functions_do_not_share_a_niche():
    cells = [
        niche(known(key)) for key in ("relu", "gelu", "sin", "gelusine", "tanh", "gaussian")
    ]
    cells.append(niche(curve(np.square)))
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize("function", [F.gelu, F.relu, torch.exp, torch.sin])
def test_mirror_images_share_a_niche(function):
    cells = {
        niche(describe(fingerprint(f), coupling=Coupling.POINTWISE, flops=1.0))
        for f in (function, lambda x: function(-x), lambda x: -function(x))
    }
    assert len(cells) == 1


@pytest.mark.parametrize("scale", [1e-4, 30.0, 1e30])
@pytest.mark.parametrize("function", [np.tanh, np.sin, np.square, lambda x: x + np.sin(x)])
def test_scale_does_not_matter(function, scale):
    assert niche(curve(lambda x: scale * function(x))) == niche(curve(function))


@pytest.mark.parametrize("function", [np.tanh, np.sin, np.square, lambda x: np.maximum(x, 0)])
def test_a_constant_added_does_not_matter(function):
    assert niche(curve(lambda x: function(x) + 100.0)) == niche(curve(function))


# --- growth


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.exp, "flat|steep"),
        (lambda x: np.abs(x) ** 1.5, "linear|linear"),
        (lambda x: x**3, "steep|steep"),
        (lambda x: np.sign(x) * np.log1p(np.abs(x)), "linear|linear"),
        (lambda x: np.maximum(x - 3.0, 0.0), "flat|linear"),
        (lambda x: x + np.sin(x), "linear|linear"),
        (lambda x: x * np.sin(x), "steep|steep"),
        (lambda x: np.sin(x * x), "wave|wave"),
        (lambda x: np.where(x > 0, np.cos(2 * x), 1.0), "flat|wave"),
        # the dip of a wide SiLU lies far out and is no wave
        (lambda x: x / (1.0 + np.exp(-0.3 * x)), "flat|linear"),
    ],
)
def test_growth_of_either_side(function, expected):
    assert growth(function) == expected


def test_a_function_mirrored_has_its_sides_exchanged():
    assert growth(lambda x: np.exp(-x)) == "steep|flat"


# --- the other descriptors


@pytest.mark.parametrize(
    ("function", "turns"),
    [
        (lambda x: x, 0),
        (np.square, 0),
        (np.tanh, 1),
        (lambda x: np.exp(-x * x), 2),
        (lambda x: x * np.exp(-x * x), 3),
        (np.cos, 4),
        (np.sin, 5),
        (lambda x: np.sin(1.4 * x), 7),
        # a wave too small beside its line
        (lambda x: x + 0.02 * np.sin(x), 0),
    ],
)
def test_oscillation_counts_the_turns_of_the_slope(function, turns):
    assert curve(function).oscillation == turns


def test_rounding_is_no_oscillation():
    assert curve(lambda x: x + 1e5).oscillation == 0


def test_monotone_is_the_share_of_travel_in_one_direction():
    assert curve(np.tanh).monotone == curve(lambda x: -x).monotone == 1.0
    assert curve(lambda x: np.exp(-x * x)).monotone == pytest.approx(0.5)
    assert 0.95 < known("gelu").monotone < 1.0


def test_a_kink_is_not_smooth_and_a_bend_is():
    assert curve(lambda x: np.maximum(x, 0.0)).smoothness < 0.3
    assert curve(np.abs).smoothness < 0.3
    for key in ("gelu", "tanh", "softsign", "gaussian", "squared_relu"):
        assert known(key).smoothness > 0.95


def test_symmetry_runs_from_odd_to_even():
    assert curve(np.cos).symmetry == pytest.approx(1.0)
    assert curve(np.sin).symmetry == pytest.approx(-1.0)
    assert known("sigmoid").symmetry == pytest.approx(-1.0, abs=1e-3)
    assert -0.7 < curve(lambda x: np.maximum(x, 0.0)).symmetry < -0.5


def test_a_constant_has_finite_descriptors():
    found = curve(lambda x: 0.0 * x + 3.0)
    assert (found.growth_left, found.growth_right) == (Growth.FLAT, Growth.FLAT)
    numbers = [found.oscillation, found.monotone, found.smoothness, found.symmetry]
    assert numbers == [0, 1.0, 1.0, 0.0]


def test_coupling_and_flops_are_as_the_gate_saw_them():
    found = describe(print_of_curve(np.sin), coupling=Coupling.BATCH, flops=17.0)
    assert found.coupling is Coupling.BATCH and found.flops == 17.0
    assert niche(found) == "wave|wave|batch-coupled"


# --- coupled functions


@pytest.mark.parametrize(
    ("function", "coupling", "expected"),
    [
        (lambda x: F.relu(x - x.mean()), Coupling.BATCH, "flat|linear|batch-coupled"),
        (
            lambda x: F.gelu(x + 0.1 * x.roll(1, 1)),
            Coupling.FEATURE,
            "flat|linear|feature-coupled",
        ),
        (lambda x: torch.tanh(x) + 0.1 * x.roll(1, 1), Coupling.FEATURE, None),
        (lambda x: torch.softmax(x, dim=1), Coupling.FEATURE, None),
        (lambda x: x.roll(1, 1), Coupling.FEATURE, None),
        (lambda x: torch.cumsum(x, 0), Coupling.BATCH, None),
    ],
)
def test_a_coupled_function_has_a_niche_of_its_tails_alone(function, coupling, expected):
    found = describe(fingerprint(function), coupling=coupling, flops=1.0)
    cell = niche(found)
    assert cell == (expected or cell) and len(cell.split("|")) == 3
    assert all(
        np.isfinite(number) for number in (found.monotone, found.smoothness, found.symmetry)
    )


def test_descriptors_leave_torch_unloaded():
    script = "import sys, actmine.evolution.archive; sys.exit('torch' in sys.modules)"
    path = ":".join(part for part in sys.path if part)
    assert (
        subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": path}).returncode == 0
    )
