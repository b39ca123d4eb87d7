import pytest

from actmine.files import read_json, read_jsonl, write_atomically, write_jsonl
from actmine.functions.drop_in import module_text
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.slot import Slot
from actmine.records.status import NEXT, Status, require_step
from evolution_records import evaluation, proposal


def test_a_candidate_is_named_by_its_source():
    assert candidate_id("a") == candidate_id("a") != candidate_id("b")
    assert candidate_id("a").startswith("c") and len(candidate_id("a")) == 17


@pytest.mark.parametrize(("old", "new"), [(o, n) for o, ns in NEXT.items() for n in sorted(ns)])
def test_a_legal_step_is_allowed(old, new):
    require_step(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Status.PROPOSED, Status.SCORED),
        (Status.REJECTED, Status.SCORED),
        (Status.DUPLICATE, Status.ACCEPTED),
        (Status.SCORED, Status.FAILED),
    ],
)
def test_no_stage_may_skip_or_undo_a_step(old, new):
    with pytest.raises(ValueError, match=f"from {old} to {new}"):
        require_step(old, new)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.FAILED, "reason": ""},
        {"status": Status.SCORED, "reason": "why"},
        {"status": Status.SCORED, "ood": ()},
        {"status": Status.SCORED, "ood": ((float("nan"),),)},
        {"status": Status.FAILED, "reason": "it broke"},
        {"status": Status.ACCEPTED, "reason": "not an outcome"},
    ],
)
def test_a_contradictory_evaluation_cannot_exist(changes):
    fields = {**vars(evaluation(proposal(0))), **changes}
    with pytest.raises(ValueError, match=r"c[0-9a-f]{16}"):
        Evaluation(**fields)


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "why"},
        {"flops": None},
        {"status": Status.REJECTED},
        {"status": Status.SCORED, "reason": "why"},
    ],
)
def test_a_contradictory_proposal_cannot_exist(changes):
    with pytest.raises(ValueError, match="Slot"):
        proposal(0, **changes)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [{"a": 1}])
    path.write_text(path.read_text() + '{"b": ')
    with pytest.raises(ValueError, match=r"rows\.jsonl, line 2"):
        list(read_jsonl(path))


def test_a_broken_document_is_named(tmp_path):
    (tmp_path / "one.json").write_text("{")
    with pytest.raises(ValueError, match=r"one\.json: not valid JSON"):
        read_json(tmp_path / "one.json")


def test_slots_are_ordered_by_generation_island_and_index():
    slots = [
        Slot(generation=g, island=i, index=k) for g, i, k in ((1, 0, 0), (0, 1, 0), (0, 0, 9))
    ]
    assert [s.index for s in sorted(slots)] == [9, 0, 0]


def test_a_drop_in_file_has_the_imports_it_needs_once():
    text = module_text(
        "import torch\n\ndef activation(x):\n    return torch.sin(x) * math.pi\n"
    )
    assert text.count("import torch\n") == 1 and text.startswith("import math\n")
    assert "functional" not in text
