"""Whatever bytes a child answers with become a record, or a refusal in plain words."""

import json
import math
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actmine.champion import cost, curves
from actmine.files import json_text
from actmine.functions.catalog import by_name
from actmine.gate.examine import Examination, examine, listed
from actmine.gate.fingerprint import LENGTH
from actmine.lab import handlers
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.records.rows import from_row, to_row
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.protocol import pack
from actmine.sandbox.reply import Exchange, reply_of
from actmine.settings.measurements import SEARCH
from actmine.transfer.benchmark import Tier
from actmine.transfer.benchmarks import co2
from actmine.transfer.data import data_hash
from actmine.transfer.job import PREDICTED, answer_name
from actmine.transfer.measure import TransferLab
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings
from probed import PROBES

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
GELU = by_name("gelu")
LOCKED = {"layers": {"isolation": "strict"}, "cpu_capability": "AVX2"}
REPORT = {"exit": 0, "limit": "", "cpu_s": 0.1, "peak_mb": 9.0}

Message = tuple[dict[str, Any], dict[str, Any]]

NUMBERS = st.sampled_from(
    [10**400, -(10**400), True, False, 0, -1, 1e308, -0.0, 5e-324, 12, 12.0, "12", None]
)
WORDS = st.text(max_size=20) | st.sampled_from(
    ["\ud800", "pointwise", "AVX2", "scored", "x" * 9999, "\x1b[2J\n", "", "error"]
)
VALUES = st.recursive(
    NUMBERS | WORDS | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = WORDS | st.sampled_from(["error", "rung", "flops", "coupling", "cpu_capability", "name"])
HEADERS = st.dictionaries(KEYS, VALUES, max_size=4)
PLACES = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 3.4e38, -3.4e38, 1e-45, -1.0])


@st.composite
def messages(draw, honest: Message):
    """An honest message with something changed, or bytes of another kind."""
    header, arrays = dict(honest[0]), dict(honest[1])
    match draw(st.integers(0, 6)):
        case 0:
            return draw(st.binary(max_size=64))
        case 1:
            header = draw(HEADERS)
        case 2:
            header |= draw(HEADERS)
        case 3 if header:
            header[draw(st.sampled_from(sorted(header)))] = draw(VALUES)
        case 4 if arrays:
            name = draw(st.sampled_from(sorted(arrays)))
            array = arrays.pop(name)
            shape = draw(st.sampled_from([(), (0,), (1,), (3, 0), (2, 2), array.shape[::-1]]))
            other = np.zeros(draw(st.sampled_from([shape, array.shape])), np.float32)
            arrays[draw(st.sampled_from([name, "another"]))] = other.astype(
                draw(st.sampled_from(["float32", "int32"]))
            )
        case 5 if arrays:
            name = draw(st.sampled_from(sorted(arrays)))
            arrays[name] = arrays[name].copy()
            arrays[name].flat[draw(st.integers(0, arrays[name].size - 1))] = draw(PLACES)
        case _:
            whole = pack(header, arrays)
            length = 8 + int.from_bytes(whole[:8], "big")
            at = draw(st.integers(0, length - 1))
            return (
                whole[:at] + draw(st.binary(max_size=3)) + whole[at + draw(st.integers(0, 3)) :]
            )
    return pack(header, arrays)


DEEP = 100_000
LONG = [
    b'{"header": %s, "arrays": []}' % text
    for text in (
        b"[" * DEEP + b"]" * DEEP,
        b'{"error": %s}' % (b"[" * 900 + b"]" * 900),
        b'{"flops": %s, "coupling": "pointwise"}' % (b"9" * 4300),
        b'{"flops": 1e999, "coupling": "pointwise"}',
        b'{"flops": NaN, "coupling": "pointwise"}',
        b'{"flops": 1, "flops": 2, "coupling": "pointwise"}',
        b'{"coupling": %s, "flops": 1}' % (b"[" * 900 + b"]" * 900),
        b'{"error": "%s"}' % (b"\\ud800" * 9999),
        b'{"name": "%s"}' % (b"x" * 999_999),
    )
] + [
    b'{"header": {}, "arrays": [%s]}' % text
    for text in (
        b'["a", "float32", [%s]]' % b",".join([b"9" * 99] * 9999),
        b'["a", "%s", [1]]' % (b"x" * 99_999),
        b",".join([b'["train", "float32", [0, 12]]'] * 2),
        b'["train", "float32", [true, 12]], ["test", "float32", {}], [[], "float32", [0]]',
    )
]


class Telling:
    """A sandbox whose child answers with given bytes."""

    message = b""

    def run(self, header, arrays, *, limits, at_rung=None):
        exchange = Exchange(locked=LOCKED, answer=self.message)
        return reply_of(exchange, REPORT, wall_s=0.1, limits=limits)


def told(message):
    sandbox = Telling()
    sandbox.message = message
    return cast(Sandbox, sandbox)


def assert_fit_to_keep(record, kind):
    """It can be written and read again, and its reason is one short line."""
    assert from_row(json.loads(json_text(to_row(record))), kind) == record
    assert len(record.reason) < 700 and record.reason.isprintable()


