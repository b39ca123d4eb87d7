"""Where the files of a run stand: one place for the rules, the scripts and the commands."""

import re
from pathlib import Path

RUN_FILE = "run.yaml"
LOCK_FILE = ".lock"
STORE = "store"
JOURNAL = "journal"
QUEUE = "queue"


def arrays(run: Path, suite: str) -> Path:
    """A suite's arrays."""
    return run / "suites" / f"{suite}.npz"


def manifest(run: Path, suite: str) -> Path:
    """A suite's formulas, regions and hashes."""
    return run / "suites" / f"{suite}.json"


def task_figure(run: Path, suite: str) -> Path:
    """A figure of a suite's tasks."""
    return run / "suites" / f"{suite}.svg"


def reference(run: Path, measurement: str) -> Path:
    """Evaluations of ReLU and GELU."""
    return run / "reference" / measurement / "evaluations.jsonl"


def search_references(run: Path) -> list[Path]:
    """Evaluations of ReLU and GELU on every draw of the search tasks, the first one first."""
    later = [path.parent.name for path in run.glob("reference/search_*/evaluations.jsonl")]
    names = ["search", *sorted(later, key=lambda name: int(name.rpartition("_")[2]))]
    return [reference(run, name) for name in names]


def catalog(run: Path) -> Path:
    """The known functions with the gate's verdicts."""
    return run / "catalog" / "candidates.jsonl"


def catalog_measured(run: Path, measurement: str) -> Path:
    """Folder of the catalog's shards."""
    return run / "catalog" / measurement


def island(run: Path, arm: str, generation: int, number: int) -> Path:
    """Folder of one island in one generation."""
    return run / arm / f"gen_{generation:04d}" / f"island_{number}"


def last_generation(run: Path, arm: str) -> int:
    """The last generation after which an arm has an archive; 0 also where there is none."""
    places = (run / arm).glob("gen_*/island_*/population.json")
    return max((int(place.parts[-3].removeprefix("gen_")) for place in places), default=0)


def search_shards(run: Path, arm: str) -> list[Path]:
    """The evaluations of an arm's search, by generation, island and shard."""
    places = sorted((run / arm).glob("gen_*/island_*"))
    return [shard for place in places for shard in shards(place)]


def finalists(run: Path, arm: str) -> Path:
    """The mined functions of an arm that are validated."""
    return run / arm / "validation" / "candidates.jsonl"


def finalists_measured(run: Path, arm: str, measurement: str) -> Path:
    """Folder of the finalists' shards."""
    return run / arm / "validation" / measurement


def leaders(run: Path) -> Path:
    """The known functions that are measured on held-out tasks."""
    return run / "catalog" / "leaders.jsonl"


def compared(run: Path) -> Path:
    """The champions, and the known functions that they are compared with further on."""
    return run / "validation" / "compared.jsonl"


def compared_measured(run: Path, measurement: str) -> Path:
    """Their evaluations."""
    return run / "validation" / measurement / "evaluations.jsonl"


def transfer(run: Path, tier: str) -> Path:
    """Folder of the benchmarks of one tier."""
    return run / "transfer" / tier


def external(run: Path, tier: str) -> Path:
    """Folder of the suites of others, drawn in one size."""
    return run / "external" / tier


def shards(folder: Path) -> list[Path]:
    """The evaluations of every shard in a folder, in order."""
    found = folder.glob("shard_*/evaluations.jsonl")
    return sorted(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name)))
