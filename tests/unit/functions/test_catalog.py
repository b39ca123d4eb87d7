"""Every known activation computes its formula, and can be found by name."""

import re
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
import torch

from actmine.functions.catalog import CATALOG, VOCABULARY, by_name, read_rows
from actmine.gate.static import load
from actmine.records.candidate import Origin

torch.set_num_threads(1)

POINTS = np.concatenate([np.linspace(-8.0, 8.0, 65), [-30.0, -21.0, -1e-6, 1e-6, 21.0, 30.0]])


def mp_sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def mp_softplus(x):
    return mp.log1p(mp.exp(x))


def mp_gelu(x):
    return x * mp.ncdf(x)


def mp_ramp(x):
    return min(max(x / 6 + mp.mpf(1) / 2, 0), 1)


def mp_gompertz(x):
    return mp.exp(-mp.exp(-x))


def tangent(function, at, x):
    return function(at) + mp.diff(function, at) * (x - at)


SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")
SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")

# Independent of torch: high-precision scalars, straight from the references' formulas.
POINTWISE = {
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "relu6": lambda x: min(max(x, 0), 6),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "hard_sigmoid": mp_ramp,
    "hard_swish": lambda x: x * mp_ramp(x),
    "squared_relu": lambda x: max(x, 0) ** 2,
    "prelu": lambda x: x if x > 0 else x / 4,
    "very_leaky_relu": lambda x: x if x > 0 else x / 3,
    "brelu": lambda x: min(max(x, 0), 1),
    "absolute_value": abs,
    "cone": lambda x: x if x < 1 else 2 - x,
    "hardshrink": lambda x: x if abs(x) > 0.5 else 0,
    "softshrink": lambda x: x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0,
    "quadratic": lambda x: x * x,
    "recu": lambda x: x**3 if x > 0 else 0,
    "starrelu": lambda x: mp.mpf("0.8944") * max(x, 0) ** 2 - mp.mpf("0.4472"),
    "polyrelu": lambda x: sum(max(x, 0) ** k for k in (1, 2, 3)) / 3,
    "smelu": lambda x: 0 if x <= -2 else x if x >= 2 else (x + 2) ** 2 / 8,
    "squ": lambda x: x * (x + 1),
    "ncu": lambda x: x * (1 - x) * (1 + x),
    "softmodulusq": lambda x: abs(x) if abs(x) > 1 else 2 * x**2 - abs(x) ** 3,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
    "celu": lambda x: max(x, 0) + min(2 * mp.expm1(x / 2), 0),
    "gelu": mp_gelu,
    "gelu_tanh": lambda x: (
        x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)))
    ),
    "silu": lambda x: x * mp_sigmoid(x),
    "mish": lambda x: x * mp.tanh(mp_softplus(x)),
    "softplus": mp_softplus,
    "squareplus": lambda x: (x + mp.sqrt(x**2 + 4)) / 2,
    "logish": lambda x: x * mp.log1p(mp_sigmoid(x)),
    "smish": lambda x: x * mp.tanh(mp.log1p(mp_sigmoid(x))),
    "serf": lambda x: x * mp.erf(mp_softplus(x)),
    "tanh_exp": lambda x: x * mp.tanh(mp.exp(x)),
    "xielu": lambda x: (mp.mpf(8) / 10) * (x**2 if x > 0 else mp.expm1(x) - x) + x / 2,
    "golu": lambda x: x * mp_gompertz(x),
    "elish": lambda x: (x if x > 0 else mp.expm1(x)) * mp_sigmoid(x),
    "hardelish": lambda x: (x if x > 0 else mp.expm1(x)) * max(0, min(1, (x + 1) / 2)),
    "lisht": lambda x: x * mp.tanh(x),
    "phish": lambda x: x * mp.tanh(mp_gelu(x)),
    "gish": lambda x: x * mp.log(2 - mp.exp(-mp.exp(x))),
    "suish": lambda x: x if x > 0 else x * mp.exp(x),
    "e_swish": lambda x: 3 * x * mp_sigmoid(x) / 2,
    "flatten_t_swish": lambda x: max(x, 0) * mp_sigmoid(x) - mp.mpf(1) / 5,
    "dsilu": lambda x: mp.diff(lambda t: t * mp_sigmoid(t), x),
    "shifted_softplus": lambda x: mp.log(mp.exp(x) / 2 + mp.mpf(1) / 2),
    "serlu": lambda x: mp.mpf("1.07862") * (x if x > 0 else mp.mpf("2.90427") * x * mp.exp(x)),
    "sinlu": lambda x: (x + mp.sin(x)) * mp_sigmoid(x),
    "coslu": lambda x: (x + mp.cos(x)) * mp_sigmoid(x),
    "atlu": lambda x: x * (mp.atan(x) + mp.pi / 2) / mp.pi,
    "tanhsoft_1": lambda x: mp.tanh(mp.mpf("0.87") * x) * mp_softplus(x),
    "eis_2": lambda x: x * mp_softplus(x) / mp.sqrt(1 + x**2),
    "erfact": lambda x: x * mp.erf(mp.exp(3 * x / 4) * 3 / 4),
    "erfrelu": lambda x: x if x > 0 else mp.erf(x),
    "bent_identity": lambda x: (mp.sqrt(x**2 + 1) - 1) / 2 + x,
    "isrlu": lambda x: x if x > 0 else x / mp.sqrt(1 + x**2),
    "pflu": lambda x: x / 2 * (1 + x / mp.sqrt(1 + x**2)),
    "fpflu": lambda x: x if x > 0 else x / (1 + x**2),
    "swim": lambda x: x / 2 * (1 + x / mp.sqrt(1 + x**2) / 2),
    "rational": lambda x: (
        mp.polyval([1.1915, 1.5957, 0.5, 0.0218], x) / mp.polyval([2.383, 0, 1], x)
    ),
    "pau": lambda x: (
        mp.polyval([0.251, 1.485, 3.052, 2.323, 0.6184, 0.02979], x)
        / mp.polyval([0.3472, 0.8715, 4.393, 1.142, 1], abs(x))
    ),
    "tanh": mp.tanh,
    "sigmoid": mp_sigmoid,
    "softsign": lambda x: x / (1 + abs(x)),
    "arctan": mp.atan,
    "erf": mp.erf,
    "isru": lambda x: x / mp.sqrt(1 + x**2),
    "elliott": lambda x: x / (1 + abs(x)) / 2 + mp.mpf(1) / 2,
    "lecun_tanh": lambda x: mp.mpf("1.7159") * mp.tanh(2 * x / 3),
    "penalized_tanh": lambda x: mp.tanh(x) / (1 if x > 0 else 4),
    "reltanh": lambda x: (
        x if x > 0 else mp.tanh(x) if x > -1.5 else tangent(mp.tanh, mp.mpf("-1.5"), x)
    ),
    "tanhshrink": lambda x: x - mp.tanh(x),
    "sqnl": lambda x: mp.sign(x) * (1 if abs(x) > 2 else abs(x) - x**2 / 4),
    "soft_clipping": lambda x: mp.log((1 + mp.exp(x)) / (1 + mp.exp(x - 1))),
    "log_log": lambda x: mp_gompertz(x),
    "soft_root_sign": lambda x: x / (x / 2 + mp.exp(-x / 3)),
    "gaussian": lambda x: mp.exp(-(x**2)),
    "log_cosh": lambda x: mp.log(mp.cosh(x)),
    "sin": mp.sin,
    "siren": lambda x: mp.sin(30 * x),
    "snake": lambda x: x + mp.sin(x) ** 2,
    "growing_cosine": lambda x: x * mp.cos(x),
    "multiquadric": lambda x: mp.sqrt(1 + x**2),
    "sq_rbf": lambda x: (
        1 - x**2 / 2 if abs(x) < 1 else (2 - abs(x)) ** 2 / 2 if abs(x) < 2 else 0
    ),
    "mexican_hat": lambda x: (1 - x**2) * mp.exp(-(x**2) / 2),
    "morlet": lambda x: mp.cos(5 * x) * mp.exp(-(x**2) / 2),
    "sinc": mp.sincpi,
    "ssu": lambda x: mp.pi * mp.sinc(x - mp.pi),
    "dsu": lambda x: mp.pi**2 * mp.sin(x) / (mp.pi**2 - x**2),
    "snake_5": lambda x: x + mp.sin(5 * x) ** 2 / 5,
    "x_plus_sin": lambda x: x + mp.sin(x),
    "asu": lambda x: x * mp.sin(x),
    "finer": lambda x: mp.sin(abs(x) * x + x),
    "expsin": lambda x: mp.exp(-mp.sin(x)),
    "gelusine": lambda x: mp_gelu(x) + mp.sin(x) / 10,
    "gelu_sinc": lambda x: mp_gelu(x) * (1 + mp.sincpi(x) / 2),
    "gmtu": lambda x: mp.tanh(1.5 * x) * mp.exp(-(x**2) / 5) + x / 10,
}


