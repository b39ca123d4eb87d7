"""Numbers as a reader sees them."""

import pytest

from actmine.number_text import counted


@pytest.mark.parametrize(
    ("count", "nouns", "told"),
    [
        (0, ("problem",), "0 problems"),
        (1, ("problem",), "1 problem"),
        (1234, ("candidate",), "1,234 candidates"),
        (1, ("reply is", "replies are"), "1 reply is"),
        (2, ("reply is", "replies are"), "2 replies are"),
    ],
)
def test_a_count_has_its_noun_in_the_right_number(count, nouns, told):
    assert counted(count, *nouns) == told
