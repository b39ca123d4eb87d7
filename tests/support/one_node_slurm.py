"""A real SLURM of one node on loopback: munged, slurmctld and slurmd, without systemd."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from string import Template

import psutil

ACCOUNTING = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacct", "sacctmgr")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "setpriv")
# Where SLURM's clients look when no variable tells them. Snakemake drops SLURM_CONF inside
# a job before it calls srun, so the variable alone is not enough.
SYSTEM_WIDE = Path("/etc/slurm/slurm.conf")
Daemon = tuple[subprocess.Popen[bytes], Path]  # with its log
_FOLDERS = ("log", "run", "spool", "state")
_SEARCHED = "/usr/sbin:/sbin:/usr/bin:/bin"
_READY_S = 60.0
_PREFIX = "slurm-"

_CONFIGURATION = Template("""\
ClusterName=tests
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$next_port
$binding
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock
CredType=cred/munge
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
$accounting
JobCompType=jobcomp/none
MinJobAge=$remembered
KillWait=2
CompleteWait=0
ReturnToService=2
JobRequeue=0
PropagateResourceLimits=NONE
MpiDefault=none
MailProg=/bin/true
GresTypes=gpu
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES DefaultTime=10 MaxTime=INFINITE State=UP
""")

_NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none"
_WITH_ACCOUNTING = Template("""\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$port
AccountingStoragePass=$folder/run/munge.sock
AccountingStorageTRES=gres/gpu
""")
_DATABASE_DAEMON = Template("""\
DbdHost=$node
DbdAddr=127.0.0.1
DbdPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock
PidFile=$folder/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageUser=root
StorageLoc=slurm
""")


def missing(*, accounting: bool = False) -> str:
    """Why no cluster can be started here; empty if one can."""
    if os.geteuid():
        return "only root can start slurmd"
    wanted = PROGRAMS + ACCOUNTING * accounting
    absent = [name for name in wanted if shutil.which(name, path=_SEARCHED) is None]
    if absent:
        packages = "slurm-wlm munge" + " slurmdbd mariadb-server" * accounting
        return f"no {', '.join(absent)}: apt-get install {packages}"
    if SYSTEM_WIDE.exists() and not _left_over():
        return f"{SYSTEM_WIDE} belongs to another cluster"
    return ""


def _left_over() -> bool:
    """A killed test could not take its configuration back."""
    ours = SYSTEM_WIDE.is_symlink() and SYSTEM_WIDE.readlink().parent.name.startswith(_PREFIX)
    return ours and not _answers("scontrol", "ping")


@contextmanager
def one_node(*, cpus: int, accounting: bool = False) -> Iterator[Path]:
    """Runs the cluster, and yields its folder with the daemons' logs; the node has a GPU.

    Args:
        accounting: with slurmdbd and a database of its own.

    Raises:
        RuntimeError: no cluster can be started here, a daemon ended, or the node was not
            idle within a minute; the message has the end of its log.
    """
    if reason := missing(accounting=accounting):
        raise RuntimeError(reason)
    # Short, since a socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    folder.chmod(0o755)  # munged wants everyone to reach its socket; its key stays unreadable
    daemons: list[Daemon] = []
    try:
        _write_configuration(folder, cpus, accounting)
        socket = folder / "run/munge.sock"
        munge = ["munged", "--foreground", f"--key-file={folder}/munge.key"]
        munge += [f"--socket={socket}", f"--pid-file={folder}/run/munged.pid"]
        munge += [f"--seed-file={folder}/run/seed"]
        daemons.append(_start(folder, munge))
        _wait(daemons, lambda: _answers("munge", "-n", "-S", str(socket)))
        if accounting:
            _keep_accounts(folder, daemons)
        daemons.append(_start(folder, ["slurmctld", "-D", "-f", f"{folder}/slurm.conf"]))
        _wait(daemons, lambda: _answers("scontrol", "ping"))
        daemons.append(_start(folder, ["slurmd", "-D", "-f", f"{folder}/slurm.conf"]))
        _wait(daemons, lambda: said("sinfo", "-h", "-o", "%T").strip() == "idle")
        yield folder
    finally:
        _stop(daemons)
        if SYSTEM_WIDE.is_symlink() and SYSTEM_WIDE.readlink() == folder / "slurm.conf":
            SYSTEM_WIDE.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def said(*command: str) -> str:
    """What one of SLURM's commands prints; empty if it fails."""
    environ = {"PATH": _SEARCHED}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    return done.stdout if done.returncode == 0 else ""


