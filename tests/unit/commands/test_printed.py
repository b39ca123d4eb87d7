"""Every command that a page, a message or a file of a run prints can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest

from actmine.__main__ import COMMANDS, main, parser_for

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
TABLE = ROOT / "docs/commands.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(ROOT / name for name in ("results/README.md", "config/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
TEXTS = [
    *sorted((ROOT / "config").rglob("*.yaml")),
    *sorted((ROOT / "profiles").rglob("*.yaml")),
    *sorted((ROOT / "rules").glob("*.smk")),
    *sorted(
        path for path in (ROOT / "workflow_scripts").rglob("*") if path.suffix in (".py", ".j2")
    ),
]
CALLED = r"(?:\.venv/bin/)?(?:python -m actmine|actmine|\{program\(\)\})"
QUOTED = re.compile(rf"`{CALLED}\s([^`]+)`")
IN_BLOCK = re.compile(rf"^(?:    |\$ )?{CALLED} (.*?)(?:  +#.*|  .*)?$", re.M)
IN_STRING = re.compile(rf'"(?:python -m )?actmine ((?:{"|".join(COMMANDS)})\b[^"]+)"')
# The table of commands: its head has the program, each row's first cell the rest.
IN_TABLE = re.compile(r"^\| (`(?:" + "|".join(COMMANDS) + r")\b.*?) \|", re.M)


def typed(text):
    """The words of a command, with something in place of what stands for something."""
    text = re.sub(r"\{\{.*?\}\}|\{[^}]*\}", "it", " ".join(text.split()))
    words = shlex.split(text.replace("[", "").replace("]", ""), comments=True)
    return ["1" if word == "N" else word for word in words]


def commands_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":  # a comment's lines belong together
        text = re.sub(r"\n *# ", " ", text)
    found = [match[1] for match in QUOTED.finditer(text)]
    if path.suffix == ".md":
        whole = re.sub(r" *\\\n *", " ", text)  # a line that is continued on the next
        blocks = re.findall(r"^```\w*\n(.*?)^```", whole, re.M | re.S)
        found += [match[1] for block in blocks for match in IN_BLOCK.finditer(block)]
        for row in IN_TABLE.findall(text) if path == TABLE else ():
            found += re.findall(r"`((?:" + "|".join(COMMANDS) + r")\b[^`]*)`", row)
    else:
        found += IN_STRING.findall(text)
    return [words for words in map(typed, found) if words[0] not in ("…", "--help")]


PRINTED = {
    f"{path.relative_to(ROOT)}: {' '.join(words)}": words
    for path in (*PAGES, *TEXTS)
    for words in commands_of(path)
}


def read(words):
    """What the command's own parser makes of the words; it exits where it refuses them."""
    args, more = parser_for(words).parse_known_args(words)
    return more if not hasattr(args, "given") else []


@pytest.mark.parametrize("printed", PRINTED)
def test_a_printed_command_is_one(printed):
    assert PRINTED[printed][0] in COMMANDS
    assert read(PRINTED[printed]) == []


def test_commands_are_found_wherever_they_are_printed():
    found = {printed.partition(": ")[0] for printed in PRINTED}
    for name in (
        *("README.md", "CONTRIBUTING.md", "results/README.md", "docs/audit.md"),
        *("config/config.yaml", "profiles/slurm/config.yaml"),
        *("workflow_scripts/actmine/champion/card.md.j2", "workflow_scripts/actmine/api.py"),
        *(
            "workflow_scripts/actmine/report/collect.py",
            "workflow_scripts/actmine/commands/demo.py",
        ),
    ):
        assert name in found
    assert {words[0] for words in PRINTED.values()} >= COMMANDS.keys() - {"diff", "read"}


def test_what_is_wrong_in_a_command_is_noticed():
    for words in (["show"], ["audit", "demo", "--again"], ["functions", "--all"]):
        try:
            assert read(words) != []
        except SystemExit as refused:
            assert refused.code == 2


def test_the_tables_of_commands_name_them_all():
    rows = IN_TABLE.findall(TABLE.read_text(encoding="utf-8"))
    named = re.findall(r"`(\w+)[^`]*`", " ".join(rows))
    assert sorted(named) == sorted(COMMANDS)


def test_who_asks_for_nothing_is_shown_commands_that_are(capsys, monkeypatch):
    monkeypatch.setattr("actmine.__main__.program", lambda: "actmine")
    assert main([]) == 0
    said = capsys.readouterr().out
    told = re.findall(r"^  actmine (.*?)  ", said, re.M)
    assert len(told) == 5
    for line in told:
        assert read(line.split()) == []
    assert "`actmine --help`" in said
