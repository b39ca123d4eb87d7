import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from actmine.capability import vector_target
from actmine.gate import handlers as gate_handlers
from actmine.gate.examine import Examination, examine
from actmine.lab import handlers as lab_handlers
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import ProtocolError, pack, unpack
from actmine.sandbox.warm_process import BOOT, SandboxError, WarmProcess
from checkouts import ROOT
from probed import PROBES

GELU = "def activation(x):\n    return F.gelu(x)"
SLOW = """
def activation(x):
    y = x
    for i in range(16):
        for j in range(64):
            y = torch.sort(y + torch.sin(x), dim=0).values
            y = torch.sort(y * 0.5, dim=1).values + torch.erfinv(torch.tanh(y) * 0.9)
            y = torch.special.zeta(2 + y * y, 3.0) + torch.cumsum(y, dim=0) * 0.01
    return y
"""
HOG = """
def activation(x):
    y = x.reshape(-1)
    return x + 0.0 * torch.outer(torch.cat([y] * 8), torch.cat([y] * 8)).mean()
""".replace("[y] * 8", "[y, y, y, y, y, y, y, y]")
ASKED = Examination(probes=PROBES, max_flops=400, batch_coupled="flag")
LIMITS = Limits(memory_mb=1024, cpu_s=20, wall_s=60)


def sample(gate, source, limits=LIMITS):
    x = np.linspace(-2, 2, 128 * 64, dtype=np.float32).reshape(128, 64)
    return gate.run({"kind": "sample", "source": source}, {"x": x}, limits=limits)


