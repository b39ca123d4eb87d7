"""Kills, full disks, jumping clocks and rivals: what a run is continued after."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import psutil
import pytest

from actmine.files import read_json, read_jsonl
from bits import PART, decisions, differing, results, store_stamps
from checkouts import Checkout, copy_project
from processes import kill, scripts, wait_for

pytestmark = pytest.mark.workflow

RUN = Path("results/smoke")
OPTIONS = ("--config", "preset=smoke", "--cores", "2")
# Fewer jobs than the run that it is compared with.
ONE_CORE = ("--config", "preset=smoke", "candidates_per_job=4", "--cores", "1")
ONE_JOB = (*OPTIONS, "--", str(RUN / "main/gen_0002/island_0/shard_0/evaluations.jsonl"))
SHARD = Path(ONE_JOB[-1])
CRASHES = int(os.environ.get("CRASHES", "30"))
PATIENCE_S = 400.0
MADE_LATER = ("main/gen_0002", "main/validation", "validation", "champion",
              "tables", "candidates", "report")  # fmt: skip


def rewind(checkout: Checkout) -> None:
    """Takes back all that follows generation 1, and what mined functions left in the store."""
    run = checkout.folder / RUN
    known = {row["candidate_id"] for row in read_jsonl(run / "catalog/candidates.jsonl")}
    for part in MADE_LATER:
        shutil.rmtree(run / part)
    for path in (run / "store").rglob("*.json"):
        if read_json(path)["candidate_id"] not in known:
            path.unlink()


def crash(
    checkout: Checkout, victims: list[str], options: Sequence[str], *, random: Random, log: Path
) -> int:
    """Starts the run, kills one of its processes or all, continues; how often it did.

    `controller` leaves its jobs behind, which go on beside those of the next start.
    """
    kills = 0
    for victim in victims:
        before, survivors = store_stamps(checkout.folder / RUN), scripts(checkout)
        controller = checkout.start(*options, log=log)
        target = _moment(checkout, controller, survivors, random)
        if target is None:  # it was through before the moment came
            assert controller.returncode == 0, log.read_text()[-4000:]
            rewind(checkout)
            continue
        kills += 1
        if victim == "job":
            kill(target)
            controller.wait(timeout=PATIENCE_S)
        elif victim == "controller":
            controller.kill()
        else:
            os.killpg(controller.pid, signal.SIGKILL)
        controller.wait()
        if not survivors:  # else two jobs may have begun what the store did not hold
            after = store_stamps(checkout.folder / RUN)
            assert {name: after.get(name) for name in before} == before
        if victim != "job":
            checkout.snakemake(*options, "--unlock")
    return kills


def _moment(checkout, controller, survivors, random):
    """Waits until some scripts were started, and a while; one of them, or none at the end."""
    wanted, seen = random.randint(1, 3), {process.pid for process in survivors}
    first = len(seen)
    until = time.monotonic() + PATIENCE_S
    while controller.poll() is None:
        assert time.monotonic() < until, "no job was started"
        running = [one for one in scripts(checkout) if one not in survivors]
        seen |= {one.pid for one in running}
        if running and len(seen) - first >= wanted:
            time.sleep(random.uniform(0, 2))
            return random.choice(running)
        time.sleep(0.05)
    return None


def left_behind(checkout: Checkout) -> list[str]:
    """Processes that were started in a checkout and are still there."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd().startswith(str(checkout.folder)):
                found.append(" ".join(process.cmdline()))
    return found


def assert_whole(run: Path) -> None:
    """Every record can be read to its end."""
    for path in run.rglob("*.json*"):
        if PART.fullmatch(path.name) is None:
            list(read_jsonl(path)) if path.suffix == ".jsonl" else read_json(path)


