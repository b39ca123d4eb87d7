"""A print tells behaviours apart, whatever the source text, and survives its text form."""

import base64
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from actmine.functions.catalog import CATALOG
from actmine.gate.fingerprint import (
    LENGTH,
    SHRUNK,
    decode,
    draw_probe,
    encode,
    find_duplicate,
    grid,
    same_behaviour,
)
from actmine.gate.static import load
from probed import PROBES, fingerprint

torch.set_num_threads(1)

NO_HISTORY = np.empty((0, LENGTH), dtype=np.float32)


# --- alike


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (F.relu, lambda x: (x + x.abs()) / 2),
        (F.silu, lambda x: x * torch.sigmoid(x)),
        (torch.tanh, lambda x: 2 * torch.sigmoid(2 * x) - 1),
        (lambda x: torch.sin(x) ** 2, lambda x: (1 - torch.cos(2 * x)) / 2),
        (F.gelu, lambda x: F.gelu(x) + 1e-5 * torch.sin(x)),
        (lambda x: x**3, lambda x: x * x * x),
        (lambda x: x - x.mean(), lambda x: x - x.sum() / x.numel()),
        (lambda x: torch.roll(x, 1, 1), lambda x: torch.cat([x[:, -1:], x[:, :-1]], 1)),
    ],
)
def test_two_spellings_of_one_function_are_alike(a, b):
    assert same_behaviour(fingerprint(a), fingerprint(b))


# --- different


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (F.gelu, lambda x: F.gelu(x) + 0.01 * torch.sin(x)),
        (F.relu, F.gelu),
        (lambda x: x**3, lambda x: x**3 + 0.1 * torch.sin(x)),
        (lambda x: torch.sin(30 * x), lambda x: torch.sin(31 * x)),
        # tiny functions: the tolerance follows their scale
        (lambda x: 1e-4 * torch.sin(x), lambda x: 1e-4 * torch.tanh(x)),
        # equal outputs, different training
        (F.silu, lambda x: x * torch.sigmoid(x).detach()),
        # coupling
        (lambda x: x, lambda x: x - x.mean()),
        (lambda x: x - x.mean(), lambda x: x - x.mean(0)),
        (lambda x: x - x.mean(1, keepdim=True), lambda x: x - x.mean()),
        (lambda x: torch.roll(x, 1, 1), lambda x: torch.roll(x, -1, 1)),
        (lambda x: torch.roll(x, 16, 1), lambda x: torch.roll(x, 32, 1)),
        (lambda x: torch.roll(x, 1, 0), lambda x: torch.roll(x, 1, 1)),
        (lambda x: x / x.std(), lambda x: x / x.std(1, keepdim=True)),
        (lambda x: torch.cumsum(x, 0), lambda x: torch.cumsum(x.flip(0), 0).flip(0)),
    ],
)
def test_different_functions_differ(a, b):
    assert not same_behaviour(fingerprint(a), fingerprint(b))


def test_no_two_known_activations_are_alike():
    prints = np.array([fingerprint(load(entry.source)) for entry in CATALOG])
    found = [find_duplicate(seen, prints) for seen in prints]
    assert found == list(range(len(CATALOG)))


def test_likeness_is_symmetric_and_grows_with_the_tolerance():
    a, b = fingerprint(F.silu), fingerprint(lambda x: F.silu(1.01 * x))
    for tolerance in (1e-4, 1e-3, 1e-2, 1e-1):
        assert same_behaviour(a, b, tolerance=tolerance) == same_behaviour(
            b, a, tolerance=tolerance
        )
    assert not same_behaviour(a, b) and same_behaviour(a, b, tolerance=0.1)


# --- the print


def test_a_print_is_128_float32_and_repeatable():
    seen = fingerprint(F.gelu)
    assert seen.shape == (LENGTH,) and seen.dtype == np.float32
    np.testing.assert_array_equal(seen, fingerprint(F.gelu))


def test_a_print_does_not_touch_the_random_stream():
    state = torch.get_rng_state()
    fingerprint(F.gelu)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("activation", [torch.log, lambda x: 1e30 * torch.exp(8 * x)])
