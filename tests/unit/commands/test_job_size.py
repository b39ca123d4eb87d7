"""How large a cluster job should be."""

import re
from dataclasses import replace

import pytest
import yaml

from actmine.__main__ import main
from actmine.commands.job_size import UsedJob, job_size, use
from actmine.records.evaluation import Evaluation
from actmine.records.rows import read_records, write_records
from actmine.records.status import Status


def job(*trainings_s, seconds=None, resident_mb=None):
    peaks = tuple(300.0 for _ in trainings_s)
    return UsedJob(
        seconds=seconds, resident_mb=resident_mb, trainings_s=trainings_s, peaks_mb=peaks
    )


def sized(one, *, target_s=300.0, most=1000, hang_s=120.0):
    return job_size(one, {"train": [one]}, target_s=target_s, most=most, hang_s=hang_s)


def test_a_job_takes_the_wanted_time_with_its_start():
    one = use([job(2.0, 4.0, seconds=16.0, resident_mb=800.0)])
    assert (one.start_s, one.training_s) == (10.0, 3.0)
    size = sized(one)
    assert size.candidates == 96  # (300 - 10) / 3
    assert size.seconds == pytest.approx(298)


def test_a_job_holds_no_more_than_a_generation_of_an_island():
    assert sized(use([job(2.0, seconds=4.0)]), most=24).candidates == 24


def test_a_job_holds_one_candidate_however_slow():
    assert sized(use([job(4000.0, seconds=4010.0)])).candidates == 1


def test_a_job_that_found_its_work_in_the_store_says_nothing_of_the_start():
    kept, trained = job(5.0, 5.0, seconds=3.0), job(5.0, seconds=11.0)
    assert use([kept, trained]).start_s == 6.0


def test_jobs_without_trainings_are_not_counted():
    assert use([job(seconds=3.0)]) is None
    assert use([job(seconds=3.0), job(1.0, seconds=3.0)]).jobs == 1


def test_memory_leaves_room_for_snakemake_and_a_margin():
    assert sized(use([job(1.0, resident_mb=800.0)])).mem_mb == {"train": 2000}
    assert sized(use([job(1.0)])).mem_mb == {"train": 2500}  # three times the child's


def test_the_slowest_measurement_sets_a_rules_time_and_a_hanging_candidate_fits_in():
    quick, slow = use([job(1.0, seconds=2.0)]), use([job(10.0, seconds=11.0)])
    size = job_size(quick, {"r": [quick, slow]}, target_s=61.0, most=1000, hang_s=120.0)
    assert size.candidates == 60
    assert size.runtime_min == {"r": 33}  # (3 × (1 + 60 × 10) + 120) / 60, upwards


def test_a_rule_with_one_job_for_all_is_given_the_time_of_all():
    shard = use([job(*[60.0] * 10, seconds=601.0)])
    whole = use([job(*[60.0] * 10, seconds=601.0)], divided=False)
    size = job_size(
        shard, {"shard": [shard], "whole": [whole]}, target_s=130.0, most=1000, hang_s=0.0
    )
    assert size.candidates == 2
    assert size.runtime_min == {"shard": 7, "whole": 31}  # 3 × (1 + 2 × 60) s; 3 × 601 s


@pytest.fixture
def measured(tmp_path, smoke):
    """The folder of a run in which one generation was trained."""
    from actmine.settings import frozen as runs

    folder = tmp_path / "measured"
    runs.write(folder / "run.yaml", runs.description(smoke))
    rows = [
        Evaluation(
            candidate_id=f"c{number}",
            status=Status.FAILED,
            reason="none",
            suite="search",
            suite_hash="0",
            replicates=(0,),
            timings={"cpu_s": 2.0, "wall_s": 2.0, "peak_mb": 300.0},
        )
        for number in range(3)
    ]
    for shard in ("main/gen_0000/island_0/shard_0", "reference/search", "validation/control"):
        write_records(folder / shard / "evaluations.jsonl", rows)
    (folder / "main/gen_0000/island_0/shard_0/benchmark.tsv").write_text(
        "s\th:m:s\tmax_rss\n13.0\t0:00:13\t700.5\n"
    )
    return folder


def test_recommend_prints_lines_that_a_profile_can_hold(measured, capsys):
    assert main(["recommend", str(measured), "--minutes", "0.2"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^train +1 +3 +7\.0 +2\.00 +70[01]$", said, re.M)
    lines = yaml.safe_load(said[said.index("# your configuration") :])
    assert lines["candidates_per_job"] == 2  # 7 s to start, 2 s each, 12 s wanted
    assert lines["set-resources"]["train"] == {
        "mem_mb": "2000 * attempt",
        "runtime": "5 * attempt",
    }
    assert {"measure_reference", "measure_compared"} < set(lines["set-resources"])
    assert "measure_catalog" not in lines["set-resources"]


def test_trainings_side_by_side_on_a_card_share_its_clock(measured, capsys):
    path = measured / "main/gen_0000/island_0/shard_0/evaluations.jsonl"
    on_cards = [replace(row, device="a card") for row in read_records(path, Evaluation)]
    write_records(path, on_cards)  # eight at a time: two seconds each are a quarter of one
    assert main(["recommend", str(measured)]) == 0
    assert re.search(r"^train +1 +3 +12\.2 +0\.25 ", capsys.readouterr().out, re.M)


@pytest.mark.parametrize("minutes", ["nan", "inf", "0", "-1", "1e308"])
def test_recommend_is_asked_for_a_time(measured, capsys, minutes):
    assert main(["recommend", str(measured), f"--minutes={minutes}"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("actmine: --minutes: is ") and "a finite number above 0" in told


@pytest.mark.parametrize(
    "command",
    [
        ["estimate", "openai/gpt-5-mini", "--requests=nan"],
        ["estimate", "openai/gpt-5-mini", "--candidates=0"],
        ["calibrate", "--replicates=0"],
        ["calibrate", "--steps", "60", "0"],
    ],
)
def test_other_commands_are_asked_for_numbers_that_can_be(command, capsys):
    assert main(command) == 1
    told = capsys.readouterr().err
    assert told.startswith("actmine: --") and "must be" in told


def test_a_run_without_trainings_is_refused(measured, capsys):
    for path in (measured / "main").rglob("evaluations.jsonl"):
        path.write_text("")
    assert main(["recommend", str(measured)]) == 1
    assert "nothing is trained yet" in capsys.readouterr().err
