"""Whatever the gate accepts touches no file, socket or process and changes no global state.

Random programs are built from Python's grammar and from the names that can be reached from
torch. An audit hook of the interpreter watches those that the gate accepts while they run.
"""

import sys
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actmine.gate import library
from actmine.gate.state import GlobalState
from actmine.gate.static import Refusal, admit, load

WATCHED = ("open", "os.", "socket.", "subprocess.", "shutil.", "ctypes.", "pty.", "fcntl.")
LIBRARIES = tuple({str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)})
ROOTS = {
    "torch": torch,
    "F": torch.nn.functional,
    "torch.fft": torch.fft,
    "torch.special": torch.special,
    "torch.linalg": torch.linalg,
    "torch.nn.functional": torch.nn.functional,
}
REACHABLE = sorted(f"{root}.{name}" for root, module in ROOTS.items() for name in dir(module))
OFFERED = sorted(
    [f"torch.{name}" for name in library.TORCH]
    + [f"F.{name}" for name in library.FUNCTIONAL]
    + [f"torch.fft.{name}" for name in library.FFT]
    + [f"torch.special.{name}" for name in library.SPECIAL]
)
METHODS = sorted(set(dir(torch.Tensor)) | library.METHODS)


class Watch:
    """Records what a running program asks of the system."""

    armed = False
    seen: list[str]

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if (
            self.armed
            and event.startswith(WATCHED)
            and not self._reads_library(event, arguments)
        ):
            self.seen.append(f"{event}{arguments!r}"[:200])

    @staticmethod
    def _reads_library(event: str, arguments: tuple[object, ...]) -> bool:
        """Torch imports parts of itself when they are first used."""
        path = str(arguments[0]) if arguments else ""
        reads = event in ("os.listdir", "os.scandir") or (
            event == "open" and arguments[1] in ("r", "rb", None)
        )
        return reads and str(Path(path).resolve()).startswith(LIBRARIES)


WATCH = Watch()
sys.addaudithook(WATCH)


def calls(values):
    """One call of an offered or merely reachable function or method."""
    names = st.one_of(st.sampled_from(OFFERED), st.sampled_from(REACHABLE))
    arguments = st.lists(values, min_size=1, max_size=3).map(", ".join)
    keywords = st.sampled_from(
        ["", ", dim=-1", ", keepdim=True", ", out=x", ", inplace=True", ", approximate='tanh'"]
    )
    functions = st.tuples(names, arguments, keywords).map(lambda t: f"{t[0]}({t[1]}{t[2]})")
    methods = st.tuples(values, st.sampled_from(METHODS), arguments).map(
        lambda t: f"({t[0]}).{t[1]}({t[2]})"
    )
    operators = st.sampled_from("+-*/@")
    pairs = st.tuples(values, operators, values).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    return st.one_of(functions, functions, methods, pairs)


EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "0.5", "2", "-1", "math.pi", "(x, x)", "x.shape", "torch.float32"]),
    calls,
    max_leaves=6,
)
PROGRAMS = st.tuples(
    EXPRESSIONS,
    EXPRESSIONS,
    st.sampled_from(["y", "x + y", "y * x", "torch.where(x > 0, x, y)"]),
).map(
    lambda t: (
        f"def helper(x):\n    return {t[0]}\n\n\n"
        f"def activation(x):\n    y = helper(x)\n    y = {t[1]}\n    return {t[2]}\n"
    )
)


def run_watched(source: str) -> bool:
    """Runs an accepted program under the watch; False if the gate refuses it."""
    try:
        admit(source)
    except Refusal:
        return False
    before = GlobalState.now()
    x = torch.linspace(-2, 2, 24).reshape(4, 6)
    kept = x.clone()
    WATCH.seen = []
    WATCH.armed = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            load(source)(x)
    except Exception:  # a program may fail; it may not have effects
        pass
    finally:
        WATCH.armed = False
    assert WATCH.seen == [], f"{source}\nasked for {WATCH.seen}"
    assert not before.changes(), f"{source}\nchanged global state"
    assert torch.equal(x, kept), f"{source}\nchanged its input"
    return True


@settings(
    max_examples=1500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(PROGRAMS)
def test_an_accepted_program_has_no_effect(source):
    run_watched(source)


@pytest.mark.parametrize("name", OFFERED)
def test_every_offered_function_alone_has_no_effect(name):
    for arguments in ("x", "x, x", "x, 2", "2", "(x, x)", "x, -1", "x > 0, x, x"):
        assert run_watched(f"def activation(x):\n    return {name}({arguments})\n")


def test_the_watch_sees_a_file_a_socket_and_a_process(tmp_path):
    import os
    import socket
    import subprocess

    def effects():
        (tmp_path / "file").write_text("")
        socket.socket().close()
        subprocess.run(["true"], check=True)
        os.scandir("/").close()

    WATCH.seen, WATCH.armed = [], True
    try:
        effects()
    finally:
        WATCH.armed = False
    events = " ".join(WATCH.seen)
    assert all(kind in events for kind in ("open", "socket.", "subprocess.", "os.scandir"))
