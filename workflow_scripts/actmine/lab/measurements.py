"""Names of what candidates are measured on; imports nothing, so that planning stays cheap."""

# Replicate numbers never overlap: the search, and what tests its winners, share no luck.
SEARCH, REMEASURED, HELD_OUT = "search", "remeasured", "held_out"
FIRST_REPLICATE = {SEARCH: 0, REMEASURED: 100_000, HELD_OUT: 200_000}
MEASUREMENTS = tuple(FIRST_REPLICATE)


def suite_name(measurement: str) -> str:
    """The suite that a measurement takes its tasks from."""
    return HELD_OUT if measurement == HELD_OUT else SEARCH
