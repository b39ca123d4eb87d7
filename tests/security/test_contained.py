"""What a child can do to the outside when the gate is bypassed: nothing."""

import errno
import functools
import os
import pickle
import platform
import struct
from dataclasses import replace

import pytest

from actmine.gate import handlers
from actmine.sandbox import seccomp
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from attacks import BIND_PORT

SHORT = Limits(memory_mb=512, cpu_s=1, wall_s=20)
FILES = {
    "read": "open(secret).read()",
    "read_bytes": "os.open(secret, os.O_RDONLY)",
    "path_only": "os.open(secret, os.O_PATH)",
    "list": "os.listdir(folder)",
    "append": "open(secret, 'a')",
    "create": "open(folder + '/new', 'w')",
    "create_here": "open('new', 'w')",
    "unnamed": "os.open(folder, os.O_TMPFILE | os.O_RDWR)",
    "shared_memory": "open('/dev/shm/actmine', 'w')",
    "memory_file": "os.memfd_create('actmine')",
    "unlink": "os.unlink(secret)",
    "rename": "os.rename(secret, secret + '2')",
    "directory": "os.mkdir(folder + '/new')",
    "remove_directory": "os.rmdir(folder + '/tree')",
    "symlink": "os.symlink(secret, folder + '/link')",
    "hard_link": "os.link(secret, folder + '/link')",
    "truncate": "os.truncate(secret, 0)",
    "mode": "os.chmod(secret, 0o777)",
    "owner": "os.chown(secret, 1, 1)",
    "times": "os.utime(secret, (1, 1))",
    "attribute": "os.setxattr(secret, 'user.a', b'b')",
    "fifo": "os.mkfifo(folder + '/fifo')",
    "device": "os.mknod(folder + '/null', 0o20666, os.makedev(1, 3))",
    "chdir": "os.chdir(folder)",
    "chroot": "os.chroot(folder)",
    "passwords": "open('/etc/passwd').read()",
    "home": "os.listdir(os.path.expanduser('~'))",
    "environment": "open('/proc/self/environ').read()",
    "own_memory": "open('/proc/self/mem', 'r+b')",
    "memory_of_parent": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "kernel_settings": "open('/proc/sys/kernel/hostname').read()",
    "tensor_file": "torch.save(torch.ones(1), folder + '/tensor')",
    "tensor_mapped": "torch.from_file(secret, size=1)",
    "array_file": "np.ones(3).tofile(folder + '/array')",
}
NETWORK = {
    "tcp": "socket.create_connection(tcp, timeout=1)",
    "tcp_bind": "socket.create_server(('127.0.0.1', port))",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', udp)",
    "udp_bind": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(('', port))",
    "unix": "socket.socket(socket.AF_UNIX).connect(unix)",
    "abstract": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', abstract)",
    "unix_bind": "socket.socket(socket.AF_UNIX).bind('\\0actmine-bound')",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "pair": "socket.socketpair()",
    "through_the_channel": "socket.socket(fileno=os.dup(channel)).sendto(b'x', abstract)",
    "a_descriptor_sent": "socket.send_fds(socket.socket(socket.AF_UNIX, fileno=channel), "
    "[b'x'], [0])",
}
PROCESSES = {
    "fork": "os.fork()",
    "forkpty": "os.forkpty()",
    "execute": "os.execv('/bin/sleep', ['sleep', '1'])",
    "spawn": "os.posix_spawn('/bin/sleep', ['sleep', '1'], {})",
    "subprocess": "subprocess.run(['/bin/sleep', '1'])",
    "shell": "os.popen('id').read() or 1 / 0",
    "kill_parent": "os.kill(os.getppid(), 9)",
    "kill_host": "os.kill(header['host'], 9)",
    "kill_all": "os.kill(-1, 9)",
    "kill_group": "os.killpg(me, 9)",
    "probe_parent": "os.kill(os.getppid(), 0)",
    "new_session": "os.setsid()",
    "slow_parent": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "limits": "__import__('resource').setrlimit(0, (99, 99))",
    "limits_of_parent": "__import__('resource').prlimit(os.getppid(), 0, (1, 1))",
    "become_root": "os.setuid(0)",
    "become_another": "os.setuid(1)",
    "affinity": "os.sched_setaffinity(os.getppid(), {0})",
    "pidfd": "os.pidfd_open(os.getppid())",
    "library": "torch.ops.load_library(secret)",
}
CALLS = {
    "ptrace": "call('ptrace', 16, header['host'], 0, 0)",
    "read_memory": "call('process_vm_readv', header['host'], None, 0, None, 0, 0)",
    "write_memory": "call('process_vm_writev', header['host'], None, 0, None, 0, 0)",
    "mount": "call('mount', b'none', folder.encode(), b'tmpfs', 0, None)",
    "bpf": "call('bpf', 0, None, 0)",
    "ring": "call('io_uring_setup', 1, ctypes.create_string_buffer(200))",
    "faults": "call('userfaultfd', 1)",
    "keys": "call('keyctl', 0, -3, 0)",
    "events": "call('perf_event_open', None, 0, -1, -1, 0)",
    "namespace": "call('unshare', 0x10000000)",
    "enter": "call('setns', 0, 0)",
    "secret_memory": "call('memfd_secret', 0)",
    "execute_descriptor": "call('execveat', 0, b'', None, None, 0x1000)",
    "thread_kill": "call('tgkill', header['host'], header['host'], 9)",
    "queued_signal": "call('rt_sigqueueinfo', header['host'], 9, bytes(128))",
    "process_clone": "call('clone', 17, None, None, None, None)",
    "process_clone3": "call('clone3', ctypes.create_string_buffer(88), 88)",
    "privileges": "call('prctl', 4, 1, 0, 0, 0)",
    "signal_by_descriptor": "call('fcntl', channel, 8, header['host'])",
    "another_filter": "call('seccomp', 1, 0, None)",
    "handle": "call('open_by_handle_at', -100, None, 0)",
    "memory_pages": "call('move_pages', header['host'], 0, None, None, None, 0)",
}
# Of the calls above: the name, and the number on x86-64 and on aarch64.
_TABLE = """
    ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, mount 165 40,
    bpf 321 280, io_uring_setup 425 425, userfaultfd 323 282, keyctl 250 219,
    perf_event_open 298 241, unshare 272 97, setns 308 268, memfd_secret 447 447,
    execveat 322 281, tgkill 234 131, rt_sigqueueinfo 129 138, clone 56 220, clone3 435 435,
    prctl 157 167, fcntl 72 25, seccomp 317 277, open_by_handle_at 304 265, move_pages 279 239
"""
_COLUMN = {"x86_64": 1, "aarch64": 2}
NUMBERS = {
    machine: {row.split()[0]: int(row.split()[column]) for row in _TABLE.split(",")}
    for machine, column in _COLUMN.items()
}
ATTEMPTS = {**FILES, **NETWORK, **PROCESSES, **CALLS}
TRY = """
secret, folder, tcp, udp = (header[name] for name in ("secret", "folder", "tcp", "udp"))
tcp, udp, unix, abstract = tuple(tcp), tuple(udp), header["unix"], header["abstract"]
port = header["port"]
me = os.getpid()
answer = {"outcome": attempt(lambda: ATTEMPT)}
if os.getpid() != me:
    os._exit(0)
"""
EXHAUSTING = {
    "loop": "while True: pass",
    "signals_ignored": """
for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
while True: pass
""",
    "list": "[0] * 10**10",
    "outer": "y = torch.ones(128 * 64); torch.outer(y.repeat(16), y.repeat(16))",
    "doubling": "y = torch.ones(128, 64)\nwhile True: y = torch.cat([y, y])",
    "power": "a = 7\nfor i in range(16): a = a ** a",
    "recursion": "def f(): return f()\nsys.setrecursionlimit(10**9)\nf()",
    "mapping": "kept = []\nwhile True: kept.append(mmap.mmap(-1, 1 << 28))",
    "threads": """
def spin():
    while True: pass
while True: threading.Thread(target=spin).start()
""",
    "sleep": "__import__('time').sleep(10**6)",
    "descriptors": "while True: os.dup(0)",
    "fork_bomb": "while True: os.fork()",
}  # fmt: skip


