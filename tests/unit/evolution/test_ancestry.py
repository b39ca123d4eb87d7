"""Whatever a page or a table calls a candidate, the commands know it by."""

import pytest

from actmine import layout
from actmine.__main__ import main
from actmine.commands.lineage_graph import LABEL_LENGTH, dot, mermaid
from actmine.evolution.ancestry import Ancestor, find
from actmine.files import ContentError, write_json, write_jsonl
from actmine.functions.catalog import by_name
from actmine.settings.configuration import ConfigError


def ancestor(candidate_id, name, **more):
    return Ancestor(candidate_id=candidate_id, name=name, origin="mined", source="", **more)


SINC = by_name("gelu_sinc").candidate
LISTED = (
    ancestor("c0e034d9cb5d0e481", "ReLU-0e03"),
    ancestor("c0e9555555555aaaa", "Gated Wave"),
    ancestor("c1111111111111111", "Wave"),
    ancestor("c2222222222222222", "Wave"),
    ancestor("cbead000000000000", "ffff"),
    ancestor(SINC.candidate_id, SINC.name),
    ancestor("c7aaa000000000000", "Swirl-7aaa"),
    ancestor("c8bbb000000000000", "Swirl-7aaa", found_as="c7aaa000000000000"),
)
KNOWN = {one.candidate_id: one for one in LISTED}


@pytest.fixture
def run(tmp_path):
    write_json(tmp_path / "validation/champion.json", {"candidate_id": "c0e034d9cb5d0e481"})
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        *((wanted, 0) for wanted in ("champion", "Champion", "c0e034d9cb5d0e481", "c0e03")),
        *((wanted, 0) for wanted in ("ReLU-0e03", "relu-0e03", "ReLU 0e03", "0e03", "C0E034")),
        *((wanted, 1) for wanted in ("gated wave", "Gated-Wave", "c0e9")),
        *((wanted, 4) for wanted in ("ffff", "cbead", "bead")),
        *((wanted, 1) for wanted in ("gat", "Gated W")),
        *((wanted, 7) for wanted in ("Swirl-7aaa", "swirl_7aaa", "c8bbb", "8bbb")),
        *((wanted, 6) for wanted in ("7aaa", "c7aaa000000000000")),
        *((wanted, 5) for wanted in (SINC.name, SINC.name.lower(), "gelu_sinc", "GELU-Sinc")),
    ],
)
def test_a_candidate_is_found_by_what_it_is_called(wanted, found, run):
    assert find(wanted, KNOWN, run) is LISTED[found]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("wave", r"fits 2 .*Wave \(c1111111111111111\) or Wave \(c2222222222222222\)"),
        ("c0e", r"fits 2 .*ReLU-0e03 \(c0e034d9cb5d0e481\) or Gated Wave"),
        ("", r"fits 8 candidates"),
        ("swirl", r"fits 2 candidates of .*; did you mean Swirl-7aaa \(c7aaa"),
        ("chamipon", r"is no candidate of .*; did you mean champion\?"),
        ("relu-0e04", r"is no candidate of .*; did you mean ReLU-0e03"),
        ("Mish", r"is no candidate of .*; see its tables/candidates.csv"),
    ],
)
def test_what_fits_none_or_several_is_told_with_what_is_near(wanted, said, run):
    with pytest.raises(ConfigError, match=f"^{wanted}: {said}"):
        find(wanted, KNOWN, run)


def test_a_run_without_a_champion_says_so(tmp_path):
    with pytest.raises(ConfigError, match=r"champion: .* has none, or none yet"):
        find("champion", KNOWN, tmp_path)
    write_json(tmp_path / "validation/champion.json", {"candidate_id": None})
    with pytest.raises(ConfigError, match=r"has none"):
        find("champion", KNOWN, tmp_path)


def test_a_champion_of_another_run_is_told_by_its_file(tmp_path):
    write_json(tmp_path / "validation/champion.json", {"candidate_id": "c0ffee"})
    with pytest.raises(
        ContentError, match=r"champion\.json: 'c0ffee' is no candidate of the run"
    ):
        find("champion", KNOWN, tmp_path)


def test_a_name_is_printed_without_what_a_terminal_would_obey(run, capsys):
    (run / "run.yaml").touch()
    row = {"candidate_id": "c1", "name": "\x1b[2Jwave\u202e", "origin": "mined", "source": ""}
    write_jsonl(layout.catalog(run), [row])
    assert main(["lineage", str(run), "c1"]) == 0
    assert "[U+001B][2Jwave[U+202E]" in capsys.readouterr().out


@pytest.mark.parametrize("draw", [mermaid, dot])
def test_a_long_edit_is_cut_where_a_mark_says_so(draw):
    summary = "replaced the constant 0.25 by 0.125 and then added a wave to it all"
    parent = ancestor("c1", "Wave")
    child = ancestor("c2", "Wave-2", parents=("c1",), operator="tune", summary=summary)
    cut = f"tune: {summary[: LABEL_LENGTH - 1]}…"
    assert len(summary) > LABEL_LENGTH and cut in "\n".join(draw([child, parent]))
