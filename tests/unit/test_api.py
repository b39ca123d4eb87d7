"""What `import actmine` offers, but for what needs a run: tests/workflow/test_commands.py."""

import math
import subprocess
import sys

import pytest

import actmine
from actmine.commands.own_files import FileError
from actmine.settings.configuration import ConfigError

WIDTH = 3.0


def by_any_name(x):
    """A function as people write it."""
    return x * math.pi


def of_elsewhere(x):
    return x * WIDTH


def test_the_package_lists_what_it_offers():
    assert {"load", "score", "Run", "activations"} <= set(dir(actmine))
    with pytest.raises(AttributeError, match=r"module 'actmine' has no attribute 'train'"):
        _ = actmine.train


def test_published_functions_need_no_import_of_their_own():
    asked = "import actmine; print(*actmine.activations.names())"
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert "rippled_softplus" in said.stdout.split()


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(
        FileError, match=r"nowhere\.py: No such file or directory; give the path"
    ):
        actmine.score(tmp_path / "nowhere.py")


def test_a_function_of_any_name_is_judged_by_its_source(tmp_path):
    standing = actmine.score(by_any_name, train=False)
    assert standing.accepted and standing.coupling == "pointwise" and standing.fitness is None
    file = tmp_path / "mine.py"
    file.write_text(standing.source)
    for form in (file, standing.source):
        assert actmine.score(form, train=False).flops == standing.flops


def test_what_a_function_takes_from_elsewhere_is_refused_with_the_reason():
    standing = actmine.score(of_elsewhere, train=False)
    assert not standing.accepted and "`WIDTH`" in standing.reason


@pytest.mark.parametrize("function", [lambda x: x, math.sin], ids=["lambda", "built in"])
def test_a_function_without_a_text_is_told_so(function):
    with pytest.raises(ConfigError, match="no `def` of it can be read; give its source"):
        actmine.score(function, train=False)


def test_the_name_of_a_file_is_no_source():
    with pytest.raises(ConfigError, match=r"is no source; for a file give Path\("):
        actmine.score("mine.py", train=False)


def test_a_run_that_is_not_there_is_told_with_those_that_are(tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "run.yaml").touch()
    with pytest.raises(
        ConfigError, match=r"firts: .* \(did you mean first\?\): there is first"
    ):
        actmine.load("firts", results=tmp_path)
    with pytest.raises(ConfigError, match=r"leaderboard.csv: not written yet"):
        _ = actmine.load("first", results=tmp_path).leaderboard
