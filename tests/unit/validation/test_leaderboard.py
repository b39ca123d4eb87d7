from math import log

import numpy as np
import pandas as pd
import pytest

from actmine.csv_files import csv_text
from actmine.functions.catalog import by_name
from actmine.lab.estimate import Design, alike
from actmine.lab.fitness import Losses, score
from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Listed, Role
from actmine.records.status import Status
from actmine.validation.leaderboard import leaderboard, read_leaderboard
from actmine.validation.leaderboard_rows import COLUMNS
from actmine.validation.paired_comparison import compare
from actmine.validation.statistics import mean_interval
from configured import fitness

SETTINGS = fitness(epsilon=1e-12)


def losses(ood, *, id=None):
    ood = np.array(ood, dtype=float)
    return Losses(
        train=np.ones_like(ood), id=np.ones_like(ood) if id is None else np.array(id), ood=ood
    )


RELU = losses([[4.0, 4.0], [1.0, 1.0], [1.0, 1.0]])
GELU = losses([[2.0, 2.0], [1.0, 1.0], [2.0, 2.0]])


def measured(candidate_id, found, **changes):
    fields = {
        "candidate_id": candidate_id,
        "name": candidate_id,
        "source": "",
        "status": Status.ACCEPTED,
        "origin": Origin.MINED,
        "coupling": Coupling.POINTWISE,
        "flops": 7.0,
        "search_fitness": None,
        "role": Role.FINALIST,
    }
    return Listed(**(fields | changes)), found


def table(*rows, settings=SETTINGS, **options):
    given = {"relu": RELU, "gelu": GELU, "tested": ["c1"], "design": alike(3), **options}
    return leaderboard(rows, settings=settings, **given)


def test_the_columns_are_those_that_are_documented_in_their_order():
    assert tuple(table(measured("c1", GELU)).columns) == COLUMNS
    assert tuple(table().columns) == COLUMNS and len(table()) == 0


def test_a_row_by_hand():
    found = losses(
        [[1.0, 3.0], [2.0, 2.0], [1.0, 1.0]], id=[[0.1, 0.3], [0.2, 0.2], [0.5, 0.5]]
    )
    row = table(measured("c1", found, search_fitness=0.4, origin=Origin.PAPER)).iloc[0]
    by_task = np.array([log(4) - log(3) / 2, -log(2), 0.0])
    interval = mean_interval(by_task)
    assert row.held_out_fitness == pytest.approx(interval.mean)
    assert (row.ci_low, row.ci_high) == pytest.approx((interval.low, interval.high))
    assert row.ratio_relu == pytest.approx(np.exp(-by_task.mean()))
    assert row.ratio_gelu == pytest.approx((3**0.5 / 2 * 2 * 1 / 2) ** (1 / 3))
    assert row.mean_ood_loss == pytest.approx(5 / 3)
    assert row.id_loss == pytest.approx(0.3)
    assert (row.search_fitness, row.flops) == (0.4, 7.0)
    assert (row.origin, row.coupling) == ("paper", "pointwise")


def test_a_function_is_named_with_its_formula():
    known = by_name("relu").listed
    source = "def activation(x):\n    gate = torch.sigmoid(2 * x)\n    return x * gate\n"
    loop = "def activation(x):\n    for _ in range(2):\n        x = x * x\n    return x\n"
    rows = table(
        measured(known.candidate_id, RELU, source=known.source),
        measured("c1", GELU, source=source),
        measured("c2", GELU, source=loop),
    ).set_index("candidate_id")
    assert rows.loc[known.candidate_id, "formula"] == "max(x, 0)"
    assert rows.loc["c1", "formula"] == "x * sigmoid(2 * x)" and rows.loc["c2", "formula"] == ""


def test_a_leaderboard_without_formulas_is_read_as_one_whose_functions_have_none(tmp_path):
    board = table(measured("c1", GELU))
    path = tmp_path / "leaderboard.csv"
    path.write_text(csv_text(board.drop(columns="formula")))
    assert tuple(read_leaderboard(path).columns) == COLUMNS
    assert list(read_leaderboard(path)["formula"]) == [""]


def test_the_references_stand_at_one_against_themselves():
    rows = table(measured("relu", RELU), measured("gelu", GELU)).set_index("candidate_id")
    assert rows.loc["relu", "ratio_relu"] == pytest.approx(1.0)
    assert rows.loc["gelu", "ratio_gelu"] == pytest.approx(1.0)
    assert rows.loc["relu", "held_out_fitness"] == pytest.approx(0.0)


