"""A function of a user's against those of a run."""

import re
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest

import actmine
from actmine import layout
from actmine.__main__ import main
from actmine.audit.audited import open_run, with_trust
from actmine.files import write_json
from actmine.functions.catalog import by_name
from actmine.lab.scorer import Scorer, losses_of
from actmine.lab.session import store_folder
from actmine.records.candidate import Origin
from actmine.records.evaluation import Evaluation, table
from actmine.records.listed import Role
from actmine.records.rows import write_records
from actmine.records.status import Status
from actmine.sandbox.trust import trusted
from actmine.settings import frozen
from actmine.settings.configuration import ConfigError, families_of, load
from actmine.settings.measurements import HELD_OUT
from actmine.tasks.suite import draw_suite
from actmine.validation.against_run import (
    BEST_KNOWN,
    CHAMPION,
    COLUMNS,
    against_run,
    pairing_table,
    pairings,
    read_rivals,
    rivals,
)
from actmine.validation.findings import Findings
from actmine.validation.standing import Standing
from actmine.yaml_text import parse_yaml

SETTINGS = load("smoke")
RELU, GELU, SILU = (by_name(key).listed for key in ("relu", "gelu", "silu"))
WAVE = replace(SILU, candidate_id="wave", name="Wave", origin=Origin.MINED, role=Role.FINALIST)
FOUND = Findings(settings=SETTINGS, champion=WAVE, best_known=SILU)


def evaluated(function, losses):
    ood = table([[loss] for loss in losses])
    return Evaluation(
        candidate_id=function.candidate_id, status=Status.SCORED, suite="held_out",
        suite_hash="h", replicates=(0,), train=ood, id=ood, ood=ood,
    )  # fmt: skip


def named(found):
    return [(rival.function.name, rival.role) for rival in rivals(found)]


def test_a_run_offers_its_champion_the_best_known_gelu_and_relu_each_once():
    references = [("GELU", ""), ("ReLU", "")]
    assert named(FOUND) == [("Wave", CHAMPION), ("SiLU", BEST_KNOWN), *references]
    gelu = replace(GELU, search_fitness=0.3)  # as the run lists it
    assert named(replace(FOUND, best_known=gelu)) == [
        ("Wave", CHAMPION), ("GELU", BEST_KNOWN), ("ReLU", "")
    ]  # fmt: skip
    assert named(replace(FOUND, best_known=None)) == [("Wave", CHAMPION), *references]


def test_ratio_interval_p_and_wins_are_those_computed_by_hand():
    relu = [1.0, 2.0, 4.0, 8.0]
    rule = replace(SETTINGS.fitness, epsilon=0.0)
    known = [evaluated(RELU, relu), evaluated(GELU, relu)]
    scorer = Scorer(known, families=["polynomial"] * 4, rule=rule)
    # Logs to the base 2 of mine over theirs: -1, -1, 0, -2, with the mean -1 and the standard
    # deviation √(2/3). Of 3 degrees of freedom t is 3.182446 at 97.5%.
    mine = losses_of(evaluated(SILU, [0.5, 1.0, 4.0, 2.0]))
    other = next(one for one in rivals(FOUND) if one.function == RELU)
    (found,) = pairings(mine, {other: scorer.relu}, scorer)
    (row,) = pairing_table([found]).to_dict("records")
    reach = 3.182446 * sqrt(2 / 3) / 2 * log(2)
    assert tuple(row) == COLUMNS
    assert row["ratio"] == pytest.approx(0.5)
    assert row["low"] == pytest.approx(0.5 * exp(-reach), rel=1e-6)
    assert row["high"] == pytest.approx(0.5 * exp(reach), rel=1e-6)
    assert (row["won"], row["tasks"]) == (0.875, 4)  # a tie counts half
    t = 1 / (sqrt(2 / 3) / 2)
    tail = 0.5 - (np.arctan(t / sqrt(3)) + t * sqrt(3) / (3 + t * t)) / np.pi
    assert row["p"] == pytest.approx(2 * tail)
    assert row["outcome"] == "no difference is shown"
    assert found.sentence == (
        "against ReLU: 0.500 times the out-of-distribution loss (95% 0.203 to 1.230), better "
        "on 88% of 4 tasks; p 0.092: no difference is shown"
    )


