"""A child without a gate, and a witness of what happens outside it."""

import os
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from actmine.gate import handlers
from attacks import BIND_PORT, LIMITS, PRELUDE
from ungated import Ungated


@pytest.fixture(scope="session")
def ungated():
    """A sandbox in the strict profile whose children run anything."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("the kernel's layers exist on Linux only")
    with Ungated(handlers) as sandbox:
        sandbox.process.wait_until_ready()  # so that a witness sees it after its imports
        yield sandbox


@pytest.fixture
def attack(ungated):
    """Runs a source in a locked child."""

    def run(source, *, limits=LIMITS, **header):
        return ungated.run(
            {"kind": "attack", "source": PRELUDE + source, **header}, {}, limits=limits
        )

    return run


class Witness:
    """Sees whether files change, processes appear, or anything arrives at open ports."""

    def __init__(self, folder, sandbox):
        self.folder, self.sandbox = folder, sandbox
        self.secret = folder / "secret.txt"
        self.secret.write_text("canary")
        (folder / "tree").mkdir()
        (folder / "tree" / "file.txt").write_text("canary")
        self._open = ExitStack()
        self.tcp = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.udp = self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self.unix = self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "port"))
        self.abstract = self._listen(
            socket.AF_UNIX, socket.SOCK_DGRAM, f"\0actmine-{os.getpid()}"
        )
        self.before = self._state()

    def _listen(self, family, kind, address):
        one = self._open.enter_context(socket.socket(family, kind))
        one.bind(address)
        if kind == socket.SOCK_STREAM:
            one.listen()
        one.setblocking(False)
        return one

    def _state(self):
        return {
            "files": _tree(self.folder),
            "private": _tree(self.sandbox.process.folder),
            "processes": _alike(self.sandbox.process.pid),
            "sockets": _sockets(),
        }

    def assert_untouched(self):
        assert self._state() == self.before
        for one in (self.tcp, self.unix):
            with pytest.raises(BlockingIOError):
                one.accept()
        for one in (self.udp, self.abstract):
            with pytest.raises(BlockingIOError):
                one.recv(1)

    def close(self):
        self._open.close()


@pytest.fixture
def witness(tmp_path, ungated):
    """Canary files and open ports, compared with themselves at the end of the test."""
    one = Witness(tmp_path, ungated)
    yield one
    one.assert_untouched()
    one.close()


def _tree(folder):
    """Every entry with what an attacker might change of it, content and access time but."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        entries[str(path)] = (state.st_mode, state.st_uid, state.st_mtime_ns, content)
    return entries


def _alike(pid):
    """Processes with this one's command line: itself, and children that outlived a test."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes()
    alike = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cmdline").read_bytes() == line:
                alike.add(entry.name)
        except OSError:
            continue  # it ended meanwhile
    return alike


def _sockets():
    """What the kernel's tables hold of the names and the port that attacks try to bind."""
    found = set()
    for kind in ("unix", "tcp", "tcp6", "udp", "udp6", "raw"):
        table = Path("/proc/net", kind)
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        found |= {line for line in lines if "actmine" in line or f":{BIND_PORT:04X} " in line}
    return found
