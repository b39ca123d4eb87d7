import json
import subprocess
import sys

import pytest

from actmine.__main__ import main

GOOD = "Here it is:\n\n```python\ndef wave(x):\n    return x + torch.sin(x)\n```\n"
SOURCE = "def activation(x):\n    return x + torch.sin(x)\n"


@pytest.fixture
def replies(tmp_path):
    """Five files: a good reply, a class, a source for the gate, no file, no text."""
    texts = {
        "good.txt": GOOD.encode(),
        "class.txt": b"```python\nclass Wave(nn.Module):\n    pass\n```",
        "gate.txt": b"def activation(x):\n    return torch.rand_like(x)\n",
        "latin.txt": "sch\u00f6n".encode("latin-1"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    return [str(tmp_path / name) for name in (*texts, "missing.txt")]


def test_each_file_is_one_object(replies, capsys):
    assert main(["read", *replies, "--json"]) == 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(row) for row in rows] == [["file", "accepted", "source", "reason"]] * 5
    assert [row["file"] for row in rows] == replies
    good, of_class, of_gate, latin, missing = rows
    assert good == {"file": replies[0], "accepted": True, "source": SOURCE, "reason": ""}
    assert not any(row["accepted"] for row in rows[1:])
    assert of_class["reason"].startswith("reply: Wave is a class; write one plain function")
    assert of_gate["source"] and of_gate["reason"].startswith(
        "static: line 2: `torch.rand_like`"
    )
    assert latin["reason"] == "file: not UTF-8 text; save it as UTF-8"
    assert missing["reason"].startswith("file: No such file")


def test_a_person_sees_the_source_or_one_line(replies, capsys):
    assert main(["read", replies[0]]) == 0
    assert capsys.readouterr().out == f"{replies[0]}: accepted\n\n{SOURCE}\n"
    assert main(["read", *replies[1:]]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": refused: ")[0] for line in lines] == replies[1:]


def test_reading_leaves_torch_unloaded(replies):
    code = (
        "import sys; from actmine.__main__ import main; main(['read', sys.argv[1]]); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, replies[0]], check=True, capture_output=True)
