"""A smoke run on a real SLURM of one node, through interruption, failure and time limit."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from actmine.lab.accelerator import STAND_IN
from bits import decisions, differing
from checkouts import Checkout, copy_project
from one_node_slurm import jobs, missing, one_node, said
from processes import kill, scripts, wait_for

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.cluster,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]

RUN = Path("results/smoke")
MEASURED_LATER = ("catalog", "finalists", "compared")
SUBMITTED = {"measure_reference", "train", *(f"measure_{one}" for one in MEASURED_LATER)}
OPTIONS = (
    "--workflow-profile",
    "profiles/slurm",
    "--config",
    "preset=smoke",
    "candidates_per_job=6",  # other jobs than the run that this one is compared with
    # A first attempt of a minute, the least that SLURM knows; the profile's for the others.
    "--set-resources",
    "measure_catalog:runtime=1 if attempt == 1 else 30",
    "--slurm-init-seconds-before-status-checks",
    "2",
    "--latency-wait",
    "5",
)
PATIENCE_S = 400.0
INTERRUPTS = 3


# First in this file: no other cluster may run beside it.
@pytest.mark.skipif(bool(missing(accounting=True)), reason=missing(accounting=True))
def test_with_an_accounting_database_sacct_tells_how_jobs_ended(tmp_path):
    """Two of the run's jobs, the reference and a training, are submitted, each for a GPU."""
    on_cards = [*OPTIONS, *("--slurm-status-command", "sacct", "--")]
    on_cards.insert(on_cards.index("preset=smoke"), "lab={device: cuda}")
    with one_node(cpus=2, accounting=True):
        checkout = copy_project(tmp_path)
        environ = {STAND_IN: "1"}
        checkout.snakemake(
            *on_cards, f"{RUN}/main/gen_0000/island_0/population.json", code=0, **environ
        )
        ended = said("sacct", "-a", "-n", "-X", "-P", "-o", "State,ReqTRES").split()
    assert [line.partition("|")[0] for line in ended] == ["COMPLETED"] * 2
    assert all("gres/gpu=1" in line for line in ended)
    reference = checkout.folder / RUN / "reference/search/evaluations.jsonl"
    assert '"device":"processor"' in reference.read_text()


@dataclass(frozen=True, kw_only=True)
class Told:
    """A run that was interrupted, killed, and met by one failure and one time limit."""

    checkout: Checkout
    log: Path
    after_interrupt: list[list[str]]
    earlier: int
    """Jobs that were submitted before the last start of Snakemake."""
    ended: int


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    checkout, log = copy_project(folder / "checkout"), folder / "log"
    with one_node(cpus=2):
        try:
            yield _disturbed_run(checkout, log)
        finally:
            print(log.read_text(errors="replace")[-6000:])


def _disturbed_run(checkout: Checkout, log: Path) -> Told:
    after_interrupt = _interrupted(checkout, log)
    _killed(checkout, log)
    checkout.snakemake(*OPTIONS, "--unlock")
    earlier = len(jobs("jobid"))
    controller = checkout.start(*OPTIONS, log=log)
    try:
        hung = _first(checkout, "catalog/candidates.jsonl", log=log)
        hung.send_signal(signal.SIGSTOP)  # it comes to its time limit
        kill(_first(checkout, "gen_0001", log=log))
        ended = controller.wait(timeout=PATIENCE_S)
    finally:
        if controller.poll() is None:
            os.killpg(controller.pid, signal.SIGKILL)
    return Told(
        checkout=checkout,
        log=log,
        after_interrupt=after_interrupt,
        earlier=earlier,
        ended=ended,
    )


def _interrupted(checkout: Checkout, log: Path) -> list[list[str]]:
    """Ctrl-C while a training runs: Snakemake takes its jobs back from the queue.

    It does not know its jobs while it asks for their states, and leaves them in the queue when
    the signal comes just then. So that is tried again.
    """
    for _ in range(INTERRUPTS):
        controller = checkout.start(*OPTIONS, log=log)
        _first(checkout, "--names", log=log)
        controller.send_signal(signal.SIGINT)
        controller.wait(timeout=PATIENCE_S)
        seen = _settled()
        left = [number for number, state in seen if state in ("PENDING", "RUNNING")]
        if not left:
            break
        said("scancel", *left)
        wait_for(
            lambda: not scripts(checkout, "train.py"),
            seconds=PATIENCE_S,
            told=lambda: jobs("jobid", "state"),
        )
    return seen


def _settled() -> list[list[str]]:
    """Jobs and states once none is on its way out any more; SLURM takes a moment for that."""
    seen: list[list[str]] = []

    def settled() -> list[list[str]]:
        seen[:] = jobs("jobid", "state")
        return [] if any(state == "COMPLETING" for _, state in seen) else seen

    return wait_for(settled, seconds=PATIENCE_S, told=lambda: seen)


def _killed(checkout: Checkout, log: Path) -> None:
    """SIGKILL of Snakemake while a training runs: its jobs stay with SLURM."""
    controller = checkout.start(*OPTIONS, log=log)
    _first(checkout, "--names", log=log)
    os.killpg(controller.pid, signal.SIGKILL)
    controller.wait()


def _first(checkout: Checkout, *words: str, log: Path):
    found = wait_for(
        lambda: scripts(checkout, "train.py", *words),
        seconds=PATIENCE_S,
        told=lambda: (jobs("jobid", "state", "comment"), log.read_text()[-3000:]),
    )
    return found[0]


def test_an_interrupt_takes_its_jobs_back(told):
    assert told.after_interrupt
    assert {state for _, state in told.after_interrupt} <= {"CANCELLED", "COMPLETED"}


def test_the_run_ends_well_after_an_interrupt_a_kill_a_failed_job_and_a_time_limit(told):
    assert told.ended == 0, told.log.read_text()[-4000:]
    assert (told.checkout.folder / RUN / "report/index.html").exists()


def test_slurm_saw_a_failure_and_a_time_limit_and_snakemake_sent_both_jobs_again(told):
    states: dict[str, list[str]] = {}
    for state, comment in jobs("state", "comment"):
        states.setdefault(comment, []).append(state)
    failed = [seen for seen in states.values() if "FAILED" in seen]
    hung = [seen for seen in states.values() if "TIMEOUT" in seen]
    assert failed and hung
    assert all(seen[-1] == "COMPLETED" for seen in failed + hung)


def test_a_retry_is_asked_with_more_time_and_memory(told):
    asked: dict[str, list[tuple[str, str]]] = {}
    for comment, minutes, memory in jobs("comment", "timelimit", "minmemory")[told.earlier :]:
        asked.setdefault(comment, []).append((minutes, memory))
    again = [seen for name, seen in asked.items() if "catalog" in name and len(seen) > 1]
    assert again
    # On a slow machine other jobs too need more than a minute, or a third attempt.
    attempts = [("1:00", "2500M"), ("30:00", "5000M"), ("30:00", "7500M")]
    assert [seen for seen in again if seen != attempts[: len(seen)]] == []


def test_only_trainings_are_submitted(told):
    rules = {comment.split("_wildcards_")[0] for (comment,) in jobs("comment")}
    assert rules == {f"rule_{name}" for name in SUBMITTED}


def test_slurm_ends_with_the_decisions_of_a_local_run(told, finished):
    here, there = (decisions(one.folder / RUN) for one in (finished, told.checkout))
    assert len(here) > 10
    assert differing(here, there) == []
