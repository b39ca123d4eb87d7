"""Says which benchmarks and how many functions are asked for; planning imports nothing more."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.settings.sections import BenchmarkSettings, Settings
from actmine.transfer.benchmark import Tier

CLRS = "clrs"  # stands for the algorithms that the configuration names
ALGORITHMS = (
    "articulation_points", "activity_selector", "bellman_ford", "bfs", "binary_search",
    "bridges", "bubble_sort", "dag_shortest_paths", "dfs", "dijkstra",
    "find_maximum_subarray_kadane", "floyd_warshall", "graham_scan", "heapsort",
    "insertion_sort", "jarvis_march", "kmp_matcher", "lcs_length", "matrix_chain_order",
    "minimum", "mst_kruskal", "mst_prim", "naive_string_matcher", "optimal_bst",
    "quickselect", "quicksort", "segments_intersect", "strongly_connected_components",
    "task_scheduling", "topological_sort",
)  # fmt: skip
CHAMPION, FINALISTS, NONE = "champion", "finalists", "none"  # mined functions to measure

SUMMARY = "summary.json"  # of a tier's measurement
_TWO = ("bellman_ford", "mst_prim")
_PACKAGED = ("fashion_mnist", CLRS, "b3db", "b3db_fingerprints", "co2", "bikeshare")
_BY_DEFAULT = {
    Tier.SMOKE: _PACKAGED,
    Tier.OFFLINE: _PACKAGED,
    Tier.FULL: ("cifar10", "imagenet", CLRS, "molhiv"),
}


def benchmark_names(asked: BenchmarkSettings) -> list[str]:
    """The benchmarks of a measurement, with `clrs` spelled out."""
    tier = Tier(asked.tier)
    algorithms = asked.clrs_algorithms or (ALGORITHMS if tier is Tier.FULL else _TWO)
    spelled = [f"{CLRS}_{algorithm}" for algorithm in algorithms]
    picked: Sequence[str] = asked.benchmarks or _BY_DEFAULT[tier]
    return [algorithm for name in picked for algorithm in (spelled if name == CLRS else [name])]


def known_names(asked: BenchmarkSettings) -> list[str]:
    """The references, then the catalog functions that the configuration names, each once."""
    names = [REFERENCE, SECOND_REFERENCE, *asked.catalog]
    return list(dict.fromkeys(by_name(name).key for name in names))


def most_functions(config: Settings) -> int:
    """How many functions there can be, known before any search has ended."""
    finalists = len(config.arms) * int(config.validation.finalists)
    mined = {CHAMPION: 1, FINALISTS: finalists, NONE: 0}
    asked = config.transfer
    return len(known_names(asked)) + mined[asked.mined] + len(asked.files)


def digests(run: Path) -> list[str]:
    """Which tiers were measured, with the content of each: what a report depends on."""
    kept = ((tier.value, layout.transfer(run, tier.value) / SUMMARY) for tier in Tier)
    return [
        f"{tier}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
        for tier, path in kept
        if path.exists()
    ]