def test_a_sentence_says_which_function_of_the_run_it_is_about():
    known = [evaluated(one, np.full(4, 2.0)) for one in (RELU, GELU)]
    scorer = Scorer(known, families=["polynomial"] * 4, rule=SETTINGS.fitness)
    mine = losses_of(evaluated(SILU, [3.0, 3.1, 2.9, 3.0]))
    champion, best, *_ = pairings(mine, dict.fromkeys(rivals(FOUND), scorer.relu), scorer)
    assert champion.sentence.startswith("against the champion Wave: 1.499 times the out-of-")
    assert best.sentence.startswith(
        "against SiLU, the best known function on the search tasks: "
    )
    assert best.sentence.endswith(": it is worse")


def test_what_the_gate_refused_opens_no_lab(tmp_path):
    refused = Standing(accepted=False, status=Status.REJECTED, reason="static: no")
    nowhere = replace(SETTINGS, results=str(tmp_path / "none"))
    (found,) = against_run([refused], replace(FOUND, settings=nowhere), tell=pytest.fail)
    assert found.standing is refused and found.pairings == ()


@pytest.fixture
def run(tmp_path):
    """The files of a run that say what it found."""
    frozen.write(tmp_path / layout.RUN_FILE, frozen.description(SETTINGS))
    for path, listed in (
        (layout.catalog(tmp_path), [GELU, RELU, SILU]),
        (layout.finalists(tmp_path, "main"), [WAVE]),
    ):
        path.parent.mkdir(parents=True)
        write_records(path, listed)
    concluded(tmp_path, champion="wave")
    return tmp_path


def concluded(run, *, champion):
    best = {"candidate_id": SILU.candidate_id, "name": "SiLU", "search_fitness": 0.1}
    document = {"champion": champion, "best_known": best}
    (run / "validation").mkdir(exist_ok=True)
    write_json(run / "validation/comparison.json", document)


def test_a_run_is_read_with_its_settings_and_the_functions_that_it_names(run):
    found = read_rivals(run)
    assert (found.champion, found.best_known) == (WAVE, SILU)
    assert (found.settings.results, found.settings.run) == (str(run.parent), run.name)
    assert (found.settings.lab, found.settings.tasks) == (SETTINGS.lab, SETTINGS.tasks)


def test_a_run_with_which_nothing_can_be_compared_is_told_so(run):
    concluded(run, champion=None)
    with pytest.raises(ConfigError, match="has no champion, since no mined function qualified"):
        read_rivals(run)
    (run / "validation/comparison.json").unlink()
    with pytest.raises(ConfigError, match="not validated yet; run `snakemake` for it first"):
        read_rivals(run)


def test_losses_of_two_versions_are_not_compared(run):
    path = run / layout.RUN_FILE
    installed = parse_yaml(path.read_text())["versions"]["torch"]
    path.write_text(path.read_text().replace(f"torch: {installed}", "torch: 1.0.0"))
    told = rf"run.yaml was measured with other versions: torch 1\.0\.0, here {installed[:4]}"
    with pytest.raises(ConfigError, match=told):
        read_rivals(run)


ACCEPTED = Standing(source=RELU.source, accepted=True, status=Status.ACCEPTED)


def drawn(run, *, digest):
    """Its held-out tasks have this hash."""
    layout.manifest(run, HELD_OUT).parent.mkdir(exist_ok=True)
    write_json(layout.manifest(run, HELD_OUT), {"hash": digest, "tasks": []})


def held_out_hash():
    families = families_of(SETTINGS, HELD_OUT)
    return draw_suite(
        HELD_OUT, families, samples=SETTINGS.tasks.samples, seed=SETTINGS.seed
    ).hash


def test_other_tasks_are_refused_before_anything_is_trained(run):
    drawn(run, digest="0")
    with pytest.raises(ConfigError, match="this version of actmine draws other tasks"):
        list(against_run([ACCEPTED], read_rivals(run), tell=pytest.fail))
    assert not list((run / layout.STORE).rglob("*"))


class ToldError(Exception):
    """What a line that was told is, where a test needs no more."""


def told(line):
    raise ToldError(line)


