"""The identity of a run: frozen in its run.yaml, compared at every later invocation."""

import errno
import fcntl
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import yaml

from actmine import code_hash, layout
from actmine.files import write_atomically
from actmine.records.rows import from_row
from actmine.settings.configuration import (
    ConfigError,
    Values,
    arm_settings,
    complete,
    differing_keys,
    identity,
    read_yaml,
)
from actmine.settings.sections import Settings

SCHEMA_VERSION = 1

# The scripts that decide which children are asked for and how candidates are trained: an
# existing run refuses a change of their code.
GUARDED = ("draw_suite.py", "list_catalog.py", "propose.py", "select_elites.py", "train.py")
PACKAGES = ("torch", "pytorch-lightning", "numpy", "scipy")
_TOLD = 12  # names in a message, of files that have changed [ours]
_ROOM_BYTES = 1 << 20  # more than a job writes at once in a small run [ours]
_MOMENT_S = 0.2  # far more than it takes to ask for a lock [ours]


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A run's run.yaml.

    Attributes:
        configuration: the identity alone, as it was written.
        versions: of Python and of the libraries that results depend on.
        code: hash of each file of guarded code.
    """

    configuration: Values
    versions: dict[str, str]
    code: dict[str, str]

    @cached_property
    def settings(self) -> Settings:
        """The configuration; what run.yaml leaves out has its default."""
        return complete(self.configuration)


def description(settings: Settings) -> Frozen:
    """What a run of these settings freezes today."""
    return Frozen(
        configuration=identity(settings),
        versions=_versions(),
        code=code_hash.file_hashes(*GUARDED),
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version  # 0.02 s that most jobs need not pay

    installed = {package: version(package) for package in PACKAGES}
    return {"python": platform.python_version(), **installed}


def write(path: Path, frozen: Frozen) -> None:
    """Freezes a run."""
    text = "# Frozen by actmine: the identity of this run. Do not edit.\n"
    text += _yaml({"schema_version": SCHEMA_VERSION, **asdict(frozen)})
    write_atomically(path, text.encode())


def accept_code(path: Path, settings: Settings) -> None:
    """Freezes an existing run anew with the code and versions of today, if asked to.

    Not the work of a rule: what it changes would hide from Snakemake, in the same
    invocation, what the changed code has to run again.
    """
    if settings.accept_code_change and path.exists():
        write(path, description(settings))


def write_configuration(path: Path, frozen: Frozen) -> None:
    """Writes the configuration alone, as a file for `snakemake --configfile`."""
    write_atomically(path, _yaml(frozen.configuration).encode())


def read(path: Path) -> Frozen:
    """Reads a frozen run.

    Raises:
        ConfigError: there is none, or it is not one.
    """
    if not path.exists():
        raise ConfigError(f"{path.parent}: no such run; it has no {path.name}")
    document = read_yaml(path)
    if document.pop("schema_version", 0) != SCHEMA_VERSION:
        raise ConfigError(f"{path}: no run.yaml of schema version {SCHEMA_VERSION}")
    try:
        return from_row(document, Frozen)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def read_settings(path: Path, *, arm: str | None = None) -> Settings:
    """The frozen settings, as one arm of the run sees them."""
    frozen = read(path)
    try:
        settings = frozen.settings
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return settings if arm is None else arm_settings(settings, arm)


def require_same(path: Path, settings: Settings) -> None:
    """Refuses to continue a run under another identity, or as a shorter one than it is.

    Raises:
        ConfigError: a key, a library or guarded code differs, or fewer generations are asked
            for than the run has; the message names which.
    """
    if not path.exists():
        return
    old, new = read(path), description(settings)
    keys = differing_keys(old.configuration, new.configuration)
    if keys:
        raise ConfigError(
            f"{path} belongs to another configuration; these keys differ: {', '.join(keys)}. "
            "Set them back, or choose another `run`"
        )
    _require_as_long(path.parent, settings)
    if settings.accept_code_change:
        return
    changed = [
        *differing(old.versions, new.versions),
        *differing(old.code, new.code),
    ]
    if changed:
        more = f" and {len(changed) - _TOLD} more" if len(changed) > _TOLD else ""
        raise ConfigError(
            f"{path} was made with other code; these have changed: "
            f"{', '.join(changed[:_TOLD])}{more}. "
            "Go back to that version, choose another `run`, or pass "
            "--config accept_code_change=true to measure again what they affect"
        )


def require_same_versions(path: Path) -> None:
    """Refuses to set new losses beside those of a run that other versions measured.

    Raises:
        ConfigError: Python or a library differs; the message names which.
    """
    old, new = read(path).versions, _versions()
    if changed := differing(old, new):
        told = (f"{name} {old.get(name)}, here {new.get(name)}" for name in changed)
        raise ConfigError(
            f"{path} was measured with other versions: {'; '.join(told)}. Losses of two "
            "versions are not compared: install those, or run it again under another `run`"
        )


def _require_as_long(run: Path, settings: Settings) -> None:
    """Finalists come from the last generation: with fewer, the findings would be replaced."""
    asked = settings.search.generations
    has = max(layout.last_generation(run, arm) for arm in settings.arms)
    if asked < has:
        raise ConfigError(
            f"search.generations: is {asked}, and the run has {has}; "
            f"set it to {has} or more, or choose another `run`"
        )


def _yaml(document: Values) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def differing(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """Names of files or libraries that were changed, added or removed."""
    return sorted(name for name in old | new if old.get(name) != new.get(name))


def require_writable(results: Path) -> None:
    """Refuses a results folder in which nothing can be written, before any work is done.

    Raises:
        ConfigError: the folder, or the nearest one above it that exists, is read-only, a
            file, or a link to nothing, or its disk is full.
    """
    folder = results
    try:
        while not folder.exists() and not folder.is_symlink() and folder != folder.parent:
            folder = folder.parent
        if not folder.exists():
            raise FileNotFoundError(errno.ENOENT, f"{folder} is a link to nothing")
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_ROOM_BYTES))
            file.flush()
    except OSError as error:
        raise ConfigError(
            f"results: {results} cannot be written ({error.strerror}); "
            "make room, or choose another with --config results=FOLDER"
        ) from None


def hold(results: Path) -> None:
    """Keeps other invocations out of a run until this process ends, however it ends.

    Snakemake's own lock stands in the folder in which it was started, and does not know of
    an invocation elsewhere that writes the same results. A file system without locks leaves
    it at that.

    Raises:
        ConfigError: another process holds the run.
    """
    results.mkdir(parents=True, exist_ok=True)
    # Never closed, and not inherited by jobs: the kernel lets go when this process is gone.
    lock = os.open(results / layout.LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(lock)
    except BlockingIOError:
        raise ConfigError(
            f"{results} is being written by another Snakemake, here or on another machine; "
            "wait until it ends, or choose another `run`"
        ) from None
    except OSError:
        os.close(lock)


def _lock(lock: int) -> None:
    """Tries it twice: who only asks whether a run is held has the lock for a moment."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_MOMENT_S)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(results: Path) -> bool:
    """Whether an invocation works on a run; true as well where that cannot be known."""
    try:
        with (results / layout.LOCK_FILE).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
