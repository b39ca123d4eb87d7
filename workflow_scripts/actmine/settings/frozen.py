"""The identity of a run: frozen in its run.yaml, compared at every later invocation."""

import fcntl
import importlib.metadata
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import yaml

from actmine import layout
from actmine.code_hash import module_hashes
from actmine.files import parse_yaml, write_atomically
from actmine.settings.configuration import (
    Config,
    ConfigError,
    arm_settings,
    differing_keys,
    identity,
)

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


def description(config: Config) -> dict[str, Any]:
    """What run.yaml holds: configuration, versions and code, and nothing that may change."""
    modules: dict[str, str] = {}
    for roots in STAGES.values():
        modules |= module_hashes(roots)
    guarded = {name: h for name, h in modules.items() if name.startswith(GUARDED)}
    return {
        "schema_version": SCHEMA_VERSION,
        "configuration": identity(config),
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in PACKAGES},
        },
        "code": dict(sorted(guarded.items())),
    }


def write(path: Path, described: dict[str, Any]) -> None:
    """Freezes a run."""
    text = "# Frozen by actmine: the identity of this run. Do not edit.\n"
    text += yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    write_atomically(path, text.encode())


def accept_code(path: Path, config: Config) -> None:
    """Freezes an existing run anew with the code and versions of today, if asked to.

    Not the work of a rule: what it changes would hide from Snakemake, in the same
    invocation, what the changed code has to run again.
    """
    if config["accept_code_change"] and path.exists():
        write(path, description(config))


def write_configuration(path: Path, described: dict[str, Any]) -> None:
    """Writes the configuration alone, as a file for `snakemake --configfile`."""
    text = yaml.safe_dump(described["configuration"], sort_keys=False, allow_unicode=True)
    write_atomically(path, text.encode())


def read(path: Path) -> dict[str, Any]:
    """Reads a frozen run.

    Raises:
        ConfigError: there is none, or it is not one.
    """
    try:
        described = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such run; see `ls {path.parent.parent}`") from None
    if not isinstance(described, dict) or described.get("schema_version") != SCHEMA_VERSION:
        raise ConfigError(f"{path}: no run.yaml of schema version {SCHEMA_VERSION}")
    return described


def configuration(path: Path, *, arm: str | None = None) -> Config:
    """The frozen configuration, as one arm of the run sees it."""
    config: Config = read(path)["configuration"]
    return config if arm is None else arm_settings(config, arm)


def require_same(path: Path, config: Config) -> None:
    """Refuses to continue a run under another identity.

    Raises:
        ConfigError: a key, a library or guarded code differs; the message names which.
    """
    if not path.exists():
        return
    old, new = read(path), description(config)
    keys = differing_keys(old["configuration"], new["configuration"])
    if keys:
        raise ConfigError(
            f"{path} belongs to another configuration; these keys differ: {', '.join(keys)}. "
            "Set them back, or choose another `run`"
        )
    if config["accept_code_change"]:
        return
    changed = [
        *differing_keys(old["versions"], new["versions"]),
        *(
            name
            for name in sorted(old["code"] | new["code"])
            if old["code"].get(name) != new["code"].get(name)
        ),
    ]
    if changed:
        raise ConfigError(
            f"{path} was made with other code; these have changed: {', '.join(changed)}. "
            "Go back to that version, choose another `run`, or pass "
            "--config accept_code_change=true to measure again what they affect"
        )


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