def children_of(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_child_answers_with_arrays(gate):
    reply = sample(gate, GELU)
    assert reply.ok and reply.arrays["y"].shape == (128,)
    assert reply.arrays["slope"].dtype == np.float32
    assert 0 < reply.cpu_s < 20 and reply.peak_mb > 10


def test_layers_are_told_with_every_reply(gate):
    assert "disposable" in sample(gate, GELU).layers["process"]
    assert (
        "disposable" in sample(gate, "def activation(x):\n    return 1 / 0").layers["process"]
    )


def test_what_a_candidate_raises_is_the_reason(gate):
    reply = sample(gate, "def activation(x):\n    return x / (1 / 0)")
    assert not reply.ok and reply.reason == "ZeroDivisionError: division by zero"


def test_a_hang_ends_at_its_cpu_limit_and_says_so(gate):
    reply = sample(gate, SLOW, Limits(memory_mb=1024, cpu_s=1, wall_s=60))
    assert reply.timed_out and "over its time limit (1 CPU s" in reply.reason


def test_a_hang_ends_at_its_wall_limit_with_its_process(gate):
    reply = sample(gate, SLOW, Limits(memory_mb=1024, cpu_s=60, wall_s=0.5))
    assert reply.disturbed and not reply.timed_out and reply.wall_s < 20
    assert reply.reason.startswith("no reply within 0 s, of which it had 0.")
    assert not children_of(gate.process.pid)


def test_a_memory_hog_is_named_with_its_limit(gate):
    reply = sample(gate, HOG, Limits(memory_mb=512, cpu_s=20, wall_s=60))
    assert not reply.ok and reply.reason == "out of memory (limit 512 MB)"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read a locked process")
def test_the_environment_holds_no_variable_but_an_allow_list(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    with Sandbox(gate_handlers) as sandbox:
        environment = Path(f"/proc/{sandbox.process.pid}/environ").read_bytes()
    names = {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert b"sk-planted" not in environment
    assert names <= {
        b"LC_ALL",
        b"OMP_NUM_THREADS",
        b"OPENBLAS_NUM_THREADS",
        b"PYTORCH_JIT",
        b"GLIBC_TUNABLES",
        b"MKL_NUM_THREADS",
        b"LD_LIBRARY_PATH",
        b"ATEN_CPU_CAPABILITY",
        b"NPY_DISABLE_CPU_FEATURES",
        b"OPENBLAS_CORETYPE",
    }


def in_a_fresh_process(code, *words):
    """What it prints, word by word."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


A_FIT = """
import itertools, sys
from dataclasses import replace
from actmine.functions import catalog
from actmine.lab import handlers, lightning
from actmine.lab.work import FitSettings
sizes = {"width": 4, "depth": 1, "steps": 2, "batch": 2}
settings = FitSettings(**sizes, learning_rate=1e-2, optimizer="adam", seed=0)
def fit(source, optimizer="adam"):
    request = handlers.fit_request(source, replace(settings, optimizer=optimizer))
    return handlers.train(request, handlers.request_arrays(handlers.tiny_work()))[1]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "imported", "spared"),
    [
        ("gate", "torch", {"torch._dynamo", "pytorch_lightning", "sympy", "yaml"}),
        *(
            (
                *(room, "pytorch_lightning"),
                {"torch._dynamo.config", "torchmetrics", "rich", "scipy", "pandas", "sympy"},
            )
            for room in ("lab", "champion")
        ),
    ],
)
def test_a_warm_process_imports_what_it_serves_and_little_else(room, imported, spared):
    told = in_a_fresh_process(
        f"import sys; from actmine.{room} import handlers; "
        "assert 'torch' not in sys.modules; handlers.warm_up(); print(*sys.modules)"
    )
    assert imported in told
    assert not spared & set(told)


@pytest.mark.slow
def test_no_fit_of_a_known_function_imports_anything_more():
    told = in_a_fresh_process(
        A_FIT + "handlers.warm_up(); warm = set(sys.modules)\n"
        "kinds = itertools.cycle(('adam', 'sgd'))\n"
        "fits = [fit(one.source, kind) for one, kind in zip(catalog.CATALOG, kinds)]\n"
        "print(sum(map(bool, fits)), *(set(sys.modules) - warm))"
    )
    assert int(told[0]) > 60 and not told[1:]


@pytest.mark.slow
def test_a_warm_process_computes_all_members_of_a_fit_at_once():
    told = in_a_fresh_process(
        "from actmine.sandbox import zygote; zygote._warm('actmine.lab.handlers')\n"
        "import torch; from actmine.lab.members import over_members\n"
        "calls, x = [], torch.linspace(-2, 2, 24).reshape(3, 4, 2)\n"
        "def activation(x): calls.append(x.shape); return torch.sin(x) - x.mean(dim=0)\n"
        "members = over_members(activation, [x]); calls.clear()\n"
        "members.call(x); print(len(calls))\n"
        "print(type(over_members(torch.sin, [x]).apply(x, x)).__name__)\n"
    )
    assert told == ["1", "Compiled" if vector_target() else "Recorded"]


@pytest.mark.slow
def test_a_fit_is_the_same_with_and_without_the_compiler():
    code = (
        A_FIT + "sys.argv[1:] and lightning.leave_compiler_out()\n"
        "fitted = fit('def activation(x):\\n    return torch.sin(x) * x\\n')\n"
        "print('torch._dynamo.config' in sys.modules)\n"
        "print(*(values.tobytes().hex() for values in fitted.values()))"
    )
    without, whole = in_a_fresh_process(code, "without"), in_a_fresh_process(code)
    assert (without[0], whole[0]) == ("False", "True")
    assert without[1:] == whole[1:]


@pytest.mark.slow
def test_packages_that_were_hidden_can_be_imported_afterwards():
    told = in_a_fresh_process(
        "from actmine.lab.lightning import import_lightning; import_lightning(); "
        "import rich, torchmetrics; from importlib.metadata import version; "
        "print(version('rich'), issubclass(torchmetrics.MeanMetric, torchmetrics.Metric))"
    )
    assert told == [version("rich"), "True"]


def test_nothing_is_left_when_the_sandbox_closes():
    with Sandbox(gate_handlers) as sandbox:
        assert sample(sandbox, GELU).ok
        pid, folder = sandbox.process.pid, sandbox.process.folder
    assert not Path(f"/proc/{pid}").exists() and not folder.exists()


def test_a_warm_process_that_nobody_waited_for_is_ended_at_once():
    with WarmProcess(lab_handlers) as process:
        pid, folder = process.pid, process.folder
    assert not Path(f"/proc/{pid}").exists() and not folder.exists()


def test_a_warm_process_that_does_not_start_is_named_with_its_exit_code():
    class Broken(Sandbox):
        boot = "raise SystemExit(3)"

    with (
        Broken(gate_handlers) as sandbox,
        pytest.raises(
            SandboxError,
            match=r"gate\.handlers ended \(exit code 3\) before it was ready",
        ),
    ):
        sample(sandbox, GELU)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0" * 7,
        (1 << 60).to_bytes(8, "big"),
        (4).to_bytes(8, "big") + b"nope",
        (2).to_bytes(8, "big") + b"[]",
        pack({}, {"a": np.zeros(3, np.float32)})[:-1],
        pack({}, {"a": np.zeros(3, np.float32)}) + b"x",
        pack({}, {"a": np.zeros(3, np.float64)}),
        pack({}, {"a": np.zeros(3, np.float32)}).replace(b"[3]", b"[9]"),
        pack({}, {"a": np.zeros(3, np.float32)}).replace(b"[[", b"[{"),
    ],
)
def test_a_message_that_does_not_add_up_is_refused(message):
    with pytest.raises(ProtocolError):
        unpack(message)


def test_a_message_survives_the_way():
    arrays = {
        "x": np.arange(6, dtype=np.float32).reshape(2, 3),
        "i": np.arange(2, dtype=np.int32),
    }
    header, received = unpack(pack({"kind": "fit", "n": 3}, arrays))
    assert header == {"kind": "fit", "n": 3}
    assert all(np.array_equal(received[name], arrays[name]) for name in arrays)


