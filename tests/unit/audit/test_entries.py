"""An audit reads nothing of a folder that holds more than folders and plain files."""

import os
import socket

import pytest

from actmine.__main__ import main
from actmine.audit import entries, sums


def a_large_text(path):
    with path.with_suffix(".json").open("wb") as file:
        file.truncate(1 << 40)  # of holes alone


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))  # such a path must be short


ODD = {
    "a pipe": (os.mkfifo, "is a pipe"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "is a link"),
    "a link to an equal file": (lambda path: path.symlink_to("../plain.json"), "is a link"),
    "a link to a folder": (lambda path: path.symlink_to("../full"), "is a link"),
    "a link to nothing": (lambda path: path.symlink_to("gone"), "is a link"),
    "a link to itself": (lambda path: path.symlink_to(path), "is a link"),
    "a socket": (a_socket, "is a pipe, a socket"),
    "a file of a terabyte": (a_large_text, "has 1,099,511,627,776 bytes"),
}


@pytest.fixture
def run(tmp_path):
    """A folder with plain files; a run must not be there to find what is odd."""
    (tmp_path / "run/full").mkdir(parents=True)
    (tmp_path / "run/plain.json").write_text("{}")
    (tmp_path / "run/full/plain.json").write_text("{}")
    return tmp_path / "run"


def test_folders_and_plain_files_are_not_named(run):
    os.link(run / "plain.json", run / "same.json")
    assert list(entries.problems(run)) == []


@pytest.mark.parametrize("name", ["odd", ".odd", "odd.log"])
@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_file_is_named_and_nothing_is_read(run, capsys, kind, name):
    make, words = ODD[kind]
    make(run / "full" / name)
    assert main(["audit", str(run), "--retrain", "1"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith(f"full/{name.split('.log')[0]}")]
    assert words in said[0] and said[1:] == [
        "nothing was read: a run's folder holds folders and plain files alone"
    ]


def test_a_replay_reads_nothing_of_it_either(run, capsys):
    os.mkfifo(run / "run.yaml")
    assert main(["replay", str(run)]) == 1
    assert capsys.readouterr().out.startswith("run.yaml: is a pipe")


@pytest.mark.parametrize("kind", ["a pipe", "a link to a device", "a link to an equal file"])
def test_what_is_no_plain_file_is_not_sealed(run, kind):
    ODD[kind][0](run / "full/odd")
    sums.seal(run)
    assert list(sums.problems(run)) == []
    assert [problem.file for problem in entries.problems(run)] == ["full/odd"]


@pytest.mark.parametrize("count", ["-1", "1.5", "all", "²"])
def test_a_number_of_records_is_a_whole_number(run, capsys, count):
    with pytest.raises(SystemExit):
        main(["audit", str(run), f"--retrain={count}"])
    assert "is no number of records" in capsys.readouterr().err


def test_folders_without_end_are_named(run):
    (run / "/".join(["deep"] * 300)).mkdir(parents=True)
    (found,) = entries.problems(run)
    assert found.file.count("deep") == 33 and "more than 32 folders" in found.what


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("name", ["plain.json", "full"])
def test_what_cannot_be_read_is_named(run, name):
    (run / name).chmod(0)
    (found,) = entries.problems(run)
    (run / name).chmod(0o700)
    assert found.file == name and "cannot be" in found.what


def test_a_name_is_printed_without_what_a_terminal_would_obey(run, capsys):
    (run / "\x1b[31mred\udcff\u202e.json").symlink_to("plain.json")
    assert main(["audit", str(run)]) == 1
    assert capsys.readouterr().out.startswith("[U+001B][31mred[U+DCFF][U+202E].json: is a link")
