"""One generation of a search, and what it takes: the jobs that the rules would start."""

import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from actmine import layout
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_records
from actmine.records.status import Status
from actmine.settings import frozen
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings

ROOT = Path(__file__).resolve().parents[2]
ARM = "main"


@dataclass(frozen=True, kw_only=True)
class Generation:
    """What was measured in a generation, or in several.

    Attributes:
        sources: of its candidates, by id.
        cpu_s: of each job, with all its processes.
    """

    sources: dict[str, str]
    evaluations: tuple[Evaluation, ...]
    cpu_s: dict[str, float]

    @property
    def candidate_s(self) -> float:
        """CPU seconds a candidate."""
        return sum(self.cpu_s.values()) / len(self.evaluations)

    @property
    def stopped(self) -> int:
        """How many fits the ladder ended."""
        return sum(one.status is Status.PRUNED for one in self.evaluations)

    def some(self, count: int) -> list[Evaluation]:
        """Candidates that were scored, spread evenly from the cheapest to the dearest."""
        scored = sorted(
            (one for one in self.evaluations if one.is_scored),
            key=lambda one: one.timings["cpu_s"],
        )
        if len(scored) < count:
            sys.exit(f"{len(scored)} candidates were scored, not {count}; ask for more of them")
        return [scored[(2 * k + 1) * len(scored) // (2 * count)] for k in range(count)]


def together(generations: Iterable[Generation]) -> Generation:
    """Several generations as one; CPU seconds of a job are those of all."""
    sources: dict[str, str] = {}
    evaluations: list[Evaluation] = []
    cpu_s: Counter[str] = Counter()
    for one in generations:
        sources |= one.sources
        evaluations += one.evaluations
        cpu_s.update(one.cpu_s)
    return Generation(sources=sources, evaluations=tuple(evaluations), cpu_s=dict(cpu_s))


def fit_s(evaluations: Sequence[Evaluation]) -> float:
    """CPU seconds of a candidate's own process, mean."""
    return fmean(one.timings["cpu_s"] for one in evaluations)


def search(run: Path, *, generations: int, **given: Any) -> float:
    """Has Snakemake make a run's first generations; its CPU seconds, and those of its jobs."""
    asked = run.with_suffix(".json")
    asked.write_text(json.dumps({"run": run.name, "results": str(run.parent), **given}))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(run.parent), "--cores", "1", "--configfile", str(asked)]
    last = layout.island(run, ARM, generations - 1, 0) / "population.json"
    return cpu_s_of([*command, "--", str(last)])


def next_generation(run: Path, settings: Settings, *, number: int, out: Path) -> Generation:
    """Carries out the jobs of a run's next generation under other settings of the search."""
    proposals, evaluations = (out / f"{name}.jsonl" for name in ("proposals", "evaluations"))
    always = {"run": out / layout.RUN_FILE}
    frozen.write(always["run"], frozen.description(settings))
    island = {
        **always,
        "arm": ARM,
        "generation": number,
        "island": 0,
        "population": layout.island(run, ARM, number - 1, 0) / "population.json",
    }
    suite = {
        "manifest": layout.manifest(run, SEARCH),
        "reference": layout.reference(run, SEARCH),
    }
    cpu_s = {
        "propose": _job("propose", **island, execution="{}", out=proposals),
        "train": _job(
            "train",
            **always,
            **suite,
            measurement=SEARCH,
            arrays=layout.arrays(run, SEARCH),
            candidates=proposals,
            store=out / layout.STORE,
            execution="{}",
            out=evaluations,
        ),
        "select": _job(
            "select_elites",
            **island,
            **suite,
            proposals=proposals,
            evaluations=evaluations,
            out=out / "population.json",
        ),
    }
    return Generation(
        sources={
            one.candidate_id: one.source
            for one in read_records(proposals, Proposal)
            if one.status is Status.ACCEPTED
        },
        evaluations=tuple(read_records(evaluations, Evaluation)),
        cpu_s=cpu_s,
    )


def _job(script: str, **options: Any) -> float:
    """CPU seconds of a stage with these options."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return cpu_s_of([sys.executable, str(ROOT / "workflow_scripts" / f"{script}.py"), *words])


def cpu_s_of(command: Sequence[str]) -> float:
    """CPU seconds of a command and of all processes that it waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
