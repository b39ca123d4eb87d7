"""The comparison of README.md says what docs/comparison.md says, and that names its sources."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/comparison.md").read_text(encoding="utf-8")
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("## How it compares")[1]
SECTION = SECTION.split("\n## ")[0]


def rows(text):
    """The cells of a table's rows, the heading first."""
    lines = [line.strip("|") for line in text.splitlines() if re.match(r"\|(?!-)", line)]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


(_, *VERSIONS), *QUESTIONS = [rows(part) for part in PAGE.split("\n## ")]
TITLES = re.findall(r"^## (.*)$", PAGE, re.M)
(_, *PROJECTS), *SHORT = rows(SECTION)


@pytest.mark.parametrize("row", SHORT, ids=lambda row: row[0])
def test_a_row_of_the_readme_is_a_question_of_the_page(row):
    question, *answers = row
    title = question[0].upper() + question[1:]
    _, *told = QUESTIONS[TITLES.index(title)]
    assert {name: answer for name, answer, _ in told} == dict(
        zip(PROJECTS, answers, strict=True)
    )


def test_the_readme_is_short_and_has_the_pages_date():
    assert 4 <= len(SHORT) <= 8
    assert {date for _, _, date, _ in VERSIONS} == set(re.findall(r"\d{4}-\d\d-\d\d", SECTION))


@pytest.mark.parametrize(("title", "table"), [*zip(TITLES, QUESTIONS, strict=True)])
def test_every_project_answers_every_question_with_a_source(title, table):
    _, *told = table
    released = [name for name, *_ in VERSIONS if name != "AlphaEvolve"]
    assert [name for name, *_ in told] == ["actmine", *released]
    for name, answer, source in told:
        assert answer and re.search(r"`[^`]+`|\w+\.md|METADATA", source), (title, name)


def test_every_version_has_an_address():
    for name, version, _, place in VERSIONS:
        assert version and "https://github.com/" in place, name


def test_our_own_sources_exist():
    ours = [source for table in QUESTIONS for name, _, source in table if name == "actmine"]
    paths = [path for source in ours for path in re.findall(r"[\w./]+\.(?:md|yaml|py)", source)]
    assert len(paths) >= len(QUESTIONS)
    assert [path for path in paths if not (ROOT / path).exists()] == []
