"""The example notebook runs on a real run, as it stands, and is stored without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from actmine.files import read_json
from actmine.validation.leaderboard import read_leaderboard

NOTEBOOK = Path(__file__).parents[2] / "examples/explore.ipynb"
OF_THE_SMOKE_RUN = 'RUN = "smoke"\nKNOWN = "GELU"'  # SiLU is none of its known functions
QUESTIONS = (
    "Who leads, and by how much?",
    "Which tasks does a known function lose?",
    "What did the search try, and what became of it?",
    "What distinguishes the families of tasks?",
    "How did the fitness grow?",
)
LINES = 5  # a question may take


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def below(notebook, heading):
    """The cells of a section."""
    starts = [
        place
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and "## " in cell.source
    ]
    (start,) = (place for place in starts if f"## {heading}" in notebook.cells[place].source)
    after = [place for place in starts if place > start]
    return notebook.cells[start : after[0] if after else None]


def told(cell):
    """What a cell printed or showed, as text."""
    texts = [
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    ]
    return "\n".join(texts)


def test_it_is_stored_without_outputs(notebook):
    nbformat.validate(notebook)
    for cell in code(notebook.cells):
        assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_takes_a_few_lines(notebook, question):
    cells = code(below(notebook, question))
    assert cells and all(len(cell.source.splitlines()) <= LINES for cell in cells)


@pytest.mark.workflow
def test_it_runs_from_top_to_bottom_and_tells_what_the_run_found(
    notebook, finished, monkeypatch
):
    (chosen,) = (c for c in notebook.cells if "parameters" in c.metadata.get("tags", ()))
    chosen.source = OF_THE_SMOKE_RUN
    monkeypatch.setenv("PYTHONPATH", str(finished.folder / "workflow_scripts"))
    monkeypatch.setenv("IPYTHONDIR", str(finished.folder / ".ipython"))
    place = {"metadata": {"path": str(finished.folder)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=place).execute()

    run = finished.folder / "results/smoke"
    board = read_leaderboard(run / "validation/leaderboard.csv")
    leaders, verdicts, figure = code(below(notebook, QUESTIONS[0]))
    assert all(name in told(leaders) for name in board["name"])
    assert "times its out-of-distribution loss" in told(verdicts)
    assert "image/png" in figure.outputs[-1]["data"]
    lost, duel = code(below(notebook, QUESTIONS[1]))
    gelu = board[board["name"] == "GELU"].iloc[0]
    count = round((1 - gelu["won_relu"]) * 8)  # none of the smoke run's 8 tasks is a tie
    assert f"GELU loses {count} of 8 tasks to ReLU" in told(lost)
    assert all(family in told(duel) for family in ("harmonic", "feynman"))
    tried, _ = code(below(notebook, QUESTIONS[2]))
    assert "scored" in told(tried)
    grown, line = code(below(notebook, QUESTIONS[4]))
    assert "image/png" in grown.outputs[-1]["data"] and "seed" in told(line)
    _, versus = code(below(notebook, "A function of your own against it"))
    champion = read_json(run / "validation/champion.json")["name"]
    assert all(name in told(versus) for name in (champion, "GELU", "ReLU", "outcome"))
    (published,) = code(below(notebook, "Functions that come with the package"))
    assert "leaky_softplus: softplus(" in told(published)