def check_gate(message):
    verdict = examine(
        GELU.source,
        sandbox=told(message),
        settings=Examination(probes=PROBES, max_flops=400, batch_coupled="flag"),
    )
    assert_fit_to_keep(listed(GELU.candidate, verdict), Listed)
    if verdict.flops is not None:
        assert type(verdict.flops) is float and 0 <= verdict.flops <= 1e9
        assert math.copysign(1, verdict.flops) == 1
    return verdict.status is Status.ACCEPTED


CHECKED: Message = (
    {"flops": 12.0, "coupling": "pointwise"},
    {"fingerprint": np.zeros(LENGTH, np.float32)},
)


@QUICK
@given(messages(CHECKED))
def test_any_answer_to_a_check_is_a_verdict(message):
    check_gate(message)


@pytest.fixture(scope="module")
def fit(smoke, smoke_suite):
    """Measures by an answer, on a store of its own; what was asked for, honestly answered."""
    what = measurement(SEARCH, smoke_suite, smoke)
    limits = fit_limits(smoke.sandbox, [])
    lab = Lab(what, limits=limits, kept=Path("/nowhere"), sandbox=told(b""))
    shapes = handlers.answer_shapes(lab._work)
    honest = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}

    def check(message, kept):
        lab.kept, lab._sandbox = kept, told(message)
        one = lab.measure("def activation(x):\n    return x")
        assert_fit_to_keep(one, Evaluation)
        if one.status is Status.SCORED:
            assert np.array(one.ood).shape == (len(what.suite.tasks), len(what.replicates))
            assert np.array(one.curve).shape == (len(what.suite.tasks), 12)
            assert np.min(one.curve) >= 0 and one.cpu_capability == "AVX2"
        return one.status is Status.SCORED

    return check, ({}, honest)


@QUICK
@given(data=st.data())
def test_any_answer_to_a_fit_is_an_evaluation(fit, tmp_path_factory, data):
    check, honest = fit
    check(data.draw(messages(honest)), tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def transfer():
    """The same for a benchmark."""
    data = co2.load(Tier.SMOKE, {})
    asked = TransferSettings(
        tier=Tier.SMOKE, benchmarks=("co2",), seeds=1, first_seed=0, learning_rates=(1.0,),
        folders={}, device="cpu", memory_mb=2000, cpu_s=60.0, isolation="strict",
    )  # fmt: skip
    honest = {
        answer_name(split, number, "y"): np.ones(part.targets["y"].shape, np.float32)
        for split in PREDICTED
        for number, part in enumerate(data.splits[split])
    }

    def check(message, kept):
        lab = TransferLab(
            co2.BENCHMARK, data, data_hash=data_hash(data), settings=asked, kept=kept
        )
        lab._sandbox = told(message)
        one = lab.measure(GELU.source, seed=0)
        assert_fit_to_keep(one, Outcome)
        return one.status is Status.SCORED

    return check, ({}, honest)


@QUICK
@given(data=st.data())
def test_any_answer_to_a_transfer_is_an_outcome(transfer, tmp_path_factory, data):
    check, honest = transfer
    check(data.draw(messages(honest)), tmp_path_factory.mktemp("store"))


def check_cost(message):
    row = cost.measure({"GELU": GELU.source}, sandbox=told(message))
    figures = [part for part in row["functions"][0].values() if isinstance(part, dict)]
    assert json_text(row) and all(value > 0 for part in figures for value in part.values())
    return bool(figures)


TIMED: Message = ({}, {name: np.ones(cost.CALLS, np.float32) for name in cost.DIRECTIONS})


@QUICK
@given(messages(TIMED))
def test_any_answer_to_a_timing_is_a_cost_or_none(message):
    check_cost(message)


def check_curve(message):
    curve = curves.sample("GELU", GELU.source, sandbox=told(message))
    assert curve is None or curve.y.shape == curve.dy.shape == (curves.POINTS,)
    return curve is not None


SAMPLED: Message = ({}, {name: np.ones(curves.POINTS, np.float32) for name in ("y", "slope")})


@QUICK
@given(messages(SAMPLED))
def test_any_answer_to_a_sampling_is_a_curve_or_none(message):
    check_curve(message)


@pytest.mark.parametrize("head", LONG, ids=range(len(LONG)))
def test_what_is_huge_deep_or_twice_there_is_refused(head, fit, transfer, tmp_path):
    message = len(head).to_bytes(8, "big") + head + bytes(64)
    for whole in (message, message[:-64]):
        assert not check_gate(whole) and not check_cost(whole) and not check_curve(whole)
        assert not fit[0](whole, tmp_path / "fits")
        assert not transfer[0](whole, tmp_path / "outcomes")


def test_honest_answers_are_taken(fit, transfer, tmp_path):
    assert check_gate(pack(*CHECKED))
    assert check_cost(pack(*TIMED)) and check_curve(pack(*SAMPLED))
    assert fit[0](pack(*fit[1]), tmp_path) and transfer[0](pack(*transfer[1]), tmp_path)