def test_the_gate_tells_flops_coupling_and_fingerprint(gate):
    verdict = examine(GELU, sandbox=gate, settings=ASKED)
    assert verdict.status == "accepted" and verdict.coupling == "pointwise"
    assert 5 < verdict.flops < 40 and verdict.fingerprint.shape == (128,)


def test_the_gate_refuses_what_is_over_budget_with_its_count(gate):
    verdict = examine(
        GELU,
        sandbox=gate,
        settings=Examination(probes=PROBES, max_flops=2, batch_coupled="flag"),
    )
    assert verdict.layer == "budget" and "over the budget of 2" in verdict.reason


def test_the_gate_refuses_by_contract_what_is_not_finite(gate):
    verdict = examine(
        "def activation(x):\n    return torch.log(x)", sandbox=gate, settings=ASKED
    )
    assert verdict.layer == "contract" and "finite" in verdict.reason


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "def activation(x):\n    if x > 0:\n        return x\n    return 0 * x",
            "line 2: `if x > 0: return x` asks a whole tensor; write torch.where(condition, a,",
        ),
        (
            "def part(t, n):\n    y = t.mean(-1, True)\n    return t if y > n else y\n\n\n"
            "def activation(x):\n    return part(x, 1)",
            "line 3: `t if y > n else y` asks a whole tensor; write torch.where(condition, a,",
        ),
        (
            "def activation(x):\n    return torch.where(x > 0 and x < 1, x, 0)",
            "line 2: `x > 0 and x < 1` asks a whole tensor; write (a > b) & (c > d), with |",
        ),
        (
            "def activation(x):\n    return max(x, 0)",
            "line 2: `max(x, 0)` asks a whole tensor; write torch.clamp, or torch.maximum",
        ),
        (
            "from math import exp\n\n\ndef activation(x):\n    return exp(x)",
            "line 5: `math.exp(x)` is given a tensor; write it with torch, as torch.exp",
        ),
        (
            "def activation(x):\n    return x * torch.sqrt(2)",
            "line 2: `torch.sqrt(2)` is given a number; write math.sqrt",
        ),
        (
            "HALF = torch.sigmoid(0)\n\n\ndef activation(x):\n    return HALF * x",
            "line 1: `torch.sigmoid(0)` is given a number; write what that gives, or torch.ten",
        ),
        (
            "def activation(x):\n    y = x\n    return x @ y",
            "line 3: raised RuntimeError: mat1 and mat2 shapes cannot be multiplied",
        ),
    ],
)
def test_the_gate_names_the_line_that_raised_and_what_to_write_instead(gate, source, told):
    verdict = examine(source, sandbox=gate, settings=ASKED)
    assert verdict.layer == "contract" and verdict.reason.startswith(told)


@pytest.mark.parametrize(
    "line",
    [
        "x = x if x.shape[-1] > 3 and not x.ndim == 1 else 2 * x",
        "x = sum([max(i, 1) * torch.tanh(x) for i in range(3)])",
        "x = x * math.exp(1) + torch.where(x.sum() > 0, 1.0, 2.0) * float(2)",
    ],
)
def test_the_gate_lets_numbers_decide_and_be_computed_with(gate, line):
    source = f"def activation(x):\n    {line}\n    return x"
    assert examine(source, sandbox=gate, settings=ASKED).status == "accepted"


def test_the_gate_refuses_statically_without_a_child(gate):
    verdict = examine("import os\n", sandbox=gate, settings=ASKED)
    assert verdict.layer == "static" and verdict.layers is None


def test_the_policy_for_batch_coupled_functions_is_kept(gate):
    centred = "def activation(x):\n    return x - x.mean()"
    assert examine(centred, sandbox=gate, settings=ASKED).status == "accepted"
    strict = Examination(probes=PROBES, max_flops=400, batch_coupled="reject")
    verdict = examine(centred, sandbox=gate, settings=strict)
    assert verdict.layer == "contract" and "other rows of the batch" in verdict.reason


def test_a_host_that_ends_without_a_request_leaves_no_message_of_the_warm_process():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        told = [str(theirs.fileno()), gate_handlers.__name__]
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", BOOT, str(ROOT / "workflow_scripts"), *told],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
        ours.recv(1, socket.MSG_PEEK)  # it is ready, and nobody has read so
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def test_a_host_that_ends_without_a_word_to_its_warm_process_leaves_no_message_of_it():
    """Whatever it imports by then, its folder is there."""
    host = (
        "import sys, time\nfrom actmine.gate import handlers\n"
        "from actmine.sandbox.warm_process import WarmProcess\n"
        "process = WarmProcess(handlers)\ntime.sleep(float(sys.argv[1]))\n"
    )
    hosts = [
        subprocess.Popen(
            [sys.executable, "-c", host, str(delay)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "workflow_scripts")},
            stderr=subprocess.PIPE,
        )
        for delay in (0.0, 0.1, 0.4, 0.8)
    ]
    assert [(host.communicate(timeout=60)[1], host.returncode) for host in hosts] == [
        (b"", 0)
    ] * 4
