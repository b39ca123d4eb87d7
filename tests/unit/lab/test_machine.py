"""What a machine does to trainings leaves nothing in the store that is not theirs."""

import json
import resource
import signal
from pathlib import Path

import pytest

from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import Lab, fit_limits, measurement, require_losses
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.warm_process import SandboxError
from actmine.settings.measurements import SEARCH
from configured import changed
from victims import control_group, signalled

pytestmark = pytest.mark.slow

HOG = (
    "def activation(x):\n"
    "    y = torch.cat([x, x, x, x], dim=1).reshape(-1)\n"
    "    return x + 0.0 * torch.outer(y, y).mean()"
)
SOURCES = {
    **{name: by_name(name).source for name in ("relu", "gelu", "silu")},
    "not finite": "def activation(x):\n    return 1e4 * x**5",
    "a hog": HOG,
}
LIMITS = Limits(memory_mb=300, cpu_s=60, wall_s=120)
# Lightning makes exceptions of the second and the third.
ENDS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV]


@pytest.fixture(scope="module")
def own():
    """A sandbox that tests may spoil."""
    with Sandbox(handlers) as sandbox:
        sandbox.process.wait_until_ready()
        yield sandbox


@pytest.fixture
def opened(own, smoke, smoke_suite):
    """Opens a lab on a store."""
    what = measurement(SEARCH, smoke_suite, smoke)
    return lambda kept, limits=LIMITS: Lab(what, limits=limits, kept=kept, sandbox=own)


def kept(folder: Path):
    """What the store holds at each address, but for measured times."""
    rows = {path.name: json.loads(path.read_bytes()) for path in folder.rglob("*.*")}
    return {name: {**row, "timings": None} for name, row in rows.items()}


@pytest.fixture(scope="module")
def undisturbed(own, smoke, smoke_suite, tmp_path_factory):
    """The store of trainings that nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    lab = Lab(measurement(SEARCH, smoke_suite, smoke), limits=LIMITS, kept=folder, sandbox=own)
    fates = [lab.measure(source).status for source in SOURCES.values()]
    assert fates == [Status.SCORED] * 3 + [Status.FAILED] * 2
    return kept(folder)


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_children_that_are_ended_at_any_moment_leave_the_store_of_an_undisturbed_run(
    own, opened, undisturbed, tmp_path, number
):
    lab = opened(tmp_path)
    for seed, source in enumerate(SOURCES.values()):
        with signalled(own.process.pid, [number] * 2, after=(0, 0.3), seed=seed) as hit:
            lab.measure(source)
        assert hit
    assert kept(tmp_path) == undisturbed


def test_where_all_children_are_ended_nothing_is_kept_and_the_next_run_is_undisturbed(
    own, opened, undisturbed, tmp_path
):
    lab = opened(tmp_path)
    for source in SOURCES.values():
        with (
            signalled(own.process.pid, [signal.SIGKILL] * 5, after=(0, 0.002)),
            pytest.raises(SandboxError, match="ends all children"),
        ):
            lab.measure(source)
    assert not kept(tmp_path)
    for source in SOURCES.values():
        lab.measure(source)
    assert kept(tmp_path) == undisturbed


def test_a_warm_process_that_is_killed_leaves_nothing(smoke, smoke_suite, tmp_path):
    what = measurement(SEARCH, smoke_suite, smoke)
    with Lab(what, limits=LIMITS, kept=tmp_path) as lab:
        process = lab._sandbox.process
        process.wait_until_ready()
        process._process.kill()
        with pytest.raises(SandboxError, match=r"lab\.handlers ended \(killed by SIGKILL\)"):
            lab.measure(SOURCES["gelu"])
    assert not kept(tmp_path)


def test_a_file_that_may_not_grow_fails_the_job_and_leaves_nothing(
    opened, undisturbed, tmp_path
):
    lab, (soft, hard) = opened(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            lab.measure(SOURCES["gelu"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not kept(tmp_path)
    for source in SOURCES.values():
        lab.measure(source)
    assert kept(tmp_path) == undisturbed


def test_a_reference_that_a_limit_ends_fails_its_job_and_is_not_kept(
    own, smoke, smoke_suite, tmp_path
):
    wide = measurement(SEARCH, smoke_suite, changed(smoke, lab={"width": 512}))
    little = Limits(memory_mb=1, cpu_s=60, wall_s=120)
    lab = Lab(wide, limits=little, kept=tmp_path, sandbox=own)
    one = lab.measure(SOURCES["relu"])
    assert one.status is Status.FAILED and not kept(tmp_path)
    told = r"reference relu has no losses: out of memory \(limit 1 MB\)\. Raise the limit"
    with pytest.raises(SandboxError, match=told):
        require_losses([one])
    lab.limits = LIMITS
    again = lab.measure(SOURCES["relu"])
    assert again.status is Status.SCORED and require_losses([again]) == [again]


@pytest.fixture
def little_memory(own):
    """Lets the warm process and its children have so many MB more."""
    with control_group("memory", own.process.pid) as group:
        limit, used = group / "memory.max", group / "memory.current"
        if not limit.exists():
            limit, used = group / "memory.limit_in_bytes", group / "memory.usage_in_bytes"

        def give(more):
            limit.write_text(str(int(used.read_text()) + (more << 20)))

        yield give
        own.close()


def test_what_the_kernel_ends_for_want_of_memory_is_not_kept(
    little_memory, opened, tmp_path, smoke
):
    lab = opened(tmp_path, fit_limits(smoke.sandbox, []))
    little_memory(128)
    one = lab.measure(HOG)
    assert one.status is Status.FAILED and one.machine_dependent
    assert one.reason == "3 times no reply: killed by SIGKILL, where ReLU was answered"
    little_memory(2)  # for no child; sometimes not for the warm process either
    with pytest.raises(SandboxError, match=r"killed by SIGKILL.*; see what the machine"):
        lab.measure(SOURCES["silu"])
    assert not kept(tmp_path)
