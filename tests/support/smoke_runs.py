"""Runs of the smoke preset that many tests read."""

import shutil

from checkouts import Checkout

RUN = "results/smoke"
SAID = "said.txt"  # in the finished checkout: what Snakemake said
EARLIER = "earlier"  # in the continued checkout: its run when it had ended for the first time


def finish(checkout: Checkout) -> None:
    """The preset as it is, on two cores, where nothing but ASCII can be printed."""
    options = ("--config", "preset=smoke", "--cores", "2")
    said = checkout.snakemake(*options, PYTHONIOENCODING="ascii")
    (checkout.folder / SAID).write_text(said)


def advanced(generations: int, *, cores: int = 2) -> tuple[str, ...]:
    """The options of a run that climbs a ladder, measures again and changes its tasks.

    It has two arms, paid for different tasks, and another lab for its findings.
    """
    search = (
        f"search={{generations: {generations}, candidates_per_island: 6, elites: 3, "
        "remeasure_slots: 1, rotate_every: 2, "
        "ladder: [{steps: 10, keep: 1, margin: 0.2}, {steps: 30, keep: 1, margin: 0.3}]}"
    )
    arms = "arms={main: {}, growth: {fitness: {target: {weights: {harmonic: 0}}}}}"
    labs = "validation={robustness: {wide: {width: 24}}}"
    given = ("preset=smoke", "candidates_per_job=8", search, arms, labs)
    return ("--config", *given, "--cores", str(cores))


def finish_and_continue(checkout: Checkout) -> None:
    """An advanced run, kept as it ended, and then a generation more."""
    checkout.snakemake(*advanced(2))
    shutil.copytree(checkout.folder / RUN, checkout.folder / EARLIER)
    checkout.snakemake(*advanced(3))
