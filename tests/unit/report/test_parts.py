"""The parts of a report that are decided without drawing."""

import numpy as np
import pandas as pd
import pytest

from actmine.records.status import Status
from actmine.report.answer import answer
from actmine.report.checks import read_checks
from actmine.report.collect import read_strategies
from actmine.report.costs import by_proposer, by_stage
from actmine.report.figures import strategies
from actmine.report.lineage import nodes
from actmine.report.points import pareto_front
from actmine.report.slots import Slots
from actmine.report.spots import path, records, thinned
from actmine.tables.mutator_table import MUTATORS
from report_pages import verdicts
from report_slots import row, slots


def test_the_front_holds_what_nobody_beats_in_both():
    flops = np.array([5.0, 1.0, 3.0, 3.0, 9.0])
    fitness = np.array([0.2, 0.1, 0.3, 0.2, 0.3])
    assert list(pareto_front(flops, fitness)) == [1, 2]
    assert len(pareto_front(np.array([]), np.array([]))) == 0


def test_a_large_runs_sample_holds_the_best_and_those_to_keep():
    fitness = slots(200).scored()["fitness"].to_numpy()
    worst = int(fitness.argmin())
    drawn = thinned(fitness, keep=[worst], size=60)
    assert len(drawn) <= 61 and worst in drawn
    assert set(np.argsort(-fitness)[:20]) <= set(drawn)
    assert list(thinned(fitness, size=200)) == list(range(200))


def test_a_record_tells_what_a_point_is():
    some = slots(12)
    (told,) = records(some, [some.table["candidate_id"][11], "nobody"]).values()
    assert told["n"] == "made 11" and told["g"] == 1 and told["c"].startswith("M0 ")


def test_ancestors_go_back_to_the_seeds_and_tell_what_changed():
    some = slots(40)
    ids = list(some.table["candidate_id"])
    found = nodes(some, [ids[35], "of no slot"])
    assert [one.ancestor.candidate_id for one in found] == [ids[5], ids[15], ids[25], ids[35]]
    assert [one.final for one in found] == [False, False, False, True]
    assert [one.place[0] for one in found] == [0, 1, 2, 3]
    assert ("-", "    return x * 25") in found[-1].difference
    assert ("+", "    return x * 35") in found[-1].difference


BOARD = pd.DataFrame(
    [
        {"candidate_id": "a", "name": "SiLU", "held_out_fitness": 0.3},
        {
            "candidate_id": "b",
            "name": "mine",
            "held_out_fitness": 0.2,
            "ci_low": 0.1,
            "ci_high": 0.35,
        },
    ]
)


def told(champion_id="b", stopped=0, regions=("ood",), seeds=("ReLU",)):
    return answer(
        board=BOARD, champion_id=champion_id, candidates=81, scored=70, verdicts=verdicts(),
        stopped=stopped, generations=8, search_tasks=84, seeds=seeds, regions=regions,
    )  # fmt: skip


def test_the_answer_is_three_sentences_with_the_interval():
    found, fitness, searched = told()
    assert "8 generations tried 81 candidates, 70 of which were trained on" in searched
    assert found == (
        "On held-out tasks the champion mine is better than ReLU; it is not shown to differ "
        "from GELU; it is worse than SiLU, the best known function on the search tasks."
    )
    assert "+0.20" in fitness and "+0.10 to +0.35" in fitness


def test_the_answer_says_what_the_search_was_paid_for():
    assert "their loss outside the range they were trained on." in told()[-1]
    of_id = told(regions=("id",))[-1]
    assert "their loss on new inputs from the range they were trained on." in of_id
    assert "outside and on new inputs from the range" in told(regions=("id", "ood", "ood"))[-1]


def test_the_answer_counts_seeds_that_are_many():
    assert told()[-1].startswith("From ReLU alone, 8 generations")
    assert told(seeds=("a", "b"))[-1].startswith("From a, b, 8")
    assert told(seeds=tuple("abcdefg"))[-1].startswith("From 7 known functions, 8")


def test_the_answer_tells_of_fits_that_a_ladder_ended():
    searched = told(stopped=11)[-1]
    assert "all of which were trained on 84 tasks (11 of them not to the" in searched


def test_a_run_without_a_champion_says_so():
    assert told(champion_id=None)[1] == "No mined function qualified as champion."
    assert "no losses on the held-out" in told(champion_id="gone")[1]


def job(path, wall, cpu):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tcpu_time\n{wall}\t0:00:01\t{cpu}\n")


def test_hours_are_added_up_by_stage(tmp_path):
    job(tmp_path / "main/gen_0001/island_0/shard_0/benchmark.tsv", 10, 7200)
    job(tmp_path / "main/gen_0000/island_0/shard_0/benchmark.tsv", 5, 1800)
    job(tmp_path / "catalog/held_out/shard_0/benchmark.tsv", 5, 1800)
    job(tmp_path / "main/gen_0001/island_0/propose.tsv", 1, "NA")
    job(tmp_path / "main/validation/held_out/shard_0/benchmark.tsv", 1, 360)
    job(tmp_path / "benchmarks/measure_reference_search.tsv", 1, 36)
    job(tmp_path / "transfer/full/images/shard_0/benchmark.tsv", 3600, 60)
    (tmp_path / "transfer/full/settings.json").write_text('{"device": "cuda"}')
    costs = {row["stage"]: row for row in by_stage(tmp_path)}
    assert costs["training the candidates"]["cpu_h"] == 2.0
    assert costs["training the known functions"]["cpu_h"] == 1.0
    assert costs["training the finalists"]["cpu_h"] == 0.1
    assert costs["training the references"]["cpu_h"] == 0.01
    assert costs["proposing"]["cpu_h"] == 0 and costs["proposing"]["jobs"] == 1
    assert costs["real data"]["gpu_h"] == 1.0 and costs["real data"]["wall_h"] == 1.0
    assert by_stage(tmp_path)[0]["stage"] == "real data"


