"""What a stranger wrote shows what it is, on one line where there is but one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from actmine.shown_text import drawn_name, one_line, visible


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\u202eb", "a[U+202E]b"),  # a right-to-left override
        ("a\u2028b", "a[U+2028]b"),  # a line separator
        ("a\ud800b", "a[U+D800]b"),  # half a character
        ("a\x1b[2Jb", "a[U+001B][2Jb"),
        ("a\u3164b\u115f", "a[U+3164]b[U+115F]"),  # fillers, which are letters
        ("a\ufe0f\U000e0101", "a[U+FE0F][U+E0101]"),  # variation selectors
        ("a\r\nb\rc\n\td", "a\nb\nc\n\td"),
        ("π ≤ 😀", "π ≤ 😀"),
    ],
)
def test_what_has_no_glyph_is_spelled_out(text, told):
    assert visible(text) == told


def test_where_nothing_is_kept_line_feeds_are_spelled_out_too():
    assert visible("a\n\tb", kept="") == "a[U+000A][U+0009]b"


@given(st.text(alphabet=st.characters()), st.integers(min_value=1, max_value=80))
def test_one_line_is_one_line_of_that_length_and_can_be_written(text, limit):
    told = one_line(text, limit)
    assert len(told) <= limit and len(told.splitlines()) <= 1
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in told)
    told.encode()


def test_a_long_line_ends_in_an_ellipsis():
    assert one_line("soft wave of sines", 10) == "soft wave…"


@pytest.mark.parametrize("name", ["_pole", "", "\n", "x" * 80])
def test_a_legend_has_every_drawn_name(name):
    axes = Figure().subplots()
    axes.plot([0, 1], label=drawn_name(name))
    _, labels = axes.get_legend_handles_labels()
    assert labels == [drawn_name(name)] and len(labels[0].strip()) <= 24
