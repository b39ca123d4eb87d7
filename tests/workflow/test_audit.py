"""An audit holds on an honest run, and names what does not follow from the rest."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from typing import Any

import networkx as nx
import pytest
import torch
from huggingface_hub import ModelCard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actmine.__main__ import main
from actmine.audit import sums
from actmine.audit.everything import problems
from actmine.commands.lineage_graph import mermaid
from actmine.evolution.ancestry import ancestry, read_ancestors
from actmine.functions.catalog import by_name
from actmine.gate.static import load
from bits import OLD_PROCESSOR
from forging import rewrite, scaled

pytestmark = pytest.mark.workflow

GENERATION = "main/gen_0001/island_0"
SIGN = "[+\N{MINUS SIGN}]"


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    """A copy of the finished run that tests change and put back."""
    copy = tmp_path_factory.mktemp("audited") / "smoke"
    shutil.copytree(finished.folder / "results/smoke", copy)
    return copy


@pytest.fixture
def forged(run, tmp_path):
    """A copy to forge."""
    copy = tmp_path / "smoke"
    shutil.copytree(run, copy)
    return copy


def named(found):
    return {problem.file for problem in found}


def test_an_honest_run_holds_and_tells_its_root_digest(finished):
    said = finished.actmine("audit", "smoke")
    lines = (finished.folder / "results/smoke" / sums.FILE).read_text().splitlines()
    body = "".join(f"{line}\n" for line in lines[1:])
    assert f"root digest {hashlib.sha256(body.encode()).hexdigest()}" in said
    assert "every check holds" in said


@pytest.mark.slow
def test_an_honest_run_holds_on_a_processor_that_rounds_otherwise(finished):
    command = [sys.executable, "-m", "actmine", "audit", "smoke"]
    environment = finished.environ(**OLD_PROCESSOR)
    subprocess.run(command, cwd=finished.folder, env=environment, check=True)


def test_coreutils_reads_the_sums(run):
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", sums.FILE], cwd=run, check=True
    )


def test_all_that_a_run_writes_is_sealed_but_logs_and_usage(run):
    files = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    unsealed = files - set(sums.sealed(run)) - {sums.FILE}
    assert {"run.yaml", "report/index.html", "ro-crate-metadata.json"} <= files - unsealed
    assert all(re.search(r"^logs/|\.(log|tsv)$|(^|/)\.", name) for name in unsealed), unsealed


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_changed_byte_is_found_and_its_file_named(run, data):
    name = data.draw(st.sampled_from([*sorted(sums.sealed(run)), sums.FILE]))
    path = run / name
    kept = path.read_bytes()
    place = data.draw(st.integers(0, len(kept) - 1))
    changed = bytearray(kept)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        found = named(sums.sealed_problems(run))
    finally:
        path.write_bytes(kept)
    assert found == {name}


UNFINISHED = ("validation", "main/validation", "champion", "tables", "report", "candidates")


@pytest.fixture
def unfinished(forged):
    """A run in the middle of its search."""
    for name in (*UNFINISHED, "catalog/held_out", "reference/held_out", "reference/remeasured"):
        shutil.rmtree(forged / name, ignore_errors=True)
    for pattern in (sums.FILE, "ro-crate-metadata.json", "suites/remeasured.*"):
        for path in forged.glob(pattern):
            path.unlink()
    shutil.rmtree(max(forged.glob("main/gen_*")))
    return forged


def test_of_a_run_that_has_not_ended_one_line_says_what_is_to_come(unfinished):
    seal, coming = problems(unfinished)
    assert seal.file == sums.FILE
    assert re.match(
        r"run.yaml: generation 1 is the last that ended; of what a finished run consists of "
        r"\d+ files are missing, the first [a-z]+/",
        str(coming),
    )
    forge, file = FORGERIES["a fitness"]
    forge(unfinished)
    assert file in named(problems(unfinished))


def test_missing_and_new_files_are_named(forged):
    (forged / "tables/candidates.csv").unlink()
    (forged / "champion/notes.txt").write_text("better than GELU")
    assert named(sums.sealed_problems(forged)) == {
        "tables/candidates.csv",
        "champion/notes.txt",
    }


def test_the_store_may_be_deleted_and_grow_but_not_change(forged):
    kept = sorted((forged / "store").rglob("*.json"))
    shutil.copy(kept[0], kept[0].with_name(f"{'0' * 64}.json"))
    kept[1].unlink()
    assert named(sums.sealed_problems(forged)) == set()
    kept[2].write_text("{}")
    assert named(sums.sealed_problems(forged)) == {str(kept[2].relative_to(forged))}


def edit_json(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n")


def edit_line(path, change, *, line=0):
    rows = [json.loads(text) for text in path.read_text().splitlines()]
    change(rows[line])
    path.write_text("".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows))


def drop_line(path):
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def edit_cell(path, column, value, *, row=0):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row][column] = value
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit_text(path, old, new):
    text = path.read_text()
    assert re.search(old, text), f"{path} has no {old}"
    path.write_text(re.sub(old, new, text, count=1))


def halved(losses):
    losses["losses"]["ood"][0][0] /= 2


def last(run, pattern):
    return sorted(run.glob(pattern))[-1]


def first_shard(run):
    return next(p for p in sorted(run.glob(f"{GENERATION}/shard_*/*.jsonl")) if p.read_text())


def elites_shard(run):
    """Of a candidate that became an elite."""
    kept = (run / GENERATION / "population.json").read_text()
    shards = sorted(run.glob(f"{GENERATION}/shard_*/*.jsonl"))
    return next(p for p in shards if json.loads(p.read_text())["candidate_id"] in kept)


# What is forged: how, and the file that an audit must name.
FORGERIES = {
    "a loss": (
        lambda run: edit_line(elites_shard(run), halved),
        f"{GENERATION}/population.json",
    ),
    "a finalist's loss": (
        lambda run: edit_line(last(run, "main/validation/held_out/shard_0/*.jsonl"), halved),
        "validation/leaderboard.csv",
    ),
    "a fitness": (
        lambda run: edit_json(
            run / GENERATION / "population.json",
            lambda document: document["elites"][0].update(fitness=0.9),
        ),
        f"{GENERATION}/population.json",
    ),
    "a parent": (
        lambda run: edit_line(
            run / GENERATION / "proposals.jsonl",
            lambda row: row.update(parents=["c" + "0" * 16]),
        ),
        f"{GENERATION}/proposals.jsonl",
    ),
    "a source": (
        lambda run: edit_line(
            run / GENERATION / "proposals.jsonl",
            lambda row: row.update(source=row["source"] + "\n"),
        ),
        f"{GENERATION}/proposals.jsonl",
    ),
    "the layers": (
        lambda run: edit_line(
            first_shard(run), lambda row: row["layers"].update(landlock="off (gate-only)")
        ),
        None,  # the shard's own file
    ),
    "the suite": (
        lambda run: shutil.copy(run / "suites/held_out.npz", run / "suites/search.npz"),
        "suites/search.json",
    ),
    "a task": (
        lambda run: edit_text(run / "suites/search.json", '"seed": 1', '"seed": 2'),
        "suites/search.json",
    ),
    "a fresh task": (
        lambda run: edit_text(run / "suites/remeasured.json", '"seed": 1', '"seed": 2'),
        "suites/remeasured.json",
    ),
    "the leaderboard": (
        lambda run: edit_cell(run / "validation/leaderboard.csv", "held_out_fitness", "0.9"),
        "validation/leaderboard.csv",
    ),
    "a p value": (
        lambda run: edit_cell(run / "validation/leaderboard.csv", "p_best", "0.001"),
        "validation/leaderboard.csv",
    ),
    "the order of the tests": (
        lambda run: edit_text(
            run / "validation/comparison.json", '"tested": .', '\\g<0>"c0", '
        ),
        "validation/comparison.json",
    ),
    "a caution": (
        lambda run: edit_json(
            run / "validation/comparison.json",
            lambda told: told["cautions"].update(
                closer_fit={"sentence": "None is needed.", "briefly": "none"}
            ),
        ),
        "validation/comparison.json",
    ),
    "the champion": (
        lambda run: edit_text(
            run / "validation/champion.json",
            '"remeasured_fitness": ',
            '"remeasured_fitness": 1',
        ),
        "validation/champion.json",
    ),
    "the champion's module": (
        lambda run: edit_text(run / "champion/activation.py", r"return ", "return 1.01 * "),
        "champion/activation.py",
    ),
    "the card": (
        lambda run: edit_text(run / "champion/CARD.md", r"held-out fitness \| .", "\\g<0>9"),
        "champion/CARD.md",
    ),
    "a table": (
        lambda run: edit_cell(run / "tables/evaluations.csv", "ood_loss", "0.001", row=1),
        "tables/evaluations.csv",
    ),
    "a table's other form": (
        lambda run: shutil.copy(
            run / "tables/generations.parquet", run / "tables/mutators.parquet"
        ),
        "tables/mutators.parquet",
    ),
    "what children gained": (
        lambda run: edit_cell(run / "tables/returns.csv", "gain", "9.5"),
        "tables/returns.csv",
    ),
    "a count of repetitions": (
        lambda run: edit_cell(run / "tables/repetition.csv", "children", "9", row=1),
        "tables/repetition.csv",
    ),
    "a family's result": (
        lambda run: edit_cell(run / "validation/families.csv", "log_ratio_relu", "0.9"),
        "validation/families.csv",
    ),
    "the control": (
        lambda run: edit_text(run / "validation/control.json", '"low": ', '"low": 1'),
        "validation/control.json",
    ),
    "a candidate's file": (
        lambda run: edit_text(last(run, "candidates/*/*.py"), "return ", "return 2 * "),
        None,
    ),
    "the configuration": (
        lambda run: edit_text(run / "configuration.yaml", "seed: 1", "seed: 3"),
        "configuration.yaml",
    ),
    "the finalists": (
        lambda run: edit_line(
            run / "main/validation/candidates.jsonl", lambda row: row.update(search_fitness=2.0)
        ),
        "main/validation/candidates.jsonl",
    ),
    "the description": (
        lambda run: edit_text(run / "ro-crate-metadata.json", "with seed 1", "with seed 8"),
        "ro-crate-metadata.json",
    ),
    "a finalist's other name": (
        lambda run: edit_line(
            run / "main/validation/candidates.jsonl", lambda row: row.update(flops=1.0)
        ),
        "main/validation/candidates.jsonl",
    ),
    "a function drawn for contrast": (
        lambda run: edit_line(
            run / "main/validation/candidates.jsonl",
            lambda row: row.update(name="another"),
            line=1,
        ),
        "main/validation/candidates.jsonl",
    ),
    "the catalog's names": (
        lambda run: edit_line(
            run / "catalog/candidates.jsonl", lambda row: row.update(name="Rectifier")
        ),
        "catalog/candidates.jsonl",
    ),
    "a known function left out": (
        lambda run: drop_line(run / "catalog/candidates.jsonl"),
        "catalog/candidates.jsonl",
    ),
    "who is compared": (
        lambda run: drop_line(run / "validation/compared.jsonl"),
        "validation/compared.jsonl",
    ),
    "a measurement left out": (
        lambda run: drop_line(run / "catalog/held_out/shard_3/evaluations.jsonl"),
        "catalog/held_out/shard_3/evaluations.jsonl",
    ),
    "a reference left out": (
        lambda run: drop_line(run / "reference/remeasured/evaluations.jsonl"),
        "reference/remeasured/evaluations.jsonl",
    ),
    "a control's own reference": (
        lambda run: edit_line(run / "validation/control/evaluations.jsonl", halved, line=1),
        "validation/control.json",
    ),
    "a slot measured twice": (
        lambda run: first_shard(run).write_text(2 * first_shard(run).read_text()),
        None,
    ),
    "a slot left out": (
        lambda run: drop_line(run / GENERATION / "proposals.jsonl"),
        f"{GENERATION}/proposals.jsonl",
    ),
    "losses of fewer tasks": (
        lambda run: edit_line(
            run / "catalog/held_out/shard_2/evaluations.jsonl",
            lambda row: row["losses"].update(
                {region: losses[:1] for region, losses in row["losses"].items()}
            ),
        ),
        "catalog/held_out/shard_2/evaluations.jsonl",
    ),
    "a loss below zero": (
        lambda run: edit_line(
            run / "reference/held_out/evaluations.jsonl",
            lambda row: row["losses"]["id"][0].__setitem__(0, -1.0),
        ),
        "reference/held_out/evaluations.jsonl",
    ),
    "a model that nobody asked": (
        lambda run: edit_line(
            run / GENERATION / "proposals.jsonl",
            lambda row: row["attempts"][0].update(model="a model"),
        ),
        f"{GENERATION}/proposals.jsonl",
    ),
    "a key of no journal": (
        lambda run: edit_line(
            run / GENERATION / "proposals.jsonl",
            lambda row: row["attempts"][0].update(key="../../run"),
        ),
        f"{GENERATION}/proposals.jsonl",
    ),
    "a key that stands twice": (
        lambda run: edit_text(
            run / "validation/champion.json", r"\{", '{"candidate_id": "c0", '
        ),
        "validation/champion.json",
    ),
    "a key that stands twice in YAML": (
        lambda run: edit_text(run / "run.yaml", "configuration:", "code: {}\nconfiguration:"),
        "run.yaml",
    ),
    "JSON without end": (
        lambda run: (run / GENERATION / "population.json").write_text("[" * 1_000_000),
        f"{GENERATION}/population.json",
    ),
    "no text": (
        lambda run: first_shard(run).write_bytes(b"\xff\xfe\n"),
        None,
    ),
    "a cell of 128 MB": (
        lambda run: edit_text(run / "tables/candidates.csv", ",", "," + "x" * (1 << 27)),
        "tables/candidates.csv",
    ),
    "no file of JSON": (
        lambda run: edit_text(run / GENERATION / "population.json", "{", "["),
        f"{GENERATION}/population.json",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_was_forged_and_sealed_again_does_not_follow(forged, forgery):
    forge, expected = FORGERIES[forgery]
    before = {name: sums.digest(forged / name) for name in sums.sealed(forged)}
    forge(forged)
    (changed,) = [n for n in sums.sealed(forged) if sums.digest(forged / n) != before[n]]
    sums.seal(forged)
    assert not named(sums.sealed_problems(forged))
    assert (expected or changed) in named(problems(forged))


MISSING = (
    *("report/index.html", "champion/fits.json", "champion/plot.svg", "suites/held_out.svg"),
    "champion/curves.jsonl",
    *("reference/search/evaluations.jsonl", "validation/cross.csv", "tables/mutators.csv"),
    *(f"{GENERATION}/proposals.jsonl", "catalog/search/shard_1/evaluations.jsonl"),
)
TOO_MANY = (
    *(f"{GENERATION}/shard_9/evaluations.jsonl", f"{GENERATION}/notes.txt"),
    *("main/gen_0099/island_0/population.json", "other/gen_0000/island_0/population.json"),
    *("reference/search_7/evaluations.jsonl", "candidates/c0/c0000000000000000.py"),
    *("validation/robust-wide/evaluations.jsonl", "report/second.html"),
)


@pytest.mark.parametrize("name", MISSING)
def test_a_file_that_was_removed_before_the_run_was_sealed_again_is_named(forged, name):
    (forged / name).unlink()
    sums.seal(forged)
    assert name in named(problems(forged))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        *((f"{GENERATION}/population.json", 1), (f"{GENERATION}/proposals.jsonl", 1)),
        *(
            ("main/gen_0002/island_0/population.json", 1),
            ("reference/search/evaluations.jsonl", 1),
        ),
        *(("catalog/candidates.jsonl", 0), ("tables/mutators.csv", 0)),
    ],
)
def test_a_lost_file_is_named_first_and_files_that_are_whole_are_not_blamed(forged, name, more):
    (forged / name).unlink()
    first, *others = map(str, problems(forged))
    assert first == f"{name}: is missing; sha256sums.txt lists it: put it back"
    assert len(others) <= more and "remove" not in "".join(others)


def test_where_a_list_of_candidates_has_changed_none_of_their_files_is_to_be_removed(forged):
    drop_line(forged / GENERATION / "proposals.jsonl")
    found = list(map(str, problems(forged)))
    assert f"{GENERATION}/proposals.jsonl: its content is not what {sums.FILE} sealed" in found
    assert "remove" not in "".join(found)


def test_a_list_that_should_be_empty_is_said_to_be_so(forged):
    (forged / GENERATION / "population.json").unlink()
    sums.seal(forged)  # as a run of the seeds alone
    assert "where nobody should stand" in "".join(map(str, problems(forged)))


@pytest.mark.parametrize("name", TOO_MANY)
def test_a_file_that_no_stage_wrote_is_named(forged, name):
    (forged / name).parent.mkdir(parents=True, exist_ok=True)
    (forged / name).write_text("{}\n")
    sums.seal(forged)
    assert name in named(problems(forged))


def test_notes_beside_a_run_may_be_sealed_with_it(forged):
    (forged / "NOTES.md").write_text("for the reader")
    (forged / "slides").mkdir()
    (forged / "slides/talk.txt").write_text("for the audience")
    sums.seal(forged)
    assert not named(problems(forged))


def test_files_that_change_places_are_named(forged):
    one, other = (
        forged / f"catalog/held_out/shard_{number}/evaluations.jsonl" for number in (0, 1)
    )
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    sums.seal(forged)
    assert {str(path.relative_to(forged)) for path in (one, other)} <= named(problems(forged))


def test_equal_fits_with_other_losses_are_named_even_if_all_else_follows(forged):
    scale = scaled(1.5, of=by_name("relu").candidate.candidate_id)
    rewrite(forged, "reference/*", scale)
    shutil.rmtree(forged / "store")
    sums.seal(forged)
    what = {problem.file: problem.what for problem in problems(forged)}
    assert "than main/gen_0000" in what["reference/search/evaluations.jsonl"]
    assert "than reference/held_out" in what["catalog/held_out/shard_0/evaluations.jsonl"]


def test_what_was_trained_twice_may_have_taken_other_times_and_their_limits(forged):
    def slower(document):
        document["timings"].update(cpu_s=77.0)
        limits = document["layers"]["rlimits"]
        document["layers"]["rlimits"] = re.sub(r"cpu \d+ s", "cpu 770 s", limits)

    for path in forged.glob("store/*/*.json"):
        edit_json(path, slower)
    sums.seal(forged)
    assert not named(problems(forged))


def test_what_is_kept_may_not_have_been_trained_without_a_limit_of_memory(forged):
    def unlimited(document):
        limits = document["layers"]["rlimits"]
        document["layers"]["rlimits"] = limits.rpartition(", memory")[0]

    kept = sorted(forged.glob("store/*/*.json"))
    for path in kept:
        edit_json(path, unlimited)
    sums.seal(forged)
    found = list(problems(forged))
    assert all("keeps another measurement" in problem.what for problem in found)
    # Each once, though several files of a run hold what a reference was measured to be.
    assert sorted(problem.file for problem in found) == [
        str(path.relative_to(forged)) for path in kept
    ]


def test_the_champions_module_is_the_candidate_and_differentiable(run):
    champion = json.loads((run / "validation/champion.json").read_text())
    names: dict[str, Any] = {}
    exec((run / "champion/activation.py").read_text(), names)
    x = 3 * torch.randn(64, 32, generator=torch.Generator().manual_seed(0))
    layer = names["Activation"]()
    assert torch.equal(layer(x), load(champion["source"])(x))
    assert torch.equal(names["activation"](x), load(champion["source"])(x))
    small = x[:3, :4].double().requires_grad_()
    assert torch.autograd.gradcheck(layer, small)


def test_the_card_tells_formula_figures_cost_and_lineage(run):
    card = (run / "champion/CARD.md").read_text()
    champion = json.loads((run / "validation/champion.json").read_text())
    assert champion["candidate_id"] in card and champion["source"].strip() in card
    for heading in ("Use", "Figures", "Cost", "How it was found", "Limits", "Cite and rerun"):
        assert f"\n## {heading}\n" in card
    assert re.search(rf"held-out fitness \| {SIGN}[\d.]+ \| {SIGN}[\d.]+ to {SIGN}", card)
    assert re.search(r"\n\| GELU \| [\d.]+ \(.* to .*\) \| [\d.]+ \(", card)
    assert re.search(r"\n\| 0 \| `c[0-9a-f]{16}` \| known function \|", card)
    with (run / "validation/leaderboard.csv").open(newline="") as file:
        board = [row for row in csv.DictReader(file) if row["coupling"] != "batch-coupled"]
    place = 1 + [row["candidate_id"] for row in board].index(champion["candidate_id"])
    assert f"it is number {place} of the {len(board)} functions" in " ".join(card.split())
    figures = {
        one.metric_type: one.metric_value for one in ModelCard(card).data["eval_results"]
    }
    for figure in ("held_out_fitness", "ratio_relu", "ratio_gelu", "ratio_best"):
        assert figures[figure] == pytest.approx(float(board[place - 1][figure]), abs=5e-5)


def test_lineage_leads_from_the_champion_to_a_seed(finished, run):
    champion = json.loads((run / "validation/champion.json").read_text())["candidate_id"]
    dot = finished.actmine("lineage", "smoke", champion, "--dot")
    graph: nx.DiGraph[str] = nx.DiGraph(re.findall(r"^    (c\w+) -> (c\w+) ", dot, re.M))
    boxes = set(re.findall(r"^    (c\w+) \[label=", dot, re.M))
    assert set(graph) == boxes and nx.is_directed_acyclic_graph(graph)
    assert list(graph.successors(champion)) == []
    seeds = [json.loads(x) for x in (run / "main/gen_0000/island_0/proposals.jsonl").open()]
    assert all(nx.has_path(graph, seed["candidate_id"], champion) for seed in seeds)
    known = read_ancestors(run)
    lines = list(mermaid(ancestry(champion, known)))
    assert lines[0] == "flowchart TD" and set(known) > boxes
    text = "\n".join(lines)
    assert set(re.findall(r"^    (c\w+) -->\|.*\| (c\w+)$", text, re.M)) == set(graph.edges)


def test_diff_names_where_two_runs_part(finished, run, forged):
    assert main(["diff", str(run), str(run)]) == 0
    edit_cell(forged / "validation/leaderboard.csv", "held_out_fitness", "0.9", row=1)
    edit_text(forged / GENERATION / "population.json", '"generation": 1', '"generation": 7')
    edit_text(forged / "run.yaml", "seed: 1", "seed: 2")
    said = finished.actmine("diff", str(run), str(forged), code=1)
    assert "configuration: seed is 1 and 2" in said
    assert f"{GENERATION}/population.json: differs; island main island_0" in said
    assert "held-out fitness: 1 of " in said


def test_diff_compares_what_a_run_has_that_is_not_validated_yet(finished, run, unfinished):
    for path in unfinished.glob("suites/held_out.*"):  # as after `snakemake search`
        path.unlink()
    said = finished.actmine("diff", str(run), str(unfinished), code=1)
    assert f"only {run} has main/gen_0002/" in said and ") and none\n" in said
    assert said.endswith(f"{unfinished}: not validated yet; run `snakemake` for it first\n")


def test_show_tells_what_is_measured_in_a_run_that_has_not_ended(unfinished, capsys):
    assert main(["show", str(unfinished), "relu"]) == 0
    said = capsys.readouterr()
    assert "search: scored on 8 tasks" in said.out and "  cpu_s" in said.out
    assert not said.err and "remeasured" not in said.out and "held_out" not in said.out
    shutil.rmtree(unfinished / "reference")  # the search was killed before its end
    assert main(["show", str(unfinished), "relu"]) == 0
    assert "lineage" in capsys.readouterr().out


def test_the_description_is_a_crate_that_its_own_library_reads(run):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(run))
    assert crate.name == "actmine run smoke" and "champion" in crate.description
    files = {entity.id for entity in crate.root_dataset["hasPart"]}
    assert {"run.yaml", "validation/leaderboard.csv", "main/", "sha256sums.txt"} <= files
    assert all((run / name).exists() for name in files)
    action = crate.dereference("#run")
    assert action["instrument"]["name"] == "actmine"
    assert {"python", "torch"} <= {
        one["name"] for one in action["instrument"]["softwareRequirements"]
    }