def test_who_proposed_is_told_with_its_childrens_time_and_best():
    some = slots(20)
    line = dict.fromkeys(MUTATORS, 0) | {
        "arm": "main", "mutator": "embedded", "operator": "term",
    }  # fmt: skip
    (told,) = by_proposer(pd.DataFrame([line]), some)
    assert told["cpu_s"] == 20.0 and told["best"] == some.table["fitness"].max()


def test_who_proposed_counts_candidates_alone():
    """No known functions, no elites measured again, no slots that nobody filled."""
    kinds = ("seed", "embedded", "remeasure")
    lines = [
        dict.fromkeys(MUTATORS, 0)
        | {"arm": "main", "mutator": name, "operator": "term", "slots": 20, "skipped": 3}
        for name in kinds
    ]
    (told,) = by_proposer(pd.DataFrame(lines), slots(20))
    assert (told["mutator"], told["candidates"]) == ("embedded", 17)


def test_operators_are_listed_singly():
    some = slots(20)
    some.table["operator"] = ["term"] * 10 + ["gate"] * 6 + ["term+gate+term"] * 4
    counts = {"term": 10, "gate": 6, "term+gate+term": 4}
    lines = [
        dict.fromkeys(MUTATORS, 0)
        | {"arm": "main", "mutator": "embedded", "operator": operator, "slots": count}
        for operator, count in counts.items()
    ]
    gate, term = by_proposer(pd.DataFrame(lines), some)
    assert (gate["operator"], gate["slots"], gate["cpu_s"]) == ("gate", 10, 10.0)
    assert (term["operator"], term["slots"], term["cpu_s"]) == ("term", 14, 14.0)
    assert term["ended"][Status.SCORED] == 14
    assert term["best"] == some.table["fitness"].drop(range(10, 16)).max()


def test_checks_that_a_run_has_are_read_and_others_not_missed(tmp_path):
    assert read_checks(tmp_path) == ()
    (tmp_path / "validation").mkdir()
    (tmp_path / "validation/robustness.csv").write_text(
        "setting,candidate_id,name,fitness\nwidth 64,c1,<b>x</b>,0.12345\n"
    )
    (tmp_path / "validation/control.json").write_text(
        '{"schema_version": 1, "sentences": ["<b>x</b> against itself: no difference."]}'
    )
    robust, control = read_checks(tmp_path)
    assert robust.table.to_dict("records") == [
        {"setting": "width 64", "name": "<b>x</b>", "fitness": 0.12345}
    ]
    assert list(control.table["finding"]) == ["<b>x</b> against itself: no difference."]


def test_columns_of_text_are_told_from_columns_of_numbers(tmp_path):
    (tmp_path / "validation").mkdir()
    path = tmp_path / "validation/cross.csv"
    path.write_text("mined_for,name,measured_on,fitness\nwaves,a,waves,0.1\nwaves,a,steps,\n")
    (check,) = read_checks(tmp_path)
    assert check.texts == ["mined_for", "name", "measured_on"]


def test_a_run_that_measured_under_its_own_bias_alone_has_no_table_of_biases(tmp_path):
    (tmp_path / "validation").mkdir()
    path = tmp_path / "validation/cross.csv"
    path.write_text("mined_for,name,measured_on,fitness\nmain,a,main,0.1\n")
    assert read_checks(tmp_path) == ()


def test_a_thumbnail_follows_its_curve_and_leaves_out_what_is_straight():
    x = np.linspace(-5, 5, 78)
    assert path(x, x) == "M0 48L72 0"
    assert path(x, np.maximum(x, 0)).count("L") == 3
    drawn = np.array([one.split() for one in path(x, np.tanh(x))[1:].split("L")], dtype=float)
    across, up = (x + 5) * 7.2, 24 - 24 * np.tanh(x) / np.tanh(5)
    np.testing.assert_allclose(np.interp(across, *drawn.T), up, atol=0.2)


def test_strategies_are_drawn_with_a_line_each(tmp_path):
    assert read_strategies(tmp_path) is None
    path = tmp_path / "tables" / "strategies.csv"
    path.parent.mkdir()
    rows = [
        f"{strategy},{seed},{n},{n * 2},{0.1 * n}"
        for strategy in ("evolution", "best_of_n")
        for seed in (1, 2)
        for n in (1, 2, 3)
    ]
    header = "strategy,seed,evaluations,cpu_s,best_search_fitness"
    path.write_text("\n".join([header, *rows]))
    drawn = strategies(read_strategies(tmp_path))
    assert "evolution (2 seeds)" in drawn and "best_of_n (2 seeds)" in drawn
    path.write_text("strategy,seed\n")
    with pytest.raises(ValueError, match="has no column evaluations"):
        read_strategies(tmp_path)


def test_a_slot_that_was_skipped_is_no_candidate():
    skipped, _ = row(3, candidate_id="", status="skipped", fitness=None)
    table = pd.DataFrame([row(1)[0], skipped])
    some = Slots(table=table, sources={}, prints={})
    assert len(some.scored()) == 1 and len(some.first()) == 1
