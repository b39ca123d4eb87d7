"""Rules of the figure of a suite's tasks."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from actmine.report.task_figures import draw_tasks, drawable
from configured import drawn

SETTINGS: dict[str, Any] = {
    "samples": {"train": 32, "id_test": 16, "ood_test": 16},
    "polynomial": {"count": 3, "degrees": [5, 5], "inputs": [1, 3]},
    "harmonic": {"count": 1},
    "spherical": {"count": 1},
    "custom": [
        {"name": "pole", "formula": "1/(2 - t)", "train": {"t": [0, 1]}, "ood": {"t": [1, 2]}},
        {
            "name": "apart",
            "formula": "a*b",
            "train": {"a": [0, 1], "b": [0, 1]},
            "ood": {"a": [2, 3], "b": [2, 3]},
        },
    ],
}


@pytest.fixture(scope="module")
def suite():
    return drawn("search", seed=1, **SETTINGS)


@pytest.fixture(scope="module")
def svg(suite):
    return draw_tasks(suite)


def test_tasks_of_one_and_two_inputs_are_drawn(suite):
    assert [task.name for task in drawable(suite)] == [
        "polynomial_00", "harmonic_00", "custom_pole", "polynomial_01", "custom_apart",
    ]  # fmt: skip


def test_the_figure_is_a_well_formed_svg_without_a_date(svg):
    assert ET.fromstring(svg).tag.endswith("svg")
    assert b"<dc:date>" not in svg


def test_every_drawable_task_has_a_titled_panel(suite, svg):
    for task in drawable(suite):
        assert f"<!-- {task.name} -->".encode() in svg
    assert b"<!-- spherical_00 -->" not in svg


def test_the_same_suite_gives_the_same_bytes(suite, svg):
    assert draw_tasks(suite) == svg


def test_of_a_suite_without_drawable_tasks_the_figure_says_so():
    only = {"samples": SETTINGS["samples"], "spherical": {"count": 1}}
    svg = draw_tasks(drawn("sphere", seed=1, **only))
    assert b"suite sphere: no task has one or two inputs" in svg
