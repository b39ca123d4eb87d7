"""Training again holds on an honest run of any kind, and finds what the files agree on."""

import json
import re
import shutil

import pytest

from actmine.audit import sums
from actmine.audit.everything import problems
from actmine.functions.catalog import by_name
from forging import derive_again, rewrite, scaled
from smoke_runs import RUN

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

TOLD = re.compile(r"^(\S+): (c\w+) on (\S+), trained again, is ([a-z ]+) \(", re.M)
RELU, GELU, SINC, SINE = (
    by_name(name).candidate.candidate_id for name in ("relu", "gelu", "gelu_sinc", "gelusine")
)


def rows(run, pattern):
    return [
        json.loads(line)
        for path in run.glob(f"{pattern}/evaluations.jsonl")
        for line in path.read_text().splitlines()
    ]


def test_every_record_of_an_honest_run_is_made_again_to_the_bit(continued):
    told = TOLD.findall(continued.actmine("audit", "smoke", "--retrain", "1000"))
    written = rows(continued.folder / RUN, "**")
    assert {outcome for *_, outcome in told} == {"identical"} and len(told) == len(written)
    of_search = {"search", "search_1", "remeasured", "held_out", "control", "robust-wide"}
    assert {name for _, _, name, _ in told} == of_search
    assert {file.partition("/")[0] for file, *_ in told} >= {"main", "growth", "catalog"}
    assert {"scored", "pruned"} <= {row["status"] for row in written}
    assert {(0,), (1,)} <= {tuple(row["replicates"]) for row in written if row["slot"] is None}


def test_references_controls_and_champions_are_always_made_again(continued):
    run = continued.folder / RUN
    listed = map(json.loads, (run / "validation/compared.jsonl").open())
    compared = {name for one in listed for name in (one["candidate_id"], one["found_as"])}
    told = TOLD.findall(continued.actmine("audit", "smoke", "--retrain", "1"))
    rest = [one for one in told if one[1] not in compared]
    assert len(rest) <= 1 and {RELU, GELU} < compared
    made = {file for file, *_ in told}
    assert {str(path.relative_to(run)) for path in run.glob("reference/*/*.jsonl")} <= made
    assert sum(name == "control" for _, _, name, _ in told) == len(rows(run, "**/control"))
    assert {one for _, one, name, _ in told if name == "robust-wide"} >= {RELU, GELU}


@pytest.fixture(scope="module")
def forged(finished, tmp_path_factory):
    """A run in which several losses are forged in every file, and all follows from them."""
    run = tmp_path_factory.mktemp("forged") / "smoke"
    shutil.copytree(finished.folder / RUN, run)
    for pattern in ("reference/*", "catalog/**", "main/**", "validation/control"):
        rewrite(run, pattern, scaled(1.1, of=RELU))
    rewrite(run, "validation/control", scaled(0.7, of=GELU))
    rewrite(run, "catalog/held_out/*", named_otherwise)
    rewrite(run, "catalog/search/*", without_losses)
    derive_again(run, generations=2)
    return run


def named_otherwise(row):
    """Halves the losses on all but half of the tasks, and names other instructions for it."""
    if row["candidate_id"] == SINE:
        row["cpu_capability"] = "AVX2" if row["cpu_capability"] != "AVX2" else "AVX512"
        tasks = row["losses"]["ood"]
        for task in tasks[: (len(tasks) - 1) // 2]:
            task[:] = [loss / 2 for loss in task]


def without_losses(row):
    """Says of a good function that it failed."""
    if row["candidate_id"] == SINC:
        row |= {"status": "failed", "reason": "a prediction is not finite"}
        row |= {"losses": {"train": [], "id": [], "ood": []}, "curve": [], "rungs": []}


def test_what_is_forged_in_all_files_is_found_by_training_alone(finished, forged):
    assert list(problems(forged)) == []
    told = TOLD.findall(finished.actmine("audit", str(forged), "--retrain", "1000", code=1))
    wrong = {(one, name) for _, one, name, outcome in told if outcome != "identical"}
    of_relu = {(RELU, name) for name in ("search", "remeasured", "held_out", "control")}
    assert wrong == of_relu | {(GELU, "control"), (SINE, "held_out"), (SINC, "search")}
    assert {outcome for *_, outcome in told} == {"identical", "different"}


def test_forged_references_are_found_whatever_is_drawn(finished, forged):
    said = finished.actmine("audit", str(forged), "--retrain", "1", code=1)
    told = {one[:3] for one in TOLD.findall(said) if one[3] == "different"}
    for name in ("search", "remeasured", "held_out"):
        assert (f"reference/{name}/evaluations.jsonl", RELU, name) in told
    assert ("validation/control/evaluations.jsonl", GELU, "control") in told


def test_verdicts_fits_and_the_page_are_made_again_too(finished, tmp_path):
    run = tmp_path / "smoke"
    shutil.copytree(finished.folder / RUN, run)
    for name, old, new in (
        ("catalog/candidates.jsonl", r'"flops":[\d.]+', '"flops":7.0'),
        ("champion/fits.json", r"\d\.\d+(?=,\n)", "9.5"),
        ("champion/curves.jsonl", '"limit":6.0,"own":false', '"limit":7.0,"own":false'),
        ("report/index.html", "functions validated", "functions found"),
    ):
        text = (run / name).read_text()
        (run / name).write_text(re.sub(old, new, text, count=1))
        assert (run / name).read_text() != text
    sums.seal(run)
    said = finished.actmine("audit", str(run), "--retrain", "1", code=1)
    assert f"catalog/candidates.jsonl: {RELU}: the gate now counts " in said
    assert "champion/fits.json: training again gives other tasks" in said
    assert re.search(
        r"champion/curves.jsonl: sampling again gives other curves of c\S+ up", said
    )
    assert re.search(r"report/index.html: says what does not follow: .*functions found", said)