def jobs(*columns: str) -> list[list[str]]:
    """All jobs the cluster remembers, by squeue's long column names; the oldest first."""
    form = ":|,".join(columns) + ":|"
    lines = said("squeue", "-h", "-t", "all", "-S", "i", "-O", form).splitlines()
    return [[cell.strip() for cell in line.split("|")[: len(columns)]] for line in lines]


def _write_configuration(folder: Path, cpus: int, accounting: bool) -> None:
    for name in _FOLDERS:
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o400)
    key.write_bytes(os.urandom(128))
    node = os.uname().nodename.split(".")[0]
    loopback = said("getent", "ahostsv4", node).startswith("127.")
    port = 20000 + os.getpid() % 20000
    database = {"folder": folder, "node": node, "port": port + 2}
    text = _CONFIGURATION.substitute(
        folder=folder,
        node=node,
        accounting=_WITH_ACCOUNTING.substitute(database) if accounting else _NO_ACCOUNTING,
        # Seconds for which slurmctld knows a finished job: none to speak of, where accounts
        # are there to tell.
        remembered=2 if accounting else 3600,
        port=port,
        next_port=port + 1,
        # The daemons bind the address of the host's name: only where that is loopback.
        binding="CommunicationParameters=NoCtldInAddrAny,NoInAddrAny" * loopback,
        cpus=cpus,
        memory=psutil.virtual_memory().total // 2**20 * 9 // 10,
    )
    (folder / "slurm.conf").write_text(text)
    (folder / "gres.conf").write_text(
        "Name=gpu File=/dev/null\n"
    )  # no card, but counted as one
    if accounting:
        daemon = folder / "slurmdbd.conf"
        daemon.touch(mode=0o600)  # it refuses one that others can read
        daemon.write_text(_DATABASE_DAEMON.substitute(database))
    SYSTEM_WIDE.parent.mkdir(parents=True, exist_ok=True)
    SYSTEM_WIDE.unlink(missing_ok=True)
    SYSTEM_WIDE.symlink_to(folder / "slurm.conf")


def _keep_accounts(folder: Path, daemons: list[Daemon]) -> None:
    """A database that only this machine's root reaches, and slurmdbd on it."""
    data, socket = folder / "database", folder / "run/database.sock"
    made = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root"]
    made += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, env={"PATH": _SEARCHED}, check=True, capture_output=True)
    served = ["mariadbd", "--no-defaults", f"--datadir={data}", "--user=root"]
    served += [
        f"--socket={socket}",
        "--skip-networking",
        f"--pid-file={folder}/run/database.pid",
    ]
    daemons.append(_start(folder, served))
    _wait(daemons, socket.exists)
    daemons.append(
        _start(
            folder,
            ["slurmdbd", "-D"],
            SLURM_CONF=f"{folder}/slurm.conf",
            MYSQL_UNIX_PORT=str(socket),
        )
    )
    _wait(daemons, lambda: _answers("sacctmgr", "-i", "add", "cluster", "tests"))


def _start(folder: Path, command: list[str], **environ: str) -> Daemon:
    """A daemon that ends with this process, whatever ends that."""
    log = folder / "log" / f"{command[0]}.out"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            env={"PATH": _SEARCHED, **environ},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process, log


def _answers(*command: str) -> bool:
    return bool(said(*command))


def _wait(daemons: list[Daemon], ready: Callable[[], bool]) -> None:
    process, log = daemons[-1]
    until = time.monotonic() + _READY_S
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            tail = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{log.stem}: not ready (exit {process.poll()}): {tail}")
        time.sleep(0.2)


def _stop(daemons: list[Daemon]) -> None:
    """Ends the jobs while slurmd can still clean up, then the daemons."""
    said("scancel", "--full", "-u", "root")
    until = time.monotonic() + 10
    while said("squeue", "-h").strip() and time.monotonic() < until:
        time.sleep(0.2)
    for process, _ in reversed(daemons):
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
