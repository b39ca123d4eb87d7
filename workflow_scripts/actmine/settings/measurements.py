"""Names of what candidates are measured on; imports little, so that planning stays cheap."""

import re
from collections.abc import Iterable

# Replicate numbers never overlap: the search, and what tests its winners, share no luck.
SEARCH, REMEASURED, HELD_OUT = "search", "remeasured", "held_out"
FIRST_REPLICATE = {SEARCH: 0, REMEASURED: 100_000, HELD_OUT: 200_000}
MEASUREMENTS = tuple(FIRST_REPLICATE)
LATER_DRAW = rf"{SEARCH}_[1-9]\d*"  # pattern of the suites that a search changes to
# Further measurements, of a few functions on the held-out tasks: the A/A control, and the
# lab under other settings, one of them `robust-NAME` for each of validation.robustness.
CONTROL, FIRST_CONTROL = "control", 300_000
ROBUST = "robust-"
EXTERNAL = "external-"  # a suite of others, measured as the held-out tasks are


def further(robustness: Iterable[str]) -> list[str]:
    """The further measurements of a run.

    Args:
        robustness: names of the settings in `validation.robustness`.
    """
    return [CONTROL, *(f"{ROBUST}{name}" for name in robustness)]


def suite_name(measurement: str) -> str:
    """The suite that a measurement takes its tasks from."""
    own = kind_of(measurement) != HELD_OUT or measurement.startswith(EXTERNAL)
    return measurement if own else HELD_OUT


def kind_of(measurement: str) -> str:
    """Which of MEASUREMENTS a measurement is like, in its tasks and its number of replicates.

    Raises:
        ValueError: it is none, no later draw, and no further one.
    """
    if re.fullmatch(LATER_DRAW, measurement):
        return SEARCH
    if measurement == CONTROL or measurement.startswith((ROBUST, EXTERNAL)):
        return HELD_OUT
    if measurement not in FIRST_REPLICATE:
        raise ValueError(
            f"{measurement!r} is no measurement: {', '.join([*MEASUREMENTS, CONTROL])}, "
            f"{SEARCH}_1 …, {EXTERNAL}SUITE, and {ROBUST}NAME for a setting of "
            "validation.robustness are"
        )
    return measurement


def replicates(measurement: str, count: int, *, repeat: int = 0) -> tuple[int, ...]:
    """The replicate numbers of a measurement; in other labs those of the held-out tasks.

    Args:
        count: networks per task.
        repeat: how often the candidate was measured so before; each time it has others.

    Raises:
        ValueError: the numbers reach those of another measurement.
    """
    start = FIRST_CONTROL if measurement == CONTROL else FIRST_REPLICATE[kind_of(measurement)]
    first = start + repeat * count
    numbers = tuple(range(first, first + count))
    later = [n for n in (*FIRST_REPLICATE.values(), FIRST_CONTROL) if n > start]
    if later and numbers[-1] >= min(later):
        raise ValueError(
            f"repeat {repeat} of {measurement} with {count} replicates reaches number "
            f"{numbers[-1]}, which another measurement has; measure less often"
        )
    return numbers


def search_draw(generation: int, rotate_every: int | None) -> str:
    """The suite on which a generation is measured; also the name of that measurement.

    The seeds and the first `rotate_every` generations have the first draw, `search`; then
    each further `rotate_every` generations have one of their own.
    """
    number = 0 if rotate_every is None else max(0, generation - 1) // rotate_every
    return SEARCH if number == 0 else f"{SEARCH}_{number}"
