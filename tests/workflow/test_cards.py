"""A search on a card, where a processor stands in for the card; all else is real."""

import json

import pytest

from actmine.lab.accelerator import STAND_IN
from actmine.machine import cards_asked

pytestmark = pytest.mark.workflow

RUN = "results/smoke"
SEARCH = "search={generations: 1, candidates_per_island: 4, elites: 2, seeds: [relu, gelu]}"
OPTIONS = (
    *("search", "--cores", "2", "--resources", "gpu=1"),
    *("--config", "preset=smoke", "candidates_per_job=2"),  # a job has two side by side
)
REFERENCE = "reference/search/evaluations.jsonl"
ON_CARD = {STAND_IN: "1"}


def devices(folder):
    """The devices of a run's records, by file."""
    return {
        path.relative_to(folder).as_posix(): {
            json.loads(line).get("device", "cpu") for line in path.read_text().splitlines()
        }
        for path in sorted(folder.rglob("evaluations.jsonl"))
    }


def test_a_search_is_trained_on_the_card_and_keeps_to_it(checkout, tmp_path):
    there = checkout.copied_to(tmp_path / "checkout")
    asked = (*OPTIONS, "lab={device: cuda, side_by_side: 2}", SEARCH)
    there.snakemake(*asked, **ON_CARD)
    found = devices(there.folder / RUN)
    assert len(found) >= 3 and set.union(*found.values()) == {"processor"}

    longer = SEARCH.replace("generations: 1", "generations: 2")
    said = there.snakemake(*OPTIONS, longer, code=1)  # on processors, by default
    assert "losses measured on different devices are to be compared: cpu, processor" in said
    assert "fitness.mixed_devices: true" in said and "Traceback" not in said

    there.snakemake(*OPTIONS, "lab={device: auto}", longer, **ON_CARD)
    assert set.union(*devices(there.folder / RUN).values()) == {"processor"}


@pytest.mark.skipif(cards_asked("auto") > 0, reason="there is a card")
def test_where_there_is_no_card_auto_holds_no_job_back(checkout, tmp_path):
    """No card may be had at all: a job that asked for one would wait for ever."""
    there = checkout.copied_to(tmp_path / "checkout")
    none = [one.replace("gpu=1", "gpu=0") for one in OPTIONS[1:]]
    there.snakemake(*none, "lab={device: auto}", SEARCH, "--", f"{RUN}/{REFERENCE}")
    assert devices(there.folder / RUN) == {REFERENCE: {"cpu"}}


def test_without_a_card_a_run_says_so_in_one_line(checkout, tmp_path):
    there = checkout.copied_to(tmp_path / "checkout")
    said = there.snakemake(*OPTIONS, "lab={device: cuda}", SEARCH, code=1)
    assert "lab.device: is cuda, and PyTorch finds no card here" in said
    assert "Traceback" not in said
