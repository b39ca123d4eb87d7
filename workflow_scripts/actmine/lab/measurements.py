"""Names of what candidates are measured on; imports nothing, so that planning stays cheap."""

# Replicate numbers never overlap: the search, and what tests its winners, share no luck.
SEARCH, REMEASURED, HELD_OUT = "search", "remeasured", "held_out"
FIRST_REPLICATE = {SEARCH: 0, REMEASURED: 100_000, HELD_OUT: 200_000}
MEASUREMENTS = tuple(FIRST_REPLICATE)
# Further measurements, of a few functions on the held-out tasks: the A/A control, and the
# lab under other settings, one of them `robust-NAME` for each of validation.robustness.
CONTROL, FIRST_CONTROL = "control", 300_000
ROBUST = "robust-"


def suite_name(measurement: str) -> str:
    """The suite that a measurement takes its tasks from."""
    return SEARCH if measurement in (SEARCH, REMEASURED) else HELD_OUT


def first_replicate(measurement: str) -> int:
    """The first replicate number; under other settings they are those of the held-out tasks.

    Raises:
        ValueError: no such measurement.
    """
    if measurement == CONTROL:
        return FIRST_CONTROL
    if measurement.startswith(ROBUST):
        return FIRST_REPLICATE[HELD_OUT]
    if measurement not in FIRST_REPLICATE:
        raise ValueError(
            f"{measurement!r} is no measurement: {', '.join([*MEASUREMENTS, CONTROL])}, or "
            f"{ROBUST}NAME for a setting of validation.robustness"
        )
    return FIRST_REPLICATE[measurement]
