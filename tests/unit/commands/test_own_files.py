"""A user's file is read whatever it is, and hides no other one."""

import codecs
import json

import pytest

from actmine.__main__ import main
from actmine.commands import try_files
from actmine.commands.own_files import own_candidates
from actmine.machine import MachineError
from actmine.records.status import Status
from actmine.validation.standing import Standing

GOOD = "def activation(x):\n    return x * torch.tanh(x)\n"
FILES = {
    "bom": codecs.BOM_UTF8 + GOOD.encode(),
    "crlf": GOOD.replace("\n", "\r\n").encode(),
    "cr": GOOD.replace("\n", "\r").encode(),
    "form_feed": b"\f" + GOOD.encode(),
    "utf_16": GOOD.encode("utf-16"),
    "utf_16_le": GOOD.encode("utf-16-le"),
    "nul": GOOD.encode() + b"\0",
    "latin": "# \u00e9\n".encode("latin-1") + GOOD.encode(),
    "empty": b"",
    "large": b"#" * 1_000_001,
    "good": GOOD.encode(),
}
READ = ("bom", "crlf", "cr", "form_feed", "good")
REFUSED = {
    "utf_16": "binary or UTF-16 text; save it as UTF-8",
    "utf_16_le": "binary or UTF-16 text; save it as UTF-8",
    "nul": "binary or UTF-16 text; save it as UTF-8",
    "latin": "not UTF-8 text; save it as UTF-8",
    "large": "more than 1,000,000 bytes; give a file with one function",
    "folder": "Is a directory; give the path of a text file",
    "loop": "Too many levels of symbolic links; give the path of a text file",
    "nowhere": "No such file or directory; give the path of a text file",
    "zero": "more than 1,000,000 bytes; give a file with one function",
}


@pytest.fixture
def files(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    order = (*REFUSED, "empty", *READ)
    return {str(tmp_path / name): name for name in order}


@pytest.mark.parametrize("command", [["read"], ["try", "--gate-only"]], ids=" ".join)
def test_each_file_has_its_verdict_in_the_order_given(command, files, capsys):
    assert main([*command, "--json", *files]) == 2
    rows = {row["file"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert list(rows) == list(files)
    reasons = {name: rows[path]["reason"] for path, name in files.items()}
    assert {name: reasons[name] for name in READ} == dict.fromkeys(READ, "")
    assert {name: reasons[name] for name in REFUSED} == {
        name: f"file: {reason}" for name, reason in REFUSED.items()
    }
    assert "activation" in reasons["empty"]


def test_a_mark_and_the_ends_of_lines_are_no_part_of_a_reply(files, capsys):
    main(["read", "--json", *(path for path, name in files.items() if name in READ)])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["source"].lstrip("\f") for row in rows} == {GOOD}


def test_a_name_of_a_file_does_nothing_to_the_terminal(tmp_path, capsys):
    name = "\x1b[2Jx\u202ey.py"
    (tmp_path / name).write_text(GOOD)
    assert main(["try", "--gate-only", str(tmp_path / name)]) == 0
    assert "/[U+001B][2Jx[U+202E]y.py: accepted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rank", "above", "told"),
    [
        (1, None, "would stand 1 among 4 known functions"),
        (4, "SiLU", "would stand 4 among 4 known functions, next above is SiLU"),
        (5, "ReLU", "would stand behind all 4 known functions, next above is ReLU"),
    ],
)
def test_a_place_is_among_the_known_functions_or_behind_them_all(
    rank, above, told, files, monkeypatch, capsys
):
    measured = Standing(
        accepted=True, status=Status.SCORED, coupling="pointwise", flops=3.0, fitness=0.1,
        low=0.0, high=0.2, rank=rank, among=4, next_above=above, within_guard=True,
    )  # fmt: skip
    monkeypatch.setattr(try_files, "measure", lambda *_, **__: [measured])
    (good,) = (path for path, name in files.items() if name == "good")
    assert main(["try", good]) == 0
    assert capsys.readouterr().out.endswith(f"(95% +0.000 to +0.200); {told}\n")


def test_two_files_of_one_name_are_refused_and_their_order_is_kept(tmp_path):
    paths = [tmp_path / one for one in ("b.py", "a.py", "more/a.py")]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {path}\n")
    named = own_candidates(paths[:2], key="transfer.files")
    assert [one.name for one in named] == ["b", "a"]
    with pytest.raises(MachineError) as refused:
        own_candidates(paths, key="transfer.files")
    assert str(refused.value) == (
        f"transfer.files: {paths[1]} and {paths[2]} would both be called 'a'; rename one"
    )
