"""A function that shows the gate one face and its training another is refused or found."""

from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.contract import WIDENING, ContractError
from actmine.gate.face import Face, face_of
from actmine.gate.probes import Probes, draw
from actmine.gate.static import Refusal, admit, load
from actmine.lab.consistency import InconsistentError, Watch
from actmine.lab.fit import Fitted, fit
from actmine.lab.members import one_by_one, over_members
from actmine.lab.work import FitSettings, prepare

SETTINGS = FitSettings(
    width=12, depth=2, steps=12, batch=32, learning_rate=0.01, optimizer="adam", seed=3
)
PROBES = Probes(rows=32, width=12, key="tests")

DEAR = "sum([0 * x.sin() for _ in range(60)]) + x.sin()"
FACES = (
    "torch.relu(x)",
    "F.gelu(x)",
    "x - x.mean(0)",
    "x / (x.std() + 0.1)",
    "x - x.mean(1, keepdim=True)",
    DEAR,
)
STATISTICS = (
    "x.max()",
    "x.min()",
    "x.mean()",
    "x.std()",
    "x.norm()",
    "x.sum()",
    "x.abs().max()",
    "x.abs().median()",
    "x.detach().square().mean()",
    "x[0].mean()",
    "x[:, 0].abs().sum()",
    "x[0, 0]",
    "x[-1, -1]",
)
THRESHOLDS = st.sampled_from([-2.0, -0.7, -0.1, 0.0, 0.05, 0.2, 0.6, 1.3, 2.5, 5.0, 20.0])
CONDITIONS = st.one_of(
    st.builds(
        "{} > {}".format,
        st.sampled_from(STATISTICS),
        THRESHOLDS,
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["x.shape[0]", "x.shape[1]", "len(x)", "x.numel()", "x.ndim"]),
        st.sampled_from(["==", ">", "<", "!="]),
        st.sampled_from([1, 2, 3, 5, 7, 12, 16, 31, 32, 64, 128, 384]),
    ),
    st.builds("x[{}, 0] == {}".format, st.integers(0, 6), THRESHOLDS),
    st.sampled_from(
        [
            "x.dtype == torch.float32",
            "x.dtype == torch.float64",
            "x.argmin(keepdim=True).ndim == 2",
            "x.device == x.sum().device",
            "x.requires_grad",
            "torch.is_grad_enabled()",
            "x.grad_fn is None",
            "x.is_leaf",
            "x.is_contiguous()",
        ]
    ),
)


def branching(condition: str, here: str, there: str) -> str:
    return f"def activation(x):\n    return {here} if {condition} else {there}\n"


@pytest.fixture(scope="module")
def work(smoke_suite):
    return prepare(smoke_suite, replicates=(0,), settings=SETTINGS)[0]


def trained(source: str, work) -> Fitted:
    probes = replace(PROBES, source=source)
    return fit(load(source), work, learning_rate=SETTINGS.learning_rate, probes=probes)


def face(source: str) -> Face:
    return face_of(load(source), replace(PROBES, source=source))


def covers(label: Face, other: Face) -> bool:
    """Whether a label says no less of coupling and cost than another function's would."""
    wide = WIDENING.index(label.coupling) >= WIDENING.index(other.coupling)
    return wide and label.flops >= other.flops


@pytest.mark.slow
@given(CONDITIONS, st.sampled_from(FACES), st.sampled_from(FACES))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_branches_is_refused_found_out_or_trained_as_it_was_labelled(
    work, condition, here, there
):
    source = branching(condition, here, there)
    try:
        admit(source)
        label = face(source)
        fitted = trained(source, work)
    except (Refusal, ContractError, ValueError, InconsistentError):
        return
    sides = [branching("x.ndim == 2", side, side) for side in (here, there)]
    if all(covers(label, face(side)) for side in sides):
        return
    alone = [trained(side, work) for side in sides if covers(label, face(side))]
    assert fitted.test.tobytes() in {one.test.tobytes() for one in alone}


# --- one of each kind, by name


@pytest.mark.parametrize("there", ["x - x.mean(0)", "x - x.mean(1, keepdim=True)", DEAR])
def test_a_face_that_no_probe_shows_is_named(there):
    """The gate's inputs end at 3 times a scale, or lie far from all the others."""
    source = branching("2.1 < x.abs().max() < 2.2", there, "F.gelu(x)")
    probes = replace(PROBES, source=source)
    activation = load(source)
    x = draw(PROBES.generator(), (4, 32, 12))
    applied = over_members(activation, [x])
    watch = Watch(activation, applied, probes, steps=9)
    watch.pick([(x, applied.call(x))], where="here")
    far = 2.15 * x / x.abs().amax((1, 2), keepdim=True)
    with pytest.raises(
        InconsistentError, match="there, in layer 1, it is batch-coupled, not pointwise"
    ):
        watch.pick([(far, applied.call(far))], where="there")


def test_another_fingerprint_than_the_gates_is_found_between_rows_of_a_network():
    """A function that knows the probe: only code that bypassed the gate could."""
    inner = [load(by_name("gelu").source)]

    def activation(x):
        return inner[-1](x)

    x = draw(PROBES.generator(), (32, 12)).expand(3, -1, -1).clone()
    applied = over_members(activation, [x])
    watch = Watch(activation, applied, PROBES, steps=9)
    watch.pick([(x, applied.call(x))], where="here")
    inner.append(torch.relu)
    with pytest.raises(InconsistentError, match="answers the gate's inputs otherwise"):
        watch.pick([(x, applied.call(x))], where="here")


def test_another_output_in_the_fit_than_of_a_call_is_named():
    activation = load(by_name("gelu").source)
    x = draw(PROBES.generator(), (3, 32, 12))
    watch = Watch(activation, over_members(activation, [x]), PROBES, steps=9)
    with pytest.raises(InconsistentError, match="it gave another output in the fit"):
        watch.pick([(x, activation(x) + 0.1)], where="here")


@pytest.mark.parametrize("key", [entry.key for entry in CATALOG])
def test_every_known_activation_is_the_same_in_training(key, work):
    trained(by_name(key).source, work)


def test_a_watch_changes_no_bit_of_a_fit(work):
    source = by_name("turbulent").source
    watched = trained(source, work)
    alone = fit(load(source), work, learning_rate=SETTINGS.learning_rate)
    assert watched.test.tobytes() == alone.test.tobytes()


# --- networks of a stack


@pytest.mark.parametrize(
    "expression",
    [
        "x * torch.roll(x.abs().mean(), 1)",
        "x * x.argmin(keepdim=True).ndim",
        "x if x.sum() > 0 else 0.5 * x",
    ],
)
def test_networks_that_a_stack_would_mix_go_one_by_one(expression):
    activation = load(f"def activation(x):\n    return {expression}\n")
    x = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(0))
    alone = one_by_one(activation).call(x)
    assert torch.equal(over_members(activation, [x]).call(x), alone)


def test_networks_that_a_stack_begins_to_mix_later_end_the_fit():
    x = torch.randn(3, 32, 12, generator=torch.Generator().manual_seed(0))

    def activation(x):
        return torch.sin(x) + (x.abs().amax() > 9) * torch.roll(x.mean(), 1)

    applied = over_members(activation, [x])
    watch = Watch(activation, applied, PROBES, steps=9)
    watch.pick([(x, applied.call(x))], where="at first")
    with pytest.raises(InconsistentError, match="depends on other networks"):
        watch.pick([(9 * x, applied.call(9 * x))], where="later")
