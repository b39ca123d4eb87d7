"""Says in a line how a search stands after a generation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.files import read_json
from actmine.number_text import counted, signed
from actmine.records.status import Status
from actmine.settings.frozen import read_settings
from actmine.shown_text import visible
from actmine.tables.progress import Progress

_TRAINED = (Status.SCORED, Status.PRUNED, Status.FAILED, Status.TIMEOUT)


def generation_lines(
    folder: Path, arm: str, generation: int, progress: Progress
) -> Iterator[str]:
    """One line: the best function of all islands, and what the search took so far.

    Generation 0 holds known functions alone, so there is no candidate to count.
    """
    best, island = _best(folder, arm, generation)
    if best is None:
        return
    of = f" of {progress.plan.generations}" if progress.plan else ""
    where = f"{arm}, " if len(progress.arms) > 1 else ""
    kind = "" if generation else " known function"
    trained = sum(progress.statuses[status] for status in _TRAINED)
    yield ", ".join(
        [
            f"{where}generation {generation}{of}: best{kind} "
            f"{signed(best['fitness'], 3)} \N{PLUS-MINUS SIGN} {best['standard_error']:.3f} "
            f"({visible(best['name'])}, island {island})",
            *([f"{counted(trained, 'candidate')} trained"] if generation else []),
            *_money(progress),
        ]
    )


def guard_warning(folder: Path, arm: str) -> Iterator[str]:
    """What to tell where the best seed is over the guard, which its children are held to."""
    best, _ = _best(folder, arm, 0)
    guard = read_settings(folder / layout.RUN_FILE, arm=arm).fitness.id_guard
    if best is not None and best["id_ratio"] > guard:
        yield (
            f"{visible(best['name'])} leads the seeds with an in-distribution loss of "
            f"{best['id_ratio']:.1f} times ReLU's, above fitness.id_guard ({guard:g}): seeds "
            "may, children may not, so little can be made of it; raise the guard"
        )


def _best(folder: Path, arm: str, generation: int) -> tuple[dict[str, Any] | None, int]:
    """The fittest elite of a generation, and its island."""
    found: list[tuple[dict[str, Any], int]] = []
    for path in layout.island(folder, arm, generation, 0).parent.glob("*/population.json"):
        island = int(path.parent.name.removeprefix("island_"))
        found += [(elite, island) for elite in read_json(path)["elites"][:1]]
    # Islands that have the same seeds have the same best: the first is named.
    return max(found, key=lambda one: (one[0]["fitness"], -one[1]), default=(None, 0))


def _money(progress: Progress) -> Iterator[str]:
    if progress.spent.usd:
        limit = progress.plan.usd if progress.plan else None
        of = f" of {limit:g}" if limit is not None else ""
        yield f"{progress.spent.usd:.2f}{of} USD spent"
