"""Functions are measured as candidates are: gate, locked child, scores in the parent."""

import json
import signal

import pytest

from actmine.functions.catalog import by_name
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.transfer import handlers
from actmine.transfer.benchmark import Tier
from actmine.transfer.benchmarks import bikeshare, co2
from actmine.transfer.data import data_hash
from actmine.transfer.measure import TransferLab
from actmine.transfer.settings import TransferSettings
from victims import signalled

GELU = by_name("gelu").source


def settings(**changed):
    given = {
        "tier": Tier.SMOKE, "benchmarks": ("co2",), "seeds": 1, "first_seed": 0,
        "learning_rates": (1.0,), "folders": {}, "device": "cpu", "memory_mb": 2000,
        "cpu_s": 60.0, "isolation": "strict",
    }  # fmt: skip
    return TransferSettings(**{**given, **changed})


@pytest.fixture(scope="module")
def data():
    return co2.load(Tier.SMOKE, {})


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(handlers) as warm:
        yield warm


def opened(sandbox, kept, benchmark, rows, **changed):
    """A lab on a sandbox that is warm already."""
    lab = TransferLab(
        benchmark, rows, data_hash=data_hash(rows), settings=settings(**changed), kept=kept
    )
    lab._sandbox = sandbox
    return lab


@pytest.fixture(scope="module")
def lab(data, sandbox, tmp_path_factory):
    return opened(sandbox, tmp_path_factory.mktemp("store"), co2.BENCHMARK, data)


def test_a_function_is_scored_on_every_split_by_the_parent(lab):
    one = lab.measure(GELU, seed=3)
    assert one.status is Status.SCORED and set(one.scores) == {"val", "id_test", "ood_test"}
    assert 0 < one.scores["id_test"] < 0.5 and one.learning_rate == 0.003
    assert one.layers["isolation"] == "strict" and one.timings["cpu_s"] > 0


def test_the_same_function_and_seed_give_the_same_bits_and_another_seed_others(
    lab, data, sandbox, tmp_path
):
    again = opened(sandbox, tmp_path, co2.BENCHMARK, data).measure(GELU, seed=3)
    assert again.scores == lab.measure(GELU, seed=3).scores
    assert again.scores != lab.measure(GELU, seed=4).scores


def test_a_kept_outcome_is_not_measured_again(lab):
    first = lab.measure(GELU, seed=3)
    assert lab.measure(GELU, seed=3).timings == first.timings


@pytest.mark.parametrize(
    ("source", "status", "told"),
    [
        ("import os\ndef activation(x):\n    return x", Status.REJECTED, "line 1"),
        ("def activation(x):\n    return torch.log(x)", Status.FAILED, "not finite"),
        ("def activation(x):\n    return x.reshape(7, 7, 7)", Status.FAILED, "RuntimeError"),
    ],
)
def test_what_goes_wrong_becomes_a_record(lab, source, status, told):
    one = lab.measure(source, seed=0)
    assert one.status is status and told in one.reason and not one.scores


def test_of_several_learning_rates_the_best_on_validation_is_taken(data, sandbox, tmp_path):
    grid = opened(sandbox, tmp_path, co2.BENCHMARK, data, learning_rates=(1e-4, 1.0))
    one = grid.measure(GELU, seed=0)
    assert one.learning_rate == 0.003 and len(one.rates) == 2
    assert one.scores["val"] == min(one.rates.values())


def test_a_training_over_its_time_is_a_machine_dependent_record(sandbox, tmp_path):
    rows = bikeshare.load(Tier.OFFLINE, {})
    slow = "def activation(x):\n    for i in range(60):\n        x = torch.sin(x)\n    return x"
    hasty = opened(sandbox, tmp_path, bikeshare.BENCHMARK, rows, tier=Tier.OFFLINE, cpu_s=1.0)
    one = hasty.measure(slow, seed=0)
    assert one.status is Status.TIMEOUT and one.machine_dependent


@pytest.mark.slow
def test_trainings_whose_children_are_ended_leave_the_outcome_of_undisturbed_ones(
    data, sandbox, tmp_path
):
    rates = {"learning_rates": (0.5, 1.0)}
    slow = (
        "def activation(x):\n"
        "    for _ in range(60):\n"
        "        x = x + 0.01 * torch.sin(x)\n"
        "    return x"
    )
    quiet = opened(sandbox, tmp_path / "quiet", co2.BENCHMARK, data, **rates)
    undisturbed = quiet.measure(slow, seed=0)
    lab = opened(sandbox, tmp_path / "kept", co2.BENCHMARK, data, **rates)
    pid, ends = sandbox.process.pid, [signal.SIGKILL] * 3
    with signalled(pid, ends, after=(0.03, 0.06), once_locked=True) as hit:
        part = lab.measure(slow, seed=0)  # the first rate has no child left, the second has
    assert len(hit) == 3 and part.is_scored and list(part.rates) == ["0.003"]
    assert not list((tmp_path / "kept").rglob("*.json"))
    with signalled(pid, ends[:2], after=(0.03, 0.06), once_locked=True) as hit:
        assert lab.measure(slow, seed=0).rates == undisturbed.rates
    assert len(hit) == 2
    kept = [untimed_files(tmp_path / name) for name in ("kept", "quiet")]
    assert kept[0] == kept[1] and len(kept[0]) == 1


def untimed_files(folder):
    """What a store holds, but for measured times."""
    rows = {path.name: json.loads(path.read_bytes()) for path in folder.rglob("*.json")}
    return {name: {**row, "timings": None} for name, row in rows.items()}


def test_what_a_limit_ended_is_not_kept_since_another_invocation_may_have_another(
    data, sandbox, tmp_path
):
    hog = (
        "def activation(x):\n"
        "    y = torch.cat([x, x, x, x], dim=1).reshape(-1)\n"
        "    return x + 0.0 * torch.outer(y, y).mean()"
    )
    lab = opened(sandbox, tmp_path, co2.BENCHMARK, data, memory_mb=512)
    one = lab.measure(hog, seed=0)
    assert one.status is Status.FAILED and one.reason == "out of memory (limit 512 MB)"
    assert not list(tmp_path.iterdir())


def test_a_lie_scores_what_its_predictions_are_worth(lab):
    source = "def activation(x):\n    return x * 0 + x.relu() * 1e-9"
    one = lab.measure(source, seed=0)
    assert one.status is Status.SCORED and one.scores["ood_test"] > 0.5
