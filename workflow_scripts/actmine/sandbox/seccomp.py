"""Takes every system call away from this process but those that computing needs.

An allow-list, checked by the kernel: whatever is not named here fails with EPERM. A call in
another architecture's convention (32-bit, x32) kills the process, since its numbers mean
something else.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actmine.sandbox.kernel import prctl

Program = list[tuple[int, int, int, int]]  # code, jump if true, jump if false, constant


@dataclass(frozen=True, kw_only=True)
class Test:
    """Holds if (half of an argument & mask) is one of the values.

    Attributes:
        argument: its number, from 0.
        high: the upper instead of the lower 32 bits.
    """

    argument: int
    values: tuple[int, ...] = (0,)
    mask: int = 0xFFFFFFFF
    high: bool = False


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """How one kind of machine numbers its system calls.

    Attributes:
        audit: AUDIT_ARCH_* of linux/audit.h.
        numbers: of the calls named in this module; a call it lacks is left out.
        limit: numbers from here on belong to another convention; 0 for none.
    """

    audit: int
    numbers: Mapping[str, int]
    limit: int = 0


def _numbers(text: str) -> Mapping[str, int]:
    pairs = (item.split("=") for item in text.split())
    return {name: int(number) for name, number in pairs}


X86_64 = Architecture(
    audit=0xC000003E,
    limit=0x40000000,
    numbers=_numbers("""
        read=0 write=1 open=2 close=3 stat=4 fstat=5 lstat=6 poll=7 lseek=8 mmap=9 mprotect=10
        munmap=11 brk=12 rt_sigaction=13 rt_sigprocmask=14 rt_sigreturn=15 ioctl=16 pread64=17
        readv=19 writev=20 access=21 sched_yield=24 mremap=25 madvise=28 dup=32 nanosleep=35
        getpid=39 sendto=44 recvfrom=45 clone=56 exit=60 uname=63 fcntl=72 getdents=78
        getcwd=79 readlink=89 gettimeofday=96 getrlimit=97 getrusage=98 sysinfo=99 times=100
        getuid=102 getgid=104 geteuid=107 getegid=108 getppid=110 sigaltstack=131 statfs=137
        fstatfs=138 prctl=157 gettid=186 time=201 futex=202 sched_getaffinity=204
        getdents64=217 set_tid_address=218 restart_syscall=219 clock_gettime=228
        clock_getres=229 clock_nanosleep=230 exit_group=231 tgkill=234 openat=257
        newfstatat=262 readlinkat=267 faccessat=269 ppoll=271 set_robust_list=273
        get_robust_list=274 prlimit64=302 getcpu=309 getrandom=318 membarrier=324 statx=332
        rseq=334 clone3=435 openat2=437 faccessat2=439
    """),
)
AARCH64 = Architecture(
    audit=0xC00000B7,
    numbers=_numbers("""
        getcwd=17 dup=23 fcntl=25 ioctl=29 statfs=43 fstatfs=44 faccessat=48 openat=56
        close=57 getdents64=61 lseek=62 read=63 write=64 readv=65 writev=66 pread64=67
        ppoll=73 readlinkat=78 newfstatat=79 fstat=80 exit=93 exit_group=94
        set_tid_address=96 futex=98 set_robust_list=99 get_robust_list=100 nanosleep=101
        clock_gettime=113 clock_getres=114 clock_nanosleep=115 sched_getaffinity=123
        sched_yield=124 restart_syscall=128 tgkill=131 sigaltstack=132 rt_sigaction=134
        rt_sigprocmask=135 rt_sigreturn=139 times=153 uname=160 getrlimit=163 getrusage=165
        prctl=167 getcpu=168 gettimeofday=169 getpid=172 getppid=173 getuid=174 geteuid=175
        getgid=176 getegid=177 gettid=178 sysinfo=179 sendto=206 recvfrom=207 brk=214
        munmap=215 mremap=216 clone=220 mmap=222 mprotect=226 madvise=233 prlimit64=261
        getrandom=278 membarrier=283 statx=291 rseq=293 clone3=435 openat2=437
        faccessat2=439
    """),
)
_MACHINES = {"x86_64": X86_64, "aarch64": AARCH64}

# Calls that are allowed whatever their arguments; the most frequent first.
_FREE = """
    futex read write mmap munmap madvise brk mprotect mremap recvfrom clock_gettime close fstat
    newfstatat lseek pread64 readv writev stat lstat statx access faccessat faccessat2
    readlink readlinkat getcwd getdents getdents64 statfs fstatfs dup poll ppoll
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall
    getpid gettid getppid getuid geteuid getgid getegid getrlimit getrusage times sysinfo uname
    getcpu sched_yield sched_getaffinity gettimeofday time clock_getres nanosleep
    clock_nanosleep getrandom membarrier rseq set_robust_list get_robust_list set_tid_address
    exit exit_group
