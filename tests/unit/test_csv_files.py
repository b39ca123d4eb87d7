"""What a spreadsheet shows of a table is what the table says."""

import csv
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from actmine.audit.difference import table_difference
from actmine.csv_files import csv_text, read_csv, read_rows
from actmine.files import ContentError
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.leaderboard_rows import COLUMNS, TEXT

FORMULAS = (
    *("=1+1", "+1", "-x * sigmoid(x)", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1+1"),
    *("=cmd|' /C calc'!A0", "- half", "-", "=", "@"),
)
TEXTS = ("x = 1", "'quoted'", "''", "'=1", "NA", "a,b\n=c", "\u2212x", "\u2013", "0.5", "gelu")
TABLE = pd.DataFrame(
    {
        "name": [*FORMULAS, *TEXTS],
        "fitness": np.linspace(-1.0, 1.0, len(FORMULAS) + len(TEXTS)),
        "flops": [-7] * (len(FORMULAS) + len(TEXTS)),
        "reason": [None] * (len(FORMULAS) + len(TEXTS)),
    }
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(csv_text(TABLE).encode())
    return path


def test_no_text_begins_as_a_formula_and_numbers_stay_numbers(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert not [row["name"] for row in rows if row["name"].strip()[:1] in tuple("=+-@\uff1d")]
    assert [row["name"] for row in rows[: len(FORMULAS)]] == [f"'{text}" for text in FORMULAS]
    assert [float(row["fitness"]) for row in rows] == list(TABLE["fitness"])
    assert {row["flops"] for row in rows} == {"-7"}


def test_each_text_is_read_back_as_it_was(path):
    back = read_csv(path, keep_default_na=False, na_values={"fitness": [""]})
    assert list(back["name"]) == list(TABLE["name"])
    assert list(back["fitness"]) == list(TABLE["fitness"])


def test_rows_are_read_as_texts_without_pandas(path):
    header, rows = read_rows(path)
    assert header == list(TABLE.columns)
    assert [row[0] for row in rows] == list(TABLE["name"])
    assert [float(row[1]) for row in rows] == list(TABLE["fitness"])


@pytest.mark.parametrize("text", ["", 'a,b\n"1,2\n', "a,b\n1\n", "a,b\n\n1,2\n"])
def test_a_damaged_file_is_named(tmp_path, text):
    damaged = tmp_path / "damaged.csv"
    damaged.write_text(text)
    with pytest.raises(ContentError, match=r"damaged\.csv: not valid CSV \(.+\); delete it"):
        read_rows(damaged)


def test_the_audit_expects_the_file_and_no_formula_in_its_place(path):
    with path.open(newline="", encoding="utf-8") as file:
        assert table_difference(file, csv_text(TABLE)) == ""
        file.seek(0)
        rows = list(csv.reader(file))
    rows[1][0] = FORMULAS[0]
    forged = StringIO(newline="")
    csv.writer(forged).writerows(rows)
    forged.seek(0)
    assert "row 1 does not follow" in table_difference(forged, csv_text(TABLE))


def test_a_leaderboard_names_its_functions_as_they_are_called(tmp_path):
    board = pd.DataFrame(0.5, index=range(len(FORMULAS)), columns=COLUMNS).astype(object)
    board[list(TEXT)] = ""
    board["name"] = FORMULAS
    (tmp_path / "leaderboard.csv").write_bytes(csv_text(board).encode())
    assert tuple(read_leaderboard(tmp_path / "leaderboard.csv")["name"]) == FORMULAS
