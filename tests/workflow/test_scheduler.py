"""Snakemake's scheduler sleeps while jobs run."""

import json

import pytest

from checkouts import copy_project

pytestmark = pytest.mark.workflow

ARMS = 4


def test_the_scheduler_wakes_for_jobs_that_end_and_not_by_the_clock(tmp_path):
    """By Snakemake's own limit of jobs a second, every job that ended wakes it each second."""
    arms = json.dumps({f"arm-{k}": {"search": {"seed": k}} for k in range(ARMS)})
    told = copy_project(tmp_path).snakemake(
        *("--cores", "1", "--verbose", "--config", "preset=smoke", f"arms={arms}", "--"),
        *(f"results/smoke/arm-{k}/gen_0000/island_0/proposals.jsonl" for k in range(ARMS)),
    )
    done = told.count("Finished jobid")
    assert done == ARMS + 1  # and run.yaml
    assert told.count("Ready jobs: ") <= 2 * done