# Errors of the kernel and of libraries that it refused, not slips of the attack.
REFUSALS = (
    *("refused: PermissionError(", "refused: OSError(", "refused: RuntimeError("),
    "refused: ValueError('not allowed to raise",  # what Python makes of a refused setrlimit
)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_is_refused_and_leaves_no_trace(attack, witness, name):
    reply = attack(
        TRY.replace("ATTEMPT", ATTEMPTS[name]),
        secret=str(witness.secret),
        folder=str(witness.folder),
        tcp=witness.tcp.getsockname(),
        udp=witness.udp.getsockname(),
        unix=str(witness.folder / "port"),
        abstract="\0" + witness.abstract.getsockname()[1:].decode(),
        port=BIND_PORT,
        host=os.getpid(),
        numbers=NUMBERS[platform.machine()],
    )
    assert reply.ok, reply.reason
    outcome = reply.header["outcome"]
    assert outcome.startswith(REFUSALS), outcome


@pytest.mark.parametrize("name", EXHAUSTING)
def test_what_exhausts_ends_at_a_limit(ungated, attack, witness, name):
    limits = replace(SHORT, wall_s=3) if name == "sleep" else SHORT  # it takes no other
    reply = attack(EXHAUSTING[name], limits=limits)
    assert not reply.ok and reply.reason
    assert reply.cpu_s < 4 and reply.wall_s < 25 and reply.peak_mb < 1500
    assert attack("answer = {'alive': True}").ok