def test_how_much_is_trained_is_told_before_the_references_are(run):
    drawn(run, digest=held_out_hash())
    with pytest.raises(ToldError, match="measuring 3 of 3 functions on 8 held-out tasks"):
        list(against_run([ACCEPTED], read_rivals(run), tell=told))
    assert not list((run / layout.STORE).rglob("*"))


def weakened(run, isolation):
    path = run / layout.RUN_FILE
    path.write_text(path.read_text().replace("isolation: strict", f"isolation: {isolation}"))


@pytest.mark.parametrize("isolation", ["gate-only", "container"])
def test_a_run_does_not_choose_the_locks_of_its_own_functions(run, isolation, tmp_path, capsys):
    weakened(run, isolation)
    asks = f"{run.name}: asks for {isolation} isolation, your configuration for strict"
    (tmp_path / "mine.py").write_text(RELU.source)
    (run / "tables").mkdir()
    (run / "tables/candidates.parquet").touch()
    for asked in (
        ["versus", str(run), str(tmp_path / "mine.py")],
        ["biases", str(run)],
        ["compare", str(run), str(run), "--out", str(tmp_path / "page.html")],
        ["replay", str(run)],
        ["audit", str(run), "--retrain", "1"],
    ):
        assert main(asked) == 1, asked
        assert asks in capsys.readouterr().err, asked
    theirs = actmine.load(str(run))
    for call in (theirs.versus, theirs.score):
        with pytest.raises(ConfigError, match=asks):
            call(RELU.source)
        with pytest.raises(ConfigError, match="'none' is none of strict, container, gate-only"):
            call(RELU.source, isolation="none")
    settings = read_rivals(run).settings
    for own in ("strict", isolation):
        assert trusted(settings, own).sandbox.isolation == own
        config = with_trust(open_run(run), own).config
        assert config == trusted(open_run(run).config, own)


def test_a_stricter_run_stays_strict_and_another_isolation_is_kept_apart(run):
    settings = read_rivals(run).settings
    assert trusted(settings) == settings
    assert store_folder(settings) == run / layout.STORE
    apart = store_folder(trusted(settings, "gate-only"))
    weakened(run, "gate-only")
    assert store_folder(trusted(read_rivals(run).settings, "gate-only")) == run / layout.STORE
    assert store_folder(settings) not in (apart, run / layout.STORE)
    (run / layout.RUN_FILE).unlink()  # a demo that `try` measures for before it is run
    assert store_folder(settings) == run / layout.STORE


def test_a_document_that_names_what_no_list_holds_is_told_so(run):
    concluded(run, champion="nobody")
    with pytest.raises(ConfigError, match="names nobody, which no list of the run holds; `act"):
        read_rivals(run)
    concluded(run, champion="wave")
    write_records(layout.catalog(run), [GELU, RELU])
    with pytest.raises(ConfigError, match=f"comparison.json: names {SILU.candidate_id}, which"):
        read_rivals(run)


def test_no_other_way_sets_losses_of_two_versions_side_by_side(run, capsys):
    path = run / layout.RUN_FILE
    installed = parse_yaml(path.read_text())["versions"]["torch"]
    path.write_text(path.read_text().replace(f"torch: {installed}", "torch: 1.0.0"))
    refused = r"run\.yaml was measured with other versions: torch 1\.0\.0"
    with pytest.raises(ConfigError, match=refused):
        actmine.load(str(run)).score(RELU.source)
    assert main(["biases", str(run)]) == 1
    assert re.search(refused, capsys.readouterr().err)


@pytest.mark.slow
def test_a_champion_that_failed_is_left_out_and_the_others_are_compared(run):
    """It is drawn as a name, not as what its control characters do to a terminal."""
    source = "def activation(x):\n    return 1e3 * x * x * x * x * x * x * x\n"
    steep = replace(WAVE, source=source, name="\x1b[2Jx\u202ey")
    write_records(layout.finalists(run, "main"), [steep])
    drawn(run, digest=held_out_hash())
    lines: list[str] = []
    (found,) = against_run([ACCEPTED], read_rivals(run), tell=lines.append)
    assert [one.rival.function.name for one in found.pairings] == ["SiLU", "GELU", "ReLU"]
    assert lines[1].startswith(
        "the champion [U+001B][2Jx[U+202E]y has no losses on these tasks and is left out: the "
    )
