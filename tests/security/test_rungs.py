"""A child that misbehaves at the rungs of its fit becomes a record, and learns one bit."""

from typing import cast

import pytest

from actmine.functions.catalog import by_name
from actmine.gate.patience import CONTROL
from actmine.lab.measure import Lab, measurement
from actmine.lab.scorer import Scorer
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.settings.measurements import SEARCH
from attacks import PRELUDE
from configured import changed

LIMITS = Limits(memory_mb=1024, cpu_s=1, wall_s=20)
LINEAR = "def activation(x):\n    return x"
FRAME = """
from actmine.sandbox.protocol import pack
def raw(header, arrays):
    message = pack(header, arrays)
    for part in (len(message).to_bytes(8, "big"), message):
        os.write(channel, part)
good = {"test": np.zeros(header["test"], dtype=np.float32)}
results = {"train": np.zeros(header["train"], dtype=np.float32), **good,
           "curve": np.zeros((header["test"][0], 12), dtype=np.float32)}
"""
HONEST = PRELUDE + FRAME + "for step in header['rungs']: ask(step, good)"


class Attacker:
    """Answers a lab's requests for a fit from a child without a gate; ReLU's is honest."""

    def __init__(self, ungated, attack, lab):
        self._ungated, self._source = ungated, PRELUDE + FRAME + attack
        self.asked: list[str] = []
        self._shapes = {name: lab._arrays[f"x_{name}"].shape[:2] for name in ("train", "test")}

    def run(self, header, arrays, *, limits, at_rung):
        self.asked.append(header["source"])
        source = HONEST if header["source"] == CONTROL else self._source
        request = {**header, "kind": "attack", "source": source, **self._shapes}
        return self._ungated.run(request, {}, limits=limits, at_rung=at_rung)


@pytest.fixture(scope="module")
def what(smoke, smoke_suite):
    ladder = [{"steps": n, "keep": 1, "margin": 0.0} for n in (10, 30)]
    return measurement(SEARCH, smoke_suite, changed(smoke, search={"ladder": ladder}))


@pytest.fixture(scope="module")
def scorer(what, smoke):
    """Of references that lose 1 everywhere, at the rungs too."""
    ones = ((1.0,),) * len(what.suite.tasks)
    references = [
        Evaluation(
            candidate_id=candidate_id(by_name(name).source),
            status=Status.SCORED,
            suite=what.suite.name,
            suite_hash=what.suite.hash,
            replicates=what.replicates,
            train=ones,
            id=ones,
            ood=ones,
            rungs=tuple(Rung(steps=steps, id=ones, ood=ones) for steps in what.rungs),
        )
        for name in ("relu", "gelu")
    ]
    return Scorer(references, families=["any"] * len(what.suite.tasks), rule=smoke.fitness)


@pytest.fixture
def attacked(what, scorer, ungated, tmp_path):
    """A lab whose children run an attack instead of a fit."""

    def start(attack):
        lab = Lab(what, limits=LIMITS, kept=tmp_path, scorer=scorer)
        lab._sandbox = cast(Sandbox, Attacker(ungated, attack, lab))
        return lab

    return start


@pytest.fixture
def measure(attacked):
    """Measures a child that runs an attack instead of a fit."""
    return lambda attack, *thresholds: attacked(attack).measure(LINEAR, thresholds=thresholds)


