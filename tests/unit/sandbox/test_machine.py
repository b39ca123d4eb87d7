"""Real limits, signals and kills: what the machine does to a child is no verdict."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from actmine.gate import handlers
from actmine.gate.examine import CHECK_LIMITS, Examination, examine
from actmine.gate.patience import TRIES
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.warm_process import SandboxError
from checkouts import ROOT
from probed import PROBES
from victims import children_of, control_group, signalled

pytestmark = pytest.mark.slow

GELU = "def activation(x):\n    return F.gelu(x)"
SLOW = """
def activation(x):
    y = x
    for i in range(16):
        for j in range(16):
            y = torch.sort(torch.special.zeta(2 + y * y, 3.0) + torch.sin(x), dim=1).values
    return y
"""
ASKED = Examination(probes=PROBES, max_flops=400, batch_coupled="flag")
LIMITS = Limits(memory_mb=1024, cpu_s=20, wall_s=60)
AT_WORK = (0.05, 0.1)  # seconds, once a child has locked itself


def sample(sandbox, source, limits=LIMITS):
    x = np.linspace(-2, 2, 128 * 64, dtype=np.float32).reshape(128, 64)
    return sandbox.run({"kind": "sample", "source": source}, {"x": x}, limits=limits)


@pytest.fixture
def own():
    """A sandbox that a test may spoil."""
    with Sandbox(handlers) as sandbox:
        sandbox.process.wait_until_ready()
        yield sandbox


@pytest.mark.parametrize(
    "number",
    [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGXCPU, signal.SIGRTMIN],
    ids=lambda number: number.name,
)
def test_a_signal_from_outside_is_no_verdict_and_the_next_child_works(gate, number):
    with signalled(gate.process.pid, [number], after=AT_WORK, once_locked=True):
        reply = sample(gate, SLOW)
    assert not reply.ok and reply.disturbed and not reply.timed_out
    assert f"killed by {number.name}" in reply.reason
    assert sample(gate, GELU).ok


def test_a_child_that_is_stopped_is_ended_at_once_and_is_no_verdict(gate):
    with signalled(gate.process.pid, [signal.SIGSTOP], after=AT_WORK, once_locked=True):
        reply = sample(gate, SLOW)
    assert reply.disturbed and reply.wall_s < 10
    assert reply.reason == "no reply: killed by SIGKILL"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_a_child_that_ends_before_it_has_seen_the_source_is_no_verdict(gate, number):
    for seed in range(40):
        with signalled(gate.process.pid, [number], after=(0, 0.001), seed=seed):
            reply = sample(gate, GELU)
        assert reply.ok or reply.disturbed
        if reply.disturbed and not reply.layers:
            return
    pytest.fail("no child was hit so early")


def test_at_whatever_moment_a_child_is_ended_there_is_an_answer_or_no_verdict(gate):
    ends = [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]
    fates = set()
    for seed in range(40):
        number = ends[seed % len(ends)]
        with signalled(gate.process.pid, [number], after=(0, 0.06), seed=seed):
            reply = sample(gate, GELU)
        assert reply.ok or reply.disturbed, reply.reason
        fates.add("ok" if reply.ok else "disturbed")
    assert fates >= {"ok", "disturbed"}


@pytest.mark.parametrize("times", [1, 2])
def test_a_check_whose_child_is_ended_is_made_again(gate, times):
    ends = [signal.SIGKILL, signal.SIGTERM][:times]
    undisturbed = examine(GELU, sandbox=gate, settings=ASKED)
    with signalled(gate.process.pid, ends, after=(0.01, 0.01)) as hit:
        verdict = examine(GELU, sandbox=gate, settings=ASKED)
    assert len(hit) == times and verdict.status == undisturbed.status == "accepted"
    assert np.array_equal(verdict.fingerprint, undisturbed.fingerprint)


def test_where_every_child_is_ended_the_check_fails_and_judges_nothing(gate):
    with (
        signalled(gate.process.pid, [signal.SIGKILL] * 4, after=(0.005, 0.01)) as hit,
        pytest.raises(SandboxError, match=r"the machine ends all children.*ulimit -a"),
    ):
        examine(SLOW, sandbox=gate, settings=ASKED)
    assert len(hit) >= TRIES


# Lowered one after the other for good: each is met before those above it.
SHELLS = [
    (resource.RLIMIT_STACK, "s", 64 << 10, 8 << 20),
    (resource.RLIMIT_DATA, "d", 1 << 20, CHECK_LIMITS.memory_mb << 20),
    (resource.RLIMIT_AS, "v", 1 << 20, CHECK_LIMITS.memory_mb << 20),
    (resource.RLIMIT_CPU, "t", 3, int(CHECK_LIMITS.cpu_s) + 1),
    (resource.RLIMIT_NOFILE, "n", 12, 32),
]


def test_a_shells_limit_is_named_with_its_remedy_and_is_no_verdict(own):
    pid = own.process.pid
    for kind, _, small, _ in SHELLS:
        before = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (small, before[1]))  # a child takes what it is left
        assert examine(GELU, sandbox=own, settings=ASKED).status == "accepted"
        resource.prlimit(pid, kind, before)
    for kind, option, small, needed in SHELLS:
        if option in "dv":  # beyond what the warm process has
            needed += int(Path(f"/proc/{pid}/statm").read_text().split()[0]) << 12
            needed -= 1 << 20
        for hard in (needed - 1, small):
            resource.prlimit(pid, kind, (small, hard))
            with pytest.raises(SandboxError, match=f"`ulimit -{option}` is .* raise it"):
                examine(GELU, sandbox=own, settings=ASKED)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_warm_process_that_is_ended_is_an_error_that_tells_how_and_leaves_no_child(
    own, number
):
    pid = own.process.pid
    children: list[int] = []

    def end():
        while not children:
            children.extend(children_of(pid))
        time.sleep(0.1)
        os.kill(pid, number)

    ender = threading.Thread(target=end)
    ender.start()
    with pytest.raises(SandboxError, match=rf"killed by {number.name}\) while it had a child"):
        sample(own, SLOW)
    ender.join()
    until = time.monotonic() + 10
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not Path(f"/proc/{children[0]}").exists()
    with pytest.raises(SandboxError, match="killed by"):
        sample(own, GELU)


@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_a_warm_process_that_is_ended_while_it_warms_up_says_so(delay):
    with Sandbox(handlers) as sandbox:
        pid = sandbox.process.pid
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(SandboxError, match=r"killed by SIGKILL\) before it was ready"):
            sample(sandbox, GELU)


def test_a_child_that_cannot_be_started_is_an_error_that_says_so(capfd):
    with Sandbox(handlers) as sandbox, control_group("pids", sandbox.process.pid) as group:
        sandbox.process.wait_until_ready()
        (group / "pids.max").write_text("1")
        with pytest.raises(SandboxError, match=r"ended \(exit code 1\) while it had a child"):
            sample(sandbox, GELU)
    assert "no child can be started: [Errno 11]" in capfd.readouterr().err


def test_try_tells_a_shells_limit_in_one_line(tmp_path):
    source = tmp_path / "gelu.py"
    source.write_text(GELU)
    command = [sys.executable, "-m", "actmine", "try", "--gate-only", str(source)]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -t 9 && exec "$@"', "bash", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("actmine: the shell's limit `ulimit -t` is 9 CPU seconds")
    assert done.stderr.count("\n") == 1
