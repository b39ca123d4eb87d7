import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow_scripts/actmine"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
PATHS = [text for text in QUOTED if re.fullmatch(r"[\w.]+(/[\w.]*)*", text) and "/" in text]
PATHS += [text for text in QUOTED if re.fullmatch(r"\w+\.(py|md|toml|yaml)", text)]
OF_RUN = [path for path in PATHS if path.startswith("RUN/")]
NAMES = [text for text in QUOTED if re.fullmatch(r"[a-z_]+(\.\w+)*\.\w+", text)]
NAMES = [name for name in NAMES if name not in PATHS]
TARGETS = [text.removeprefix("make ") for text in QUOTED if text.startswith("make ")]
WORKFLOW = "".join(path.read_text() for path in [*(ROOT / "rules").glob("*.smk")])


@pytest.mark.parametrize("path", sorted(set(PATHS) - set(OF_RUN)))
def test_every_path_exists(path):
    assert any((folder / path).exists() for folder in (ROOT, PACKAGE))


@pytest.mark.parametrize("path", OF_RUN)
def test_every_file_of_a_run_is_written_by_a_rule(path):
    file = Path(path)
    assert file.name in WORKFLOW or file.with_stem("{{suite}}").name in WORKFLOW


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_defined_where_it_is_said_to_be(name):
    *module, attribute = name.split(".")
    assert attribute in defined(PACKAGE.joinpath(*module).with_suffix(".py"))


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_made(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


def test_the_rooms_stand_in_the_order_of_their_contract():
    contract = re.search(
        r"^layers = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S
    )
    folders = [name for name in re.findall(r"\w+", contract[1]) if (PACKAGE / name).is_dir()]
    table = PAGE.partition("| room,")[2].partition("\n\n")[0]
    told = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)/`", row)]
    assert told == folders


@cache
def defined(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names.add(getattr(node, "name", ""))
        names.update(getattr(target, "id", "") for target in getattr(node, "targets", ()))
    return names
