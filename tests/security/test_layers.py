"""The layers in force, the profiles, and what a missing layer says."""

import ctypes
import os
from pathlib import Path

import numpy as np
import pytest

from actmine.gate import handlers
from actmine.sandbox import landlock
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import SandboxError
from attacks import LIMITS
from ungated import Ungated

GELU = "def activation(x):\n    return F.gelu(x)"
STATUS = """
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
answer = {name: fields[name].strip() for name in
          ("CapPrm", "CapEff", "CapInh", "CapAmb", "NoNewPrivs", "Seccomp", "CapBnd")}
"""


def curve(sandbox):
    x = np.linspace(-2, 2, 128 * 64, dtype=np.float32).reshape(128, 64)
    return sandbox.run({"kind": "sample", "source": GELU}, {"x": x}, limits=LIMITS)


class Lacking(Sandbox):
    """Its warm process finds a kernel without one layer."""

    boot = Sandbox.boot.replace(
        "from actmine.sandbox.zygote",
        "from actmine.sandbox import landlock; landlock.abi = lambda: 0; "
        "from actmine.sandbox.zygote",
    )


class Foreign(Sandbox):
    """Its warm process runs on a machine without a table of system calls."""

    boot = Sandbox.boot.replace(
        "from actmine.sandbox.zygote",
        "from actmine.sandbox import seccomp; seccomp.architecture = lambda: None; "
        "from actmine.sandbox.zygote",
    )


def test_strict_tells_every_layer(ungated):
    told = curve(ungated).layers
    assert told["isolation"] == "strict" and told["seccomp"] == "on"
    assert told["landlock"] == f"on (abi {min(landlock.abi(), landlock.NEWEST_ABI)})"
    assert "no capabilities" in told["privileges"] and "no new process" in told["rlimits"]


def test_a_missing_landlock_is_an_error_that_names_the_profile_key():
    with Lacking(handlers) as sandbox, pytest.raises(SandboxError) as raised:
        curve(sandbox)
    assert "layer landlock is required and missing" in str(raised.value)
    assert "5.13" in str(raised.value) and "sandbox.isolation to container" in str(raised.value)


def test_a_container_replaces_landlock_but_not_seccomp():
    with Lacking(handlers, isolation="container") as sandbox:
        told = curve(sandbox).layers
    assert told["landlock"] == "replaced by the container" and told["seccomp"] == "on"


@pytest.mark.parametrize("isolation", ["strict", "container"])
def test_a_missing_seccomp_is_an_error(isolation):
    with (
        Foreign(handlers, isolation=isolation) as sandbox,
        pytest.raises(SandboxError, match=r"seccomp is required .* gate-only"),
    ):
        curve(sandbox)


def test_gate_only_must_be_named_and_warns_at_every_run(capfd):
    for _ in range(2):
        with Sandbox(handlers, isolation="gate-only") as sandbox:
            told = curve(sandbox).layers
        assert "WARNING: sandbox.isolation is gate-only" in capfd.readouterr().err
    assert told["landlock"] == told["seccomp"] == "off (gate-only)"


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="'none' is not a valid Isolation"):
        Sandbox(handlers, isolation="none")


def test_the_child_holds_no_capability_and_no_environment_but_the_allow_list(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    with Ungated(handlers, isolation="gate-only") as sandbox:
        request = {"kind": "attack", "source": "import os\n" + STATUS}
        status = sandbox.run(request, {}, limits=LIMITS).header
        request["source"] = (
            "import os\n"
            "answer = {'names': list(os.environ), 'cwd': os.listdir('.'), "
            "'fds': os.listdir('/dev/fd')}"
        )
        found = sandbox.run(request, {}, limits=LIMITS).header
    held = [status[name] for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")]
    assert {int(bits, 16) for bits in held} == {0} and status["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert int(status["CapBnd"], 16) == 0
    assert set(found["names"]) <= {
        *("LC_ALL", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("LD_LIBRARY_PATH", "ATEN_CPU_CAPABILITY", "PYTORCH_JIT", "GLIBC_TUNABLES"),
        *("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"),
        # Set by torch and by threadpoolctl, in the warm process.
        *("TORCHINDUCTOR_CACHE_DIR", "KMP_DUPLICATE_LIB_OK"),
    }
    # The streams, the channel, and the listing's own.
    assert found["cwd"] == [] and len(found["fds"]) <= 5


def test_warm_process_and_host_cannot_be_read_by_their_user(ungated):
    assert _dumpable() == 0
    fields = Path(f"/proc/{ungated.process.pid}/status").read_text()
    held = [
        line.split()[1] for line in fields.splitlines() if line.startswith(("CapEff", "CapPrm"))
    ]
    assert {int(bits, 16) for bits in held} == {0}


def test_what_is_hidden_is_left_out_of_what_may_be_read(tmp_path):
    for name in ("a", "b/inner", "c"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "b")
    hidden = [tmp_path / "b" / "inner"]
    assert set(landlock._without(tmp_path, hidden)) == {tmp_path / "a", tmp_path / "c"}
    assert list(landlock._without(tmp_path / "a", hidden)) == [tmp_path / "a"]
    assert not any(
        path == landlock.PACKAGE or path in landlock.PACKAGE.parents
        for path in landlock.readable()
    )


def _dumpable():
    return ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
