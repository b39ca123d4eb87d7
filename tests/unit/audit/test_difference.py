"""An audit names what does not follow, and lets pass what another processor rounds."""

from io import StringIO

import pandas as pd
import pytest

from actmine.audit.difference import differing, same, table_difference
from actmine.csv_files import csv_text

EXPECTED = pd.DataFrame({"name": ["a", "b"], "flops": [1.0, 2.0], "fitness": [0.5, None]})
RIGHT = "name,flops,fitness\na,1.0,0.5\nb,2.0,\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RIGHT, ""),
        (RIGHT.replace("1.0", "1"), ""),  # another spelling of one number
        (RIGHT.replace("0.5", "0.50000000000001"), ""),  # rounded by another processor
        (
            RIGHT.replace("0.5", "0.6"),
            "row 1 does not follow from its inputs: fitness is '0.6'",
        ),
        (RIGHT.replace("b,2.0,", "b,2.0,nan"), "row 2 does not follow"),
        (RIGHT.replace("flops", "cost"), "its columns are ['name', 'cost', 'fitness']"),
        (RIGHT.replace("b,2.0,", "b,2.0"), "row 2 has 2 cells, not 3"),
        (RIGHT.replace("b,2.0,\n", ""), "row 2 is missing"),
        (RIGHT + "c,3.0,0.1\n", "has more than the 2 rows"),
        ("", "row 0 is missing"),
    ],
)
def test_the_first_row_that_differs_is_named(text, words):
    found = table_difference(StringIO(text, newline=""), csv_text(EXPECTED))
    assert found.startswith(words) and bool(found) == bool(words)


@pytest.mark.parametrize(
    ("other", "names"),
    [
        ({"fitness": 0.3, "scores": [[1.0, 2.0]], "name": "a"}, []),
        ({"fitness": 0.1 + 0.2, "scores": ((1.0, 2.0),), "name": "a"}, []),
        ({"fitness": 0.3000001, "scores": [[1.0, 2.0]], "name": "a"}, ["fitness"]),
        ({"fitness": 0.3, "scores": [[1.0, 2.0, 3.0]], "name": "a"}, ["scores"]),
        ({"fitness": 0.3, "scores": [[1, 2.0]], "name": "a"}, ["scores"]),
        ({"fitness": 0.3, "scores": [[1.0, 2.0]], "name": "a", "extra": None}, ["extra"]),
        ({"fitness": 0.3, "scores": [[1.0, 2.0]]}, ["name"]),
        ({"fitness": None, "scores": "a", "name": ["a"]}, ["fitness", "name", "scores"]),
    ],
)
def test_the_keys_that_differ_are_named(other, names):
    assert differing({"fitness": 0.3, "scores": [[1.0, 2.0]], "name": "a"}, other) == names


def test_zero_but_for_rounding_is_zero():
    assert same(0.0, 1e-17) and not same(0.0, 1e-9) and not same(0.0, False)
