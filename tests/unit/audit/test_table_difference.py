"""An audit names the first row of a table that does not follow."""

import csv
from io import StringIO

import pandas as pd
import pytest

from actmine.audit.derived_checks import difference

EXPECTED = pd.DataFrame({"name": ["a", "b"], "flops": [1.0, 2.0], "fitness": [0.5, None]})
RIGHT = "name,flops,fitness\na,1.0,0.5\nb,2.0,\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RIGHT, ""),
        (RIGHT.replace("1.0", "1"), ""),  # another spelling of one number
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
    found = difference(csv.reader(StringIO(text)), EXPECTED)
    assert found.startswith(words) and bool(found) == bool(words)
