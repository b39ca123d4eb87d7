"""What the last invocation of a run set out to do, for those who watch it; no job reads it."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from actmine.files import read_json, write_json
from actmine.settings.configuration import Config

SCHEMA_VERSION = 1
FILE = Path("logs", "plan.json")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One invocation.

    Attributes:
        generations: of the search, beyond the seeds.
        started: seconds since 1970.
        usd, tokens, requests: the budget of language models; none is no limit.
    """

    generations: int
    started: float
    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None


def write(run: Path, config: Config) -> None:
    """Writes the plan of an invocation that starts now."""
    plan = Plan(
        generations=config["search"]["generations"], started=time.time(), **config["budget"]
    )
    write_json(run / FILE, {"schema_version": SCHEMA_VERSION, **asdict(plan)})


def read(run: Path) -> Plan | None:
    """The last invocation's plan; none if there was none, or another version wrote it."""
    path = run / FILE
    if not path.exists():
        return None
    document = read_json(path)
    if document.pop("schema_version", None) != SCHEMA_VERSION:
        return None
    return Plan(**document)