def turbulent(x):
    z = (x - x.mean()) / (np.sqrt(((x - x.mean()) ** 2).mean()) + 1e-6)
    wave = 0.2 * np.exp(-(z**2) / 2) * np.sin(2 * x)
    return np.sign(x) * np.log(1 + 0.5 * np.abs(x)) + wave


def fisg(x):
    """With the transform written out as a matrix, and the full spectrum, not half of it."""
    width = x.shape[1]
    bins = np.arange(width)
    forward = np.exp(-2j * np.pi * np.outer(bins, bins) / width)
    spectrum = x @ forward
    frequency = np.minimum(bins, width - bins)
    high = frequency >= (width // 2 + 1) // 2
    flipped = np.where(high, spectrum.conj(), spectrum) @ forward.conj() / width
    # Each bin of the half spectrum counts once.
    half = np.abs(spectrum[:, : width // 2 + 1]) ** 2
    total = half.sum(axis=1, keepdims=True) + 1e-6
    ratio = half[:, high[: width // 2 + 1]].sum(axis=1, keepdims=True) / total
    gate = np.exp(-ratio)
    return gate * x + (1 - gate) * flipped.real


def phase_flipped(x):
    result = np.empty_like(x)
    batch, width = x.shape
    for row in range(batch):
        for i in range(width):
            here, left, right = x[row, i], x[row, i - 1], x[row, (i + 1) % width]
            u = (here / 10) ** 2
            meta = 1 + 2 * u * np.exp(-u / 1.5)
            amp = 2 * u * np.exp(-u / 2)
            energy = here**2 + 0.25 * (left**2 + right**2)
            lap = here - 0.5 * (left + right)
            alpha = 1 / (1 + np.exp(-(2 * (energy - 100) / 100 + 5 * (lap / 10) ** 2)))
            phase = (
                here
                + 0.5 * here**2 * np.sign(here) / 10
                + (1 - alpha) * 0.2 * np.sin(15 * here)
                + alpha * 0.8 * np.sin(40 * here + 5 * lap)
                + 2 * (0.5 * left - right) / 10
            )
            y = amp * np.sin(phase)
            g = np.exp(-((abs(here) / 20) ** 4))
            up = np.cos(50 * (here / 10) ** 3 + 0.5 * np.sin(2.5 * here)) > 0
            sign = 1 if up else -1
            result[row, i] = 10 * np.tanh((g * here + sign * meta * y) / 10)
    return result


COUPLED = {"turbulent": turbulent, "fisg": fisg, "phase_flipped": phase_flipped}


def outputs(key, x):
    return load(by_name(key).source)(torch.from_numpy(x)).numpy()


def test_every_entry_has_an_independent_formula():
    assert {entry.key for entry in CATALOG} == POINTWISE.keys() | COUPLED.keys()


@pytest.mark.parametrize("key", POINTWISE)
def test_pointwise_entry_computes_its_formula(key):
    with mp.workdps(40):
        expected = np.array([float(POINTWISE[key](mp.mpf(float(x)))) for x in POINTS])
    # Torch's softplus turns into a line at 20, which is right to 2e-9.
    np.testing.assert_allclose(outputs(key, POINTS), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(6, 8), (3, 7)])
@pytest.mark.parametrize("scale", [1.0, 10.0])
@pytest.mark.parametrize("key", COUPLED)
def test_coupled_entry_computes_its_formula(key, scale, shape):
    x = scale * np.random.default_rng(7).standard_normal(shape) + 0.5
    np.testing.assert_allclose(outputs(key, x), COUPLED[key](x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("key", [*POINTWISE, *COUPLED])
def test_float32_stays_close_to_float64(key):
    x = np.random.default_rng(8).uniform(-3.0, 3.0, (16, 8))
    x = x.astype(np.float32).astype(np.float64)
    low = outputs(key, x.astype(np.float32))
    assert low.dtype == np.float32
    np.testing.assert_allclose(low, outputs(key, x), rtol=1e-4, atol=1e-4)


def test_sinc_of_the_paper_is_the_normalised_one():
    (value,) = outputs("gelu_sinc", np.array([1.5]))
    gelu = 1.5 * float(mp.ncdf(1.5))
    assert value == pytest.approx(gelu * (1 + 0.5 * np.sin(1.5 * np.pi) / (1.5 * np.pi)))


def test_fisg_passes_no_gradient_through_its_gate():
    x = torch.randn(2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x.requires_grad_()
    y = load(by_name("fisg").source)(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    # With the gate constant, y is linear in x and its sum only sees the gain at frequency 0.
    np.testing.assert_allclose(gradient.numpy(), 1.0, atol=1e-12)


def test_catalog_is_large_and_names_the_papers_finds():
    assert sum(entry.origin is Origin.CATALOG for entry in CATALOG) >= 80
    finds = {entry.key for entry in CATALOG if entry.origin is Origin.PAPER}
    assert finds == {"gelusine", "gelu_sinc", "gmtu", "turbulent", "fisg", "phase_flipped"}


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.key)
def test_every_entry_is_documented(entry):
    assert entry.summary.endswith(".")
    assert entry.formula and re.search(r" (19|20)\d\d\b", entry.reference)
    if entry.origin is Origin.PAPER:
        assert "[paper]" in entry.provenance or "[secondary]" in entry.provenance
    else:
        assert entry.provenance.startswith("[literature]")


@pytest.mark.parametrize("name", ["hard_swish", "Hard Swish", "HARD-SWISH", " hard swish "])
def test_by_name_ignores_case_and_separators(name):
    assert by_name(name).key == "hard_swish"


def test_by_name_lists_the_names_it_knows():
    with pytest.raises(
        ValueError, match=r"'xyzzy'; choose one of: relu, leaky_relu, .*gelusine"
    ):
        by_name("xyzzy")


def test_by_name_tells_the_nearest_name_before_all_others():
    with pytest.raises(ValueError, match=r"'gellu' \(did you mean gelu\?\); choose one of"):
        by_name("gellu")


def test_candidates_are_distinct():
    assert len({entry.candidate.candidate_id for entry in CATALOG}) == len(CATALOG)


def test_the_mutator_composes_with_functions_that_are_older_than_the_paper():
    assert len(set(VOCABULARY)) == 32
    assert {known.origin for known in VOCABULARY} == {Origin.CATALOG}


def test_two_rows_of_one_name_are_refused(tmp_path):
    row = """
- {key: a b, name: X, formula: x, origin: catalog, reference: A 2000, provenance: "[ours]",
   source: "def activation(x):\\n    'Line.'\\n    return x"}"""
    (tmp_path / "rows.yaml").write_text(row + row.replace("a b", "A-B").replace("X", "Y"))
    with pytest.raises(ValueError, match="must be unique, these are not: a_b"):
        read_rows(tmp_path / "rows.yaml")


def test_a_row_without_a_docstring_is_refused(tmp_path):
    (tmp_path / "rows.yaml").write_text(
        "[{key: a, name: A, formula: x, origin: catalog, reference: A 2000, provenance: '',"
        " source: 'def activation(x): return x'}]"
    )
    with pytest.raises(ValueError, match="a: `activation` is missing or has no docstring"):
        read_rows(tmp_path / "rows.yaml")


def test_import_leaves_torch_unloaded():
    code = "import sys, actmine.functions.catalog; sys.exit('torch' in sys.modules)"
    path = [each for each in sys.path if each]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"]
    assert subprocess.run(command, check=False).returncode == 0
