"""The configurations of docs/tutorial.md are ones, and their tasks what the page says."""

import re
from pathlib import Path

import pytest
import yaml

from actmine.settings.configuration import families_of, load, merge
from actmine.tasks.suite import draw_suite
from configured import changed

PAGE = (Path(__file__).parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
FILES = {
    name: yaml.safe_load(text)
    for name, text in re.findall(r'^```yaml title="(.*?)"\n(.*?)^```$', PAGE, re.M | re.S)
}


@pytest.fixture(scope="module")
def mine():
    return changed(load(), **FILES["mine.yaml"])


@pytest.mark.parametrize("suite", ["search", "remeasured", "held_out"])
def test_every_task_of_the_tutorial_can_be_drawn_and_lies_outside_its_training(mine, suite):
    drawn = draw_suite(
        suite, families_of(mine, suite), samples=mine.tasks.samples, seed=mine.seed
    )
    assert set(drawn.families) == {"custom"}
    formulas = [{task.formula for task in mine.tasks.search.custom}]
    formulas.append({task.formula for task in mine.tasks.held_out.custom})
    assert not formulas[0] & formulas[1]
    if suite == "search":
        assert len(drawn.tasks) == 24 and "in the demo's lab 24 tasks ranked" in PAGE


def test_a_later_file_of_the_tutorial_is_laid_over_the_first():
    both = changed(load(), **merge(FILES["mine.yaml"], FILES["with_model.yaml"]))
    kinds = {mutator.kind: mutator.weight for mutator in both.mutation.mutators}
    assert kinds == {"llm": 2, "embedded": 1} and "A third of the slots" in PAGE
    assert both.run == "mine_model" and both.budget.usd == 2
    assert both.tasks == changed(load(), **FILES["mine.yaml"]).tasks
