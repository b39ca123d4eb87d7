"""The identity of a run: frozen in its run.yaml, compared at every later invocation."""

import fcntl
import importlib.metadata
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import yaml

from actmine import layout
from actmine.code_hash import module_hashes
from actmine.files import parse_yaml, write_atomically
from actmine.settings.configuration import (
    ConfigError,
    Values,
    arm_settings,
    complete,
    differing_keys,
    identity,
)
from actmine.settings.sections import Settings

SCHEMA_VERSION = 1

# The entry modules of each stage; what they import makes up the stage.
STAGES: dict[str, tuple[str, ...]] = {
    "suites": ("actmine.tasks.suite",),
    "figures": ("actmine.report.task_figures",),
    "catalog": (
        "actmine.functions.catalog",
        "actmine.gate.examine",
        "actmine.records.listed",
    ),
    "lab": ("actmine.lab.measure",),
    "propose": (
        "actmine.evolution.propose",
        "actmine.evolution.memory",
    ),
    "select": ("actmine.evolution.select", "actmine.evolution.memory"),
    "finalists": (
        "actmine.validation.contrast",
        "actmine.validation.finalists",
        "actmine.validation.simplest",
    ),
    "leaderboard": ("actmine.validation.conclusions", "actmine.validation.paper_order"),
    "champions": ("actmine.validation.findings", "actmine.validation.material"),
    "corroborate": ("actmine.validation.corroboration",),
    "champion": (
        "actmine.champion.files",
        "actmine.champion.cost",
        "actmine.champion.plot",
        "actmine.champion.curves",
    ),
    "aggregate": (
        "actmine.tables.run_tables",
        "actmine.tables.candidate_files",
    ),
    "fits": ("actmine.report.fits",),
    "report": ("actmine.report.collect", "actmine.report.page"),
    "seal": ("actmine.audit.crate", "actmine.audit.sums"),
    "transfer_list": ("actmine.transfer.functions", "actmine.transfer.settings"),
    "transfer_data": ("actmine.transfer.data", "actmine.transfer.benchmarks.registry"),
    "transfer": (
        "actmine.transfer.measure",
        "actmine.transfer.benchmarks.registry",
    ),
    "transfer_findings": ("actmine.transfer.summary", "actmine.transfer.figure"),
}
# A change of these would retrain, or ask for other children: an existing run refuses it.
GUARDED = (
    "actmine.lab",
    "actmine.gate",
    "actmine.evolution",
    "actmine.tasks",
    "actmine.lab.fitness",
)
PACKAGES = ("torch", "pytorch-lightning", "numpy", "scipy")
_ROOM_BYTES = 1 << 20  # more than a job writes at once in a small run [ours]


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A run's run.yaml.

    Attributes:
        configuration: the identity alone, as it was written.
        versions: of Python and of the libraries that results depend on.
        code: hashes of guarded modules, by name.
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
    modules: dict[str, str] = {}
    for roots in STAGES.values():
        modules |= module_hashes(roots)
    guarded = {name: h for name, h in modules.items() if name.startswith(GUARDED)}
    return Frozen(
        configuration=identity(settings),
        versions={
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in PACKAGES},
        },
        code=dict(sorted(guarded.items())),
    )


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
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such run; see `ls {path.parent.parent}`") from None
    if not isinstance(document, dict) or document.pop("schema_version", 0) != SCHEMA_VERSION:
        raise ConfigError(f"{path}: no run.yaml of schema version {SCHEMA_VERSION}")
    return Frozen(**document)


def read_settings(path: Path, *, arm: str | None = None) -> Settings:
    """The frozen settings, as one arm of the run sees them."""
    settings = read(path).settings
    return settings if arm is None else arm_settings(settings, arm)


def require_same(path: Path, settings: Settings) -> None:
    """Refuses to continue a run under another identity.

    Raises:
        ConfigError: a key, a library or guarded code differs; the message names which.
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
    if settings.accept_code_change:
        return
    changed = [
        *differing_keys(old.versions, new.versions),
        *differing_modules(old.code, new.code),
    ]
    if changed:
        raise ConfigError(
            f"{path} was made with other code; these have changed: {', '.join(changed)}. "
            "Go back to that version, choose another `run`, or pass "
            "--config accept_code_change=true to measure again what they affect"
        )


def _yaml(document: Values) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def differing_modules(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """Names of modules that were changed, added or removed."""
    return sorted(name for name in old | new if old.get(name) != new.get(name))


def require_writable(results: Path) -> None:
    """Refuses a results folder in which nothing can be written, before any work is done.

    Raises:
        ConfigError: the folder, or the nearest one above it that exists, is read-only, or
            its disk is full.
    """
    folder = results
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
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
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(
            f"{results} is being written by another Snakemake, here or on another machine; "
            "wait until it ends, or choose another `run`"
        ) from None
    except OSError:
        os.close(lock)