def test_the_best_stand_first_and_a_tie_goes_to_the_lower_id():
    good = losses([[1.0], [1.0], [0.5]])
    relu, gelu = losses([[4.0], [1.0], [1.0]]), losses([[2.0], [1.0], [2.0]])
    rows = [measured(one, found) for one, found in [("cb", good), ("c9", relu), ("ca", good)]]
    for order in (rows, rows[::-1]):
        board = table(*order, relu=relu, gelu=gelu)
        assert list(board["candidate_id"]) == ["ca", "cb", "c9"]
        assert list(board.index) == [0, 1, 2]


def test_ratios_are_not_clipped_though_the_fitness_is():
    found = losses([[4e-9, 4e-9], [1.0, 1.0], [1.0, 1.0]])
    row = table(measured("c1", found)).iloc[0]
    assert row.held_out_fitness == pytest.approx(2 / 3)
    assert row.ratio_relu == pytest.approx(1e-3, rel=1e-3)


def test_the_fitness_is_that_of_the_search():
    found = losses([[1.0, 3.0], [3.0, 3.0], [1.0, 1.0]])
    families = ("polynomial", "harmonic", "harmonic")
    design = Design(weights=np.array([1.0, 2.0, 0.0]), families=families)
    for settings in (SETTINGS, fitness(aggregation="mean_loss")):
        row = table(measured("c1", found), settings=settings, design=design).iloc[0]
        expected = score(found, RELU, design=design, settings=settings)
        assert row.held_out_fitness == expected.value
        assert row.ci_low < expected.value < row.ci_high


def test_a_function_that_no_search_had_has_no_search_fitness():
    board = table(measured("c1", GELU))
    assert board["search_fitness"].dtype == float and board["search_fitness"].isna().all()


def test_finalists_are_tested_in_order_and_no_other_has_p_values():
    rng = np.random.default_rng(7)
    relu = losses(np.exp(rng.normal(size=(30, 2))))
    gelu = losses(relu.ood * np.exp(rng.normal(scale=0.3, size=(30, 2))))
    best = losses(gelu.ood * np.exp(rng.normal(-0.05, 0.1, size=(30, 2))))
    found = [losses(gelu.ood * np.exp(rng.normal(-0.1, 0.2, size=(30, 2)))) for _ in range(3)]
    rows = [measured(f"c{n}", one) for n, one in enumerate(found)]
    rows += [measured("c8", gelu, role=Role.CATALOG), measured("c9", relu, role=Role.CONTRAST)]
    options = {"relu": relu, "gelu": gelu, "best": best, "design": alike(30)}
    order = ["c2", "c0", "c1"]
    board = table(*rows, tested=order, **options).set_index("candidate_id")
    for column, other in (("p_gelu", gelu), ("p_best", best)):
        c0, c1, c2 = (compare(one, other, epsilon=1e-12, design=alike(30)).p for one in found)
        expected = [c2, max(c2, c0), max(c2, c0, c1)]
        assert list(board.loc[order, column]) == expected
    assert board.loc[["c8", "c9"], ["p_gelu", "p_best"]].isna().all(axis=None)
    behind = table(*rows, tested=["c2", "failed", "c0", "c1"], **options)
    behind = behind.set_index("candidate_id")
    assert behind.loc["c2", "p_gelu"] == board.loc["c2", "p_gelu"]
    assert (behind.loc[["c0", "c1"], ["p_gelu", "p_best"]] == 1).all(axis=None)
    row, against = board.loc["c0"], compare(found[0], best, epsilon=1e-12, design=alike(30))
    assert (row.ratio_best, row.ratio_best_low) == pytest.approx((against.ratio, against.low))
    assert row.ratio_relu_low < row.ratio_relu < row.ratio_relu_high


def test_without_a_best_known_function_its_columns_are_empty():
    board = table(measured("c1", GELU))
    assert board[["ratio_best", "p_best"]].isna().all(axis=None)
    assert board["p_gelu"].notna().all()


def test_another_suite_is_refused():
    with pytest.raises(ValueError, match="same suite"):
        table(measured("c1", losses([[1.0, 1.0]])))


def test_a_suite_of_one_task_gives_no_interval():
    one = losses([[1.0]])
    with pytest.raises(ValueError, match="two tasks or more"):
        table(measured("c1", one), relu=one, gelu=one, design=alike(1))


def test_a_table_survives_its_file_whatever_functions_are_called(tmp_path):
    board = table(
        measured("c1", GELU, name="NA"),
        measured("c2", RELU, name='a "b", c\nd', search_fitness=0.1),
        measured("c3", losses([[3.0, 3.0], [1.0, 1.0], [1.0, 1.0]]), name=""),
    )
    path = tmp_path / "leaderboard.csv"
    board.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_leaderboard(path), board)


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    pd.DataFrame({"search_fitness": [1.0]}).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"other\.csv: columns are"):
        read_leaderboard(path)
