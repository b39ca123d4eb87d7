"""A list of sums that says more than one thing, or nothing, of a file is damaged."""

import hashlib

import pytest

from actmine.audit import sums


@pytest.fixture
def sealed(tmp_path):
    for name in ("plain.txt", "grüße.txt"):
        (tmp_path / name).write_text(name)
    sums.seal(tmp_path)
    return tmp_path


def rewritten(folder, change):
    """Changes the lines of the list, and gives it the root digest of those."""
    path = folder / sums.FILE
    body = change(path.read_bytes().partition(b"\n")[2])
    path.write_bytes(f"# root {hashlib.sha256(body).hexdigest()}\n".encode() + body)
    return {problem.file for problem in sums.problems(folder)}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + b"a line of nothing\n",
        lambda body: body + body.partition(b"\n")[0] + b"\n",
        lambda body: body.replace(b"plain.txt", b"plain\\.txt"),
        lambda body: body + b"\xff\xfe\n",
        lambda body: body.upper(),
    ],
    ids=["no sum", "a file twice", "a backslash", "no text", "capitals"],
)
def test_a_list_with_a_line_that_is_no_sum_of_another_file_is_damaged(sealed, change):
    assert not list(sums.problems(sealed))
    assert rewritten(sealed, change) == {sums.FILE}


def test_a_list_without_a_file_is_not_damaged_but_names_it(sealed):
    assert rewritten(sealed, lambda body: b"") == {"plain.txt", "grüße.txt"}


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\x1b[31mb", "a\u2028b", "a\udcffb"])
def test_a_name_that_cannot_stand_in_the_list_is_not_sealed(tmp_path, name):
    (tmp_path / name).write_text("")
    with pytest.raises(ValueError, match="cannot be sealed; rename the file"):
        sums.seal(tmp_path)


def test_the_root_digest_of_a_list_that_is_no_text_is_none(sealed):
    (sealed / sums.FILE).write_bytes(b"\xff\xfe")
    assert sums.root_digest(sealed) == ""