"""
# Refused in a way that libraries understand and live with.
_ERRORS = {"clone3": errno.ENOSYS, "openat2": errno.ENOSYS, "ioctl": errno.ENOTTY}
# O_CLOEXEC, O_NONBLOCK, O_NOCTTY, and O_DIRECTORY, O_NOFOLLOW, O_LARGEFILE, O_DIRECT, which
# have each other's bits on the two architectures. Not among them: all that writes or creates.
_READING = 0o2000000 | 0o4000 | 0o400 | 0o40000 | 0o100000 | 0o200000 | 0o400000
_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW*: users, processes, network, mounts, time …
_CLONE_THREAD = 0x00010000
_FCNTL = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA = 15, 16, 0x53564D41

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_OFFSET, _ARCH_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


def architecture() -> Architecture | None:
    """This machine's table; none where there is no filter for it."""
    if sys.platform != "linux" or struct.calcsize("P") != 8:
        return None
    return _MACHINES.get(platform.machine())


def restrict() -> None:
    """Filters this thread's system calls, and those of all it will start.

    Needs no_new_privs. Meant for a process of one thread.

    Raises:
        OSError: there is no table for this machine, or the kernel refuses.
    """
    table = architecture()
    if table is None:
        raise OSError(f"there is no system-call table for {sys.platform} {platform.machine()}")
    steps = program(table, pid=os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, what="seccomp")


def guarded(pid: int) -> dict[str, tuple[Test, ...]]:
    """Calls that are allowed for some arguments only; all tests of one must hold."""
    writes = 0xFFFFFFFF ^ _READING
    thread = _CLONE_THREAD | _NEW_NAMESPACES
    return {
        "open": (Test(argument=1, mask=writes),),
        "openat": (Test(argument=2, mask=writes),),
        # No address: to the peer it has, the parent.
        "sendto": (Test(argument=4), Test(argument=4, high=True)),
        "clone": (Test(argument=0, mask=thread, values=(_CLONE_THREAD,)),),
        "tgkill": (Test(argument=0, values=(pid,)),),  # abort() of a library
        "fcntl": (Test(argument=1, values=_FCNTL),),
        "prctl": (Test(argument=0, values=(_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA)),),
        # Of itself, and asking only.
        "prlimit64": (Test(argument=0), Test(argument=2), Test(argument=2, high=True)),
    }


def program(table: Architecture, *, pid: int) -> Program:
    """The filter, as classic BPF.

    Args:
        table: whose numbers to use.
        pid: the process that is filtered; it may signal itself.
    """
    steps: Program = [
        (_LOAD, 0, 0, _ARCH_OFFSET),
        (_EQUAL, 1, 0, table.audit),
        _returning(_KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_OFFSET),
    ]
    if table.limit:
        steps += [(_AT_LEAST, 0, 1, table.limit), _returning(_KILL_PROCESS)]
    for name, block in _blocks(pid):
        if name in table.numbers:
            steps += [(_EQUAL, 0, len(block), table.numbers[name]), *block]
    return [*steps, _returning(_ERRNO | errno.EPERM)]


def _blocks(pid: int) -> Iterator[tuple[str, Program]]:
    """Each call's name, and what is done about it; every block ends in a verdict."""
    for name in _FREE.split():
        yield name, [_returning(_ALLOW)]
    for name, number in _ERRORS.items():
        yield name, [_returning(_ERRNO | number)]
    for name, tests in guarded(pid).items():
        block = [step for test in tests for step in _steps(test)]
        yield name, [*block, _returning(_ALLOW)]


def _steps(test: Test) -> Program:
    """Goes on behind its last step if the test holds; else refuses."""
    offset = _ARGUMENTS_OFFSET + 8 * test.argument + 4 * test.high  # both are little-endian
    count = len(test.values)
    return [
        (_LOAD, 0, 0, offset),
        (_AND, 0, 0, test.mask),
        *((_EQUAL, count - at, 0, value) for at, value in enumerate(test.values)),
        _returning(_ERRNO | errno.EPERM),
    ]


def _returning(verdict: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, verdict)