def test_a_run_on_one_core_killed_four_times_ends_like_an_undisturbed_one_on_two(
    finished, tmp_path
):
    """It starts from nothing, with an empty store, and takes its jobs in another order."""
    checkout, log = copy_project(tmp_path / "killed"), tmp_path / "log"
    begun = str(RUN / "main/gen_0001/island_0/population.json")
    checkout.snakemake(*ONE_CORE, "--", begun)
    victims = ["controller", "job", "all", "controller"]
    assert crash(checkout, victims, ONE_CORE, random=Random(4), log=log) >= 3
    assert_whole(checkout.folder / RUN)
    checkout.snakemake(*ONE_CORE)
    here, there = (decisions(one.folder / RUN) for one in (finished, checkout))
    assert len(here) > 10 and differing(here, there) == []
    wait_for(lambda: not left_behind(checkout), seconds=60, told=lambda: left_behind(checkout))


@pytest.mark.soak
def test_a_run_killed_thirty_times_ends_like_an_undisturbed_one(finished, tmp_path):
    checkout, log = copy_project(tmp_path / "killed"), tmp_path / "log"
    random = Random(30)
    kills = 0
    while kills < CRASHES:
        victims = [random.choice(("controller", "job", "all"))]
        kills += crash(checkout, victims, OPTIONS, random=random, log=log)
    print(f"{kills} kills")
    assert_whole(checkout.folder / RUN)
    checkout.snakemake(*OPTIONS)
    assert differing(results(finished.folder / RUN), results(checkout.folder / RUN)) == []
    wait_for(lambda: not left_behind(checkout), seconds=60, told=lambda: left_behind(checkout))


