"""The curves of a run's figures, as its file keeps them."""

import json

import numpy as np
import pytest

from actmine.champion.curves import LIMIT, sample
from actmine.champion.drawn_curves import Sampled, read_drawn, sample_drawn
from actmine.champion.shown_functions import champion_of, references
from actmine.files import ContentError
from actmine.functions.catalog import by_name
from actmine.records.candidate import candidate_id
from actmine.records.rows import write_records

KINK = "def activation(x):\n    return F.relu6(x) / x\n"  # a kink at 6, no number at 0
BROKEN = "def activation(x):\n    return x / (1 / 0)\n"
BEST = by_name("softplus")


@pytest.fixture
def drawn(tmp_path, gate):
    """What is read back of the curves of a run with this champion."""

    def read(source):
        for place in ("validation", "catalog"):
            (tmp_path / place).mkdir()
        best = {"candidate_id": BEST.candidate.candidate_id, "name": BEST.name}
        for name, content in (
            ("champion", chosen(source)),
            ("comparison", {"best_known": best}),
        ):
            (tmp_path / "validation" / f"{name}.json").write_text(json.dumps(content))
        write_records(tmp_path / "catalog" / "candidates.jsonl", [BEST.listed])
        lines = sample_drawn(tmp_path, (), generations=0, sandbox=gate)
        assert lines == sorted(lines, key=lambda line: (line.candidate_id, line.limit))
        write_records(tmp_path / "curves.jsonl", lines)
        return read_drawn(tmp_path / "curves.jsonl")

    return read


def chosen(source, name="wave"):
    return {"candidate_id": source and candidate_id(source), "name": name, "source": source}


def test_curves_are_read_back_to_the_bit(drawn, gate):
    curves, sampled = drawn(KINK), sample("wave", KINK, sandbox=gate)
    limit = curves.limit(candidate_id(KINK))
    curve = curves.at(limit, candidate_id(KINK), name="wave")
    assert (curve.name, limit) == (sampled.name, sampled.limit) and limit > LIMIT
    for part in ("grid", "y", "dy"):
        assert np.array_equal(getattr(curve, part), getattr(sampled, part), equal_nan=True)


def test_known_functions_stand_beside_the_champion_as_far_as_it_runs(drawn):
    curves = drawn(KINK)
    for limit in (LIMIT, curves.limit(candidate_id(KINK))):
        together = curves.together([*references(), BEST.candidate], limit)
        assert [curve.name for curve in together] == ["GELU", "ReLU", BEST.name]
        assert {curve.limit for curve in together} == {limit}


@pytest.mark.parametrize("source", [None, BROKEN])
def test_without_a_champion_or_its_curve_the_others_are_there(drawn, source):
    curves = drawn(source)
    functions = [*champion_of(chosen(source)), *references()]
    limit = curves.limit(functions[0].candidate_id)
    assert [one.name for one in curves.together(functions, limit)] == ["GELU", "ReLU"]


def test_a_champion_that_is_called_gelu_is_shown_by_its_id():
    (champion,) = champion_of(chosen(KINK, name="GELU"))
    assert champion.name == candidate_id(KINK)


@pytest.mark.parametrize("y", ["AAAA", "no base64"])
def test_a_damaged_line_names_its_file(tmp_path, y):
    line = Sampled(candidate_id="c0", limit=6.0, own=True, y=y, slope="")
    write_records(tmp_path / "curves.jsonl", [line])
    with pytest.raises(ContentError, match=r"curves.jsonl: .*run again"):
        read_drawn(tmp_path / "curves.jsonl")


def test_what_a_full_disk_leaves_is_no_curve(tmp_path):
    write_records(tmp_path / "curves.jsonl", [])
    with pytest.raises(ContentError, match=r"curves.jsonl: holds no curve; .*run again"):
        read_drawn(tmp_path / "curves.jsonl")


@pytest.mark.parametrize("limit", [-6.0, 0.0])
def test_a_curve_runs_up_to_a_limit(tmp_path, drawn, limit):
    drawn(KINK)
    lines = (tmp_path / "curves.jsonl").read_text().splitlines()
    changed = {**json.loads(lines[0]), "limit": limit}
    (tmp_path / "curves.jsonl").write_text(json.dumps(changed) + "\n")
    with pytest.raises(ContentError, match=r"has no 241 points up to a limit"):
        read_drawn(tmp_path / "curves.jsonl")
