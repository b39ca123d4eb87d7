"""What the last invocation of a run set out to do, for those who watch it; no job reads it."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from actmine.records.form import Form
from actmine.records.rows import read_record, write_record
from actmine.settings.sections import Settings

FILE = Path("logs", "plan.json")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One invocation.

    Attributes:
        generations: of the search, beyond the seeds.
        started: seconds since 1970.
        jobs: that may run at a time.
        usd, tokens, requests: the budget of language models; none is no limit.
    """

    FORM: ClassVar = Form(version=1)

    generations: int
    started: float
    jobs: int = 1
    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None


def write(run: Path, settings: Settings, *, jobs: int) -> None:
    """Writes the plan of an invocation that starts now."""
    plan = Plan(
        generations=settings.search.generations,
        started=time.time(),
        jobs=jobs,
        **asdict(settings.budget),
    )
    write_record(run / FILE, plan)


def read(run: Path) -> Plan | None:
    """The last invocation's plan; none if there was none, or another version wrote it."""
    path = run / FILE
    if not path.exists():
        return None
    try:
        return read_record(path, Plan)
    except ValueError:
        return None
