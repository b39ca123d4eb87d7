"""Compares two runs: what they were asked, where their searches part, what they found."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.evolution.reading import find_run
from actmine.files import canonical_json, read_json, read_jsonl
from actmine.number_text import counted
from actmine.settings import frozen as runs
from actmine.settings.configuration import differing_keys
from actmine.settings.frozen import Frozen
from actmine.shown_text import visible
from actmine.validation.leaderboard import read_leaderboard

SHOWN = 10  # rows of the leaderboards' differences
_TIMED = frozenset({"timings"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("first", metavar="A", help="a run's name, or its folder")
    parser.add_argument("second", metavar="B", help="another")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Prints the differences; the exit code is 1 if there are any, as `diff` has it."""
    folders = [find_run(name, results=args.results) for name in (args.first, args.second)]
    differences = [
        *_identity(*(runs.read(folder / layout.RUN_FILE) for folder in folders)),
        *_suites(*folders),
        *_search(*folders),
        *_champions(*folders),
        *_leaderboards(*folders),
        *_unvalidated(*folders),
    ]
    print(visible("\n".join(differences)) or "the same but for measured times")
    return 1 if differences else 0


def _identity(a: Frozen, b: Frozen) -> Iterator[str]:
    for key in differing_keys(a.configuration, b.configuration):
        yield f"configuration: {key} is {_at(a, key)} and {_at(b, key)}"
    for part in ("versions", "code"):
        if changed := runs.differing(getattr(a, part), getattr(b, part)):
            yield f"{part}: {', '.join(changed)}"


def _at(frozen: Frozen, key: str) -> str:
    value: Any = frozen.configuration
    for name in key.split("."):
        value = value.get(name, "absent") if isinstance(value, dict) else "absent"
    return str(value)


def _suites(a: Path, b: Path) -> Iterator[str]:
    for name in ("search", "held_out"):
        paths = [layout.manifest(folder, name) for folder in (a, b)]
        if not all(path.exists() for path in paths):
            continue
        hashes = [read_json(path)["hash"][:12] for path in paths]
        if hashes[0] != hashes[1]:
            yield f"the {name} suite has the hash {hashes[0]}… and {hashes[1]}…"


def _search(a: Path, b: Path) -> Iterator[str]:
    """The first file of each island in which the searches part, and what only one has."""
    files = [_search_files(folder) for folder in (a, b)]
    seen = set()
    for name in sorted(files[0].keys() & files[1].keys(), key=_by_generation):
        island = (name.split("/")[0], name.split("/")[2])
        if island not in seen and _content(files[0][name]) != _content(files[1][name]):
            seen.add(island)
            yield f"{name}: differs; island {' '.join(island)} goes its own way from here"
    for folder, ours, others in ((a, files[0], files[1]), (b, files[1], files[0])):
        alone = sorted(ours.keys() - others.keys(), key=_by_generation)
        if alone:
            yield (
                f"only {folder} has {alone[0]} and {counted(len(alone) - 1, 'more file')} of "
                "the search"
            )


def _search_files(folder: Path) -> dict[str, Path]:
    patterns = ("proposals.jsonl", "shard_*/evaluations.jsonl", "population.json")
    return {
        path.relative_to(folder).as_posix(): path
        for pattern in patterns
        for path in folder.glob(f"*/gen_*/island_*/{pattern}")
    }


def _by_generation(name: str) -> tuple[str, int, str]:
    """Generations in order, and within one what was proposed, measured and selected."""
    order = ("proposals.jsonl", "evaluations.jsonl", "population.json")
    return name.split("/")[1], order.index(name.rpartition("/")[2]), name


def _content(path: Path) -> object:
    """A file without measured times."""
    if path.suffix != ".jsonl":
        return path.read_bytes()
    return [
        canonical_json({key: value for key, value in row.items() if key not in _TIMED})
        for row in read_jsonl(path)
    ]


def _champions(a: Path, b: Path) -> Iterator[str]:
    paths = [folder / "validation" / "champion.json" for folder in (a, b)]
    rows = [read_json(path) if path.exists() else {} for path in paths]
    if rows[0].get("candidate_id") != rows[1].get("candidate_id"):
        names = [
            f"{row['name']} ({row['candidate_id']})" if row.get("candidate_id") else "none"
            for row in rows
        ]
        yield f"champion: {names[0]} and {names[1]}"


def _leaderboards(a: Path, b: Path) -> Iterator[str]:
    """What both validated and what came out different, by the size of the difference."""
    paths = [folder / "validation" / "leaderboard.csv" for folder in (a, b)]
    if not all(path.exists() for path in paths):
        return
    ours, theirs = (_fitness(path) for path in paths)
    both = ours.keys() & theirs.keys()
    changed = [key for key in both if ours[key] != theirs[key]]
    if changed:
        yield f"held-out fitness: {len(changed)} of {len(both)} functions in both differ"
    largest = sorted(changed, key=lambda key: (-abs(theirs[key] - ours[key]), key))
    for key in largest[:SHOWN]:
        change = theirs[key] - ours[key]
        yield f"  {'  '.join(key)}: {ours[key]:+.4f} and {theirs[key]:+.4f} ({change:+.4f})"


def _unvalidated(*folders: Path) -> Iterator[str]:
    """The runs whose findings nothing was compared with, for they have none."""
    for folder in folders:
        if not (folder / "validation" / "leaderboard.csv").exists():
            yield f"{folder}: not validated yet; run `snakemake` for it first"


def _fitness(path: Path) -> dict[tuple[str, str], float]:
    """Held-out fitness by candidate and name."""
    board = read_leaderboard(path)
    keys = zip(board["candidate_id"], board["name"], strict=True)
    return dict(zip(keys, map(float, board["held_out_fitness"]), strict=True))