def test_a_print_of_values_that_are_not_finite_is_refused(activation):
    with pytest.raises(ValueError, match="not finite for inputs within ±8"):
        fingerprint(activation)


def test_the_probe_covers_its_range_and_is_dense_near_zero():
    line = np.sort(fingerprint(lambda x: x + 0.0 * x)[:96])
    gaps = np.diff(line)
    assert line[0] < -7.0 and line[-1] > 7.0 and gaps.max() < 0.8
    assert gaps[np.abs(line[:-1]) < 0.3].max() < 0.1


def test_rows_and_columns_of_the_probe_differ_in_mean_and_spread():
    x = draw_probe(PROBES).x.reshape(-1, PROBES.width)
    assert abs(x.mean()) > 0.3 and np.abs(x).max() <= 8.0
    assert x.mean(axis=0).std() > 0.05 and x.mean(axis=1).std() > 0.05
    assert x.std(axis=1).std() > 0.5


def test_the_probe_is_golden():
    """A changed probe would make every stored history meaningless."""
    x = draw_probe(PROBES).x
    assert [float(value) for value in x.ravel()[[0, 1000, 8191]]] == [
        0.3458307087421417,
        1.0561003684997559,
        5.142106533050537,
    ]


@pytest.mark.parametrize("shape", [(2, 3), (16, 1), (64, 32), (200, 8)])
def test_a_probe_has_the_labs_shape_and_every_point_of_the_grid_once(shape):
    probe = draw_probe(replace(PROBES, rows=shape[0], width=shape[1]))
    assert probe.x.shape[1:] == shape
    points = probe.points[probe.points >= 0]
    np.testing.assert_array_equal(np.sort(points), np.arange(LENGTH))
    rows = np.nonzero(probe.points >= 0)
    seen = np.empty(LENGTH)
    seen[points] = probe.x[(*rows, probe.columns[rows])]
    np.testing.assert_allclose(seen, grid(), rtol=SHRUNK)
    np.testing.assert_array_equal(seen, -seen[::-1])


def test_runs_have_prints_of_their_own_that_agree_and_sources_share_them():
    here, there = (fingerprint(F.gelu, replace(PROBES, key=key)) for key in "ab")
    assert not np.array_equal(here, there)
    np.testing.assert_allclose(here, there, rtol=2e-3, atol=1e-3)
    named = fingerprint(F.gelu, replace(PROBES, source="text"))
    np.testing.assert_array_equal(named, fingerprint(F.gelu))


@pytest.mark.parametrize("point", [0, 40, 127])
def test_single_values_with_an_output_of_their_own_give_no_print(point):
    probe = draw_probe(PROBES)
    [value] = probe.x[probe.points == point][0, probe.columns[probe.points == point]].tolist()
    with pytest.raises(ValueError, match="single values of x"):
        fingerprint(lambda x: F.relu(x) + (x == value))


# --- text form


def test_a_print_survives_its_text_form():
    seen = fingerprint(torch.sin)
    text = encode(seen)
    assert len(text) == 684
    np.testing.assert_array_equal(decode(text), seen)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not base64!", "is not base64"),
        (base64.b64encode(bytes(8)).decode(), "holds 8 bytes, not 512"),
        (encode(np.full(LENGTH, np.nan, dtype=np.float32)), "values that are not finite"),
    ],
)
def test_a_damaged_text_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        decode(text)


# --- history


def test_an_empty_history_holds_no_duplicate():
    assert find_duplicate(fingerprint(F.relu), NO_HISTORY) is None


def test_the_oldest_duplicate_is_found():
    history = np.array([fingerprint(f) for f in (torch.tanh, F.relu, torch.sin, F.relu)])
    assert find_duplicate(fingerprint(lambda x: x.clamp(min=0)), history) == 1
    assert find_duplicate(fingerprint(F.gelu), history) is None


def test_a_history_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"history of shape \(0, 5\).*start a new one"):
        find_duplicate(fingerprint(F.relu), np.empty((0, 5), dtype=np.float32))