@contextmanager
def small_disk(folder: Path, *, size: str):
    """A file system of its own at a folder; skips where it may not be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_and_a_read_only_one_are_refused_and_then_continued(finished, tmp_path):
    checkout = finished.copied_to(tmp_path / "full")
    folder = checkout.folder / "results"
    kept = checkout.folder / "kept"
    folder.rename(kept)
    folder.mkdir()
    with small_disk(folder, size="24m"):
        shutil.copytree(kept, folder, copy_function=shutil.copy2, dirs_exist_ok=True)
        (checkout.folder / SHARD).unlink()
        filler = folder / "filler"
        _fill(filler)
        said = checkout.snakemake(*ONE_JOB, code=1)
        assert "cannot be written (No space left on device); make room" in said
        _train_without_room(checkout)
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        said = checkout.snakemake(*ONE_JOB, code=1)
        assert "cannot be written (Read-only file system)" in said
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        checkout.snakemake(*ONE_JOB)
        here, there = results(finished.folder / RUN), results(checkout.folder / RUN)
        assert differing(here, there) == []


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("-v 1500000", "the shell's limit `ulimit -v` is 1500000 kB"),
        ("-t 100", "the shell's limit `ulimit -t` is 100 CPU seconds"),
        ("-v 400000", r"ended \(.*\) before it was ready; .*ulimit -a"),
        ("-f 1", "File too large: .*; see what the machine allows"),
    ],
)
def test_a_shells_limit_ends_the_reference_with_one_line_and_leaves_nothing(
    finished, tmp_path, limit, told
):
    out, store = tmp_path / "evaluations.jsonl", tmp_path / "store"
    command = [
        *(sys.executable, "-B", "workflow_scripts/train.py", "--names", "relu", "gelu"),
        *("--run", RUN / "run.yaml", "--measurement", "search"),
        *("--arrays", RUN / "suites/search.npz", "--manifest", RUN / "suites/search.json"),
        *("--store", store, "--out", out),
    ]
    done = subprocess.run(
        ["bash", "-c", f'ulimit {limit} && exec "$@"', "bash", *command],
        cwd=finished.folder,
        env=finished.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and not out.exists() and not list(store.rglob("*.*"))
    *_, last = done.stderr.splitlines()
    assert re.match(rf"train\.py: .*{told}", last), done.stderr
    assert "sandbox/host.py" not in done.stderr  # no traceback of ours


def _fill(filler: Path) -> None:
    """Writes until no room is left."""
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 12))


def _train_without_room(checkout: Checkout) -> None:
    """A job that meets the full disk ends with the cause, and leaves no part of a file."""
    island = RUN / "main/gen_0002/island_0"
    done = subprocess.run(
        [
            sys.executable, "workflow_scripts/train.py",
            "--run", RUN / "run.yaml", "--measurement", "search",
            "--arrays", RUN / "suites/search.npz", "--manifest", RUN / "suites/search.json",
            "--reference", RUN / "reference/search/evaluations.jsonl",
            "--candidates", island / "proposals.jsonl", "--per-job", "1",
            "--store", RUN / "store", "--out", SHARD,
        ],
        cwd=checkout.folder,
        env=checkout.environ(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "No space left on device" in done.stderr
    assert list((checkout.folder / SHARD).parent.glob(".*")) == []
    assert not (checkout.folder / SHARD).exists()


def test_dates_that_jump_years_run_nothing_again(finished, tmp_path):
    checkout = finished.copied_to(tmp_path / "clock")
    random = Random(5)
    for path in sorted((checkout.folder / RUN).rglob("*")):
        moment = time.time() + random.uniform(-3e8, 3e8)
        os.utime(path, (moment, moment))
    assert "Nothing to be done" in checkout.snakemake(*OPTIONS, "--dry-run")


def test_a_copy_that_keeps_dates_and_records_has_nothing_to_do(finished, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", finished.folder, copy], check=True)
    assert "Nothing to be done" in Checkout(folder=copy).snakemake(*OPTIONS, "--dry-run")


def test_results_copied_without_dates_or_records_are_taken_up_by_touch(finished, tmp_path):
    checkout = copy_project(tmp_path / "copy")
    subprocess.run(["cp", "-r", finished.folder / "results", checkout.folder], check=True)
    before = results(checkout.folder / RUN)
    checkout.snakemake(*OPTIONS, "--touch")
    assert "Nothing to be done" in checkout.snakemake(*OPTIONS, "--dry-run")
    assert differing(before, results(checkout.folder / RUN)) == []


@pytest.mark.soak
def test_results_without_dates_or_records_are_all_made_again_and_nothing_is_trained(
    finished, tmp_path
):
    checkout = copy_project(tmp_path / "copy")
    subprocess.run(["cp", "-r", finished.folder / "results", checkout.folder], check=True)
    kept = store_stamps(checkout.folder / RUN)
    checkout.snakemake(*OPTIONS, "--forceall")
    assert store_stamps(checkout.folder / RUN) == kept
    assert differing(results(finished.folder / RUN), results(checkout.folder / RUN)) == []


def test_a_second_invocation_on_one_run_is_refused_here_and_from_elsewhere(finished, tmp_path):
    checkout = finished.copied_to(tmp_path / "first")
    elsewhere = copy_project(tmp_path / "second")
    (checkout.folder / SHARD).unlink()
    controller = checkout.start(*ONE_JOB, log=tmp_path / "log")
    try:
        job = wait_for(
            lambda: scripts(checkout, "train.py"),
            seconds=PATIENCE_S,
            told=(tmp_path / "log").read_text,
        )[0]
        job.suspend()
        assert "Directory cannot be locked" in checkout.snakemake(*ONE_JOB, code=1)
        same = ("--config", "preset=smoke", f"results={checkout.folder / 'results'}")
        target = str(checkout.folder / SHARD)
        said = elsewhere.snakemake(*same, "--cores", "1", "--", target, code=1)
        assert "is being written by another Snakemake" in said and "Traceback" not in said
        job.resume()
        assert controller.wait(timeout=PATIENCE_S) == 0
    finally:
        if controller.poll() is None:
            os.killpg(controller.pid, signal.SIGKILL)
    here, there = results(finished.folder / RUN), results(checkout.folder / RUN)
    assert differing(here, there) == []