def test_a_child_that_ignores_every_signal_is_a_timeout(attack):
    reply = attack(EXHAUSTING["signals_ignored"], limits=SHORT)
    assert reply.timed_out and "over its time limit (1 CPU s" in reply.reason


def test_a_flood_on_standard_output_goes_nowhere(attack, capfd):
    reply = attack(
        "line = 'x' * 4095 + chr(10)\n"
        "for i in range(20000): os.write(1, line.encode()); os.write(2, line.encode())\n"
        "print(line * 1000); answer = {'done': True}"
    )
    assert reply.ok and reply.header["done"]
    assert capfd.readouterr() == ("", "")


def test_a_reply_of_300_mb_is_refused_unread(attack):
    reply = attack("results = {'y': np.zeros((300 << 20) // 4, dtype=np.float32)}")
    assert not reply.ok and "above the limit" in reply.reason


def test_a_reply_that_never_ends_is_cut_at_its_announced_length(attack):
    reply = attack(
        "os.write(channel, (8).to_bytes(8, 'big'))\nwhile True: os.write(channel, b'x' * 8)"
    )
    assert not reply.ok and "garbled reply" in reply.reason


def test_a_pickle_as_reply_is_not_executed(attack, witness):
    class Payload:
        def __reduce__(self):
            return (os.mkdir, (str(witness.folder / "executed"),))

    payload = pickle.dumps(Payload())
    framed = len(payload).to_bytes(8, "big") + payload
    reply = attack(f"os.write(channel, {framed!r})\nos._exit(0)")
    assert not reply.ok and "garbled reply" in reply.reason


def test_a_header_that_asks_for_an_attack_is_refused_by_a_real_sandbox(tmp_path):
    with Sandbox(handlers) as sandbox:
        source = f"open({str(tmp_path / 'new')!r}, 'w')"
        reply = sandbox.run({"kind": "attack", "source": source}, {}, limits=SHORT)
    assert not reply.ok
    assert reply.reason == "LookupError: actmine.gate.handlers answers no request 'attack'"
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 exists on x86-64 only")
def test_another_convention_of_system_calls_kills(attack):
    reply = attack("libc.syscall(ctypes.c_long(0x40000000 + 39))")
    assert not reply.ok and "SIGSYS" in reply.reason


@pytest.mark.parametrize("table", [seccomp.X86_64, seccomp.AARCH64], ids=["x86_64", "aarch64"])
def test_the_filter_decides_alike_on_both_architectures(table):
    me = 4321
    decide = functools.partial(_verdict, seccomp.program(table, pid=me), table)
    refused = seccomp._ERRNO | errno.EPERM
    assert decide("read") == decide("mmap") == seccomp._ALLOW
    assert decide("clone3") == seccomp._ERRNO | errno.ENOSYS
    assert decide("openat", 0, 0, os.O_RDONLY | os.O_CLOEXEC) == seccomp._ALLOW
    writing = (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_PATH)
    for flag in writing:
        assert decide("openat", 0, 0, flag) == refused
    assert decide("clone", 0x3D0F00) == seccomp._ALLOW  # what a thread is made with
    for flags in (17, 0x3D0F00 | 0x10000000, 0x4100):
        assert decide("clone", flags) == refused
    assert decide("tgkill", me, me, 6) == seccomp._ALLOW
    assert decide("tgkill", 1, 1, 9) == refused
    assert decide("prlimit64", 0, 7, 0) == seccomp._ALLOW
    assert decide("prlimit64", 0, 7, 1 << 40) == refused
    assert decide("sendto", 3, 0, 0, 0, 1 << 40) == refused
    for number in (*(n for n in range(600) if n not in table.numbers.values()), 1 << 29):
        assert _verdict(seccomp.program(table, pid=me), table, number) == refused
    assert decide("read", audit=0x40000003) == seccomp._KILL_PROCESS


def _verdict(program, table, call, *arguments, audit=None):
    """Runs a filter as the kernel would."""
    number = table.numbers[call] if isinstance(call, str) else call
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, table.audit if audit is None else audit, 0, *padded)
    at, word = 0, 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == seccomp._LOAD:
            (word,) = struct.unpack_from("=I", data, constant)
        elif code == seccomp._AND:
            word &= constant
        elif code == seccomp._RETURN:
            return constant
        else:
            holds = word == constant if code == seccomp._EQUAL else word >= constant
            at += if_true if holds else if_false