def test_an_honest_child_is_scored(measure):
    one = measure("assert ask(10, good) and ask(30, good)")
    assert one.status is Status.SCORED, one.reason
    assert [rung.steps for rung in one.rungs] == [10, 30] and one.rungs[0].ood == one.ood


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        ("", "answered before its last rung"),
        ("ask(10, good)", "answered before its last rung"),
        ("ask(30, good)", "rung 30, where 10 was due"),
        ("ask(10, good); ask(10, good)", "rung 10, where 30 was due"),
        ("ask(10, good); ask(30, good); ask(60, good)", "where None was due"),
        ("ask('x' * 9999, good)", "a rung is named by no step"),
        ("ask({}, good)", "a rung is named by no step"),
        ("ask(10.0, good)", "a rung is named by no step"),
        ("ask(10 ** 400, good)", "where 10 was due"),
        ("ask(10, {})", "it sent {}"),
        ("ask(10, {**good, 'more': good['test']})", "the arrays due are"),
        ("ask(10, {'test': good['test'][:, 1:]})", "the arrays due are"),
        ("ask(10, {'test': np.tile(good['test'], (2, 1))})", "the arrays due are"),
        ("ask(10, {'test': good['test'].astype(np.int32)})", "int32"),
        ("os.write(channel, b'\\xff' * 64)", "above the limit"),
        ("os.write(channel, (5).to_bytes(8, 'big') + b'noise')", "cut short"),
        ("ask(10, good); raise ValueError('midway')", "ValueError: midway"),
    ],
)
def test_what_breaks_the_order_of_rungs_fails(measure, attack, told):
    one = measure(attack)
    assert one.status is Status.FAILED and told in one.reason, one.reason
    assert len(one.reason) < 600 and len(one.rungs) <= 2


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("signal.raise_signal(signal.SIGKILL)", "killed by SIGKILL"),
        ("ctypes.string_at(0)", "killed by SIGSEGV"),
        ("os._exit(3)", "exit code 3"),
    ],
)
def test_a_source_that_ends_every_child_of_its_own_is_told_by_relu_and_not_kept(
    attacked, tmp_path, end, told
):
    lab = attacked(f"ask(10, good); {end}")
    one = lab.measure(LINEAR)
    assert one.status is Status.FAILED and one.machine_dependent
    assert one.reason == f"3 times no reply: {told}, where ReLU was answered"
    assert [rung.steps for rung in one.rungs] == [10] and not list(tmp_path.iterdir())
    assert lab._sandbox.asked == [LINEAR] * 3 + [CONTROL]


def test_a_child_that_hangs_between_rungs_is_a_time_out(measure):
    one = measure("ask(10, good)\nwhile True: pass")
    assert one.status is Status.TIMEOUT and [rung.steps for rung in one.rungs] == [10]


@pytest.mark.parametrize(
    "after",
    ["", "os._exit(9)", "raw({}, results)", "raw({'rung': 30}, good)", "while True: pass"],
)
def test_what_a_stopped_child_does_counts_for_nothing(measure, after):
    one = measure(f"ask(10, good)\n{after}", Threshold(steps=10, fitness=9.0))
    assert one.status is Status.PRUNED and [rung.steps for rung in one.rungs] == [10]
    assert "+9.000" in one.reason


def test_a_child_that_is_gone_before_it_is_told_is_pruned(measure):
    one = measure("raw({'rung': 10}, good); os._exit(0)", Threshold(steps=10, fitness=9.0))
    assert one.status is Status.PRUNED


@pytest.mark.parametrize("go_on", [True, False])
def test_the_answer_at_a_rung_is_one_byte(ungated, go_on):
    source = """
import time
raw({"rung": 10}, {})
time.sleep(0.2)
heard = os.read(channel, 1 << 16)
answer = {"heard": list(heard)}
"""
    told = []

    def at_rung(step, arrays):
        told.append(step)
        return go_on

    request = {"kind": "attack", "source": PRELUDE + FRAME + source, "test": [1, 1]}
    reply = ungated.run({**request, "train": [1, 1]}, {}, limits=LIMITS, at_rung=at_rung)
    assert told == [10]
    assert reply.stopped is not go_on
    if go_on:
        assert reply.header["heard"] == [1]


def test_a_rung_that_nobody_listens_to_is_an_answer_like_any_other(ungated):
    source = PRELUDE + FRAME + "raw({'rung': 10, 'status': 'scored'}, good); os._exit(0)"
    request = {"kind": "attack", "source": source, "test": [1, 1], "train": [1, 1]}
    reply = ungated.run(request, {}, limits=LIMITS)
    assert reply.ok and not reply.stopped
