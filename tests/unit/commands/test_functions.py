"""The page of known functions is what the command prints."""

import argparse
import re
from pathlib import Path

from actmine.commands import functions
from actmine.functions.catalog import CATALOG

PAGE = Path(__file__).parents[3] / "docs/functions.md"


def test_the_page_ends_with_the_table_that_is_printed(capsys):
    assert functions.run(argparse.Namespace(names=[])) == 0
    assert PAGE.read_text(encoding="utf-8").endswith("\n\n" + capsys.readouterr().out)


def test_a_bar_in_a_formula_ends_no_cell():
    rows = functions.table().splitlines()
    assert len(rows) == len(CATALOG) + 2
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_some_functions_are_found_by_any_name(capsys):
    assert functions.run(argparse.Namespace(names=["hard-swish", "GELU"])) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == ["`hard_swish`", "`gelu`"]
