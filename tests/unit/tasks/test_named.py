"""Tasks of one's own that cannot be drawn are refused before anything runs, all at once."""

from dataclasses import replace

import numpy as np
import pytest

from actmine.settings.configuration import ConfigError, families_of, load
from actmine.settings.suites import Families
from actmine.tasks.named import require_drawable, require_named
from actmine.tasks.suite import draw_suite
from configured import changed

SEED = 21  # with which one copy of the narrow task can be drawn, and others cannot
NO_OTHERS = {"polynomial": None, "harmonic": None, "spherical": None, "feynman": None}


def task(name, formula="sin(x)", **more):
    return {
        "name": name,
        "formula": formula,
        "train": {"x": [0, 4]},
        "ood": {"x": [4, 8]},
        **more,
    }


def configured(search, held_out=(), **more):
    fine = [task("a"), task("b", "cos(x)")]
    tasks = {
        "search": {**NO_OTHERS, "custom": search},
        "held_out": {**NO_OTHERS, "custom": held_out or fine},
    }
    return changed(load(), tasks=tasks, **more)


def refused(*tasks, **more):
    with pytest.raises(ConfigError) as error:
        require_drawable(configured(*tasks, **more))
    return str(error.value).splitlines()


def test_each_task_that_is_nowhere_finite_or_varying_is_named_once():
    bad = [task("fine"), task("flat", "0*x + 1"), task("logarithm", "log(x - 2)", boxes=5)]
    flat, logarithm, held_out = refused(bad, [task("a"), task("b", "Max(x, 5)")])
    assert flat.startswith("tasks.search: task custom_flat: 0*x + 1 has standard deviation 0")
    assert logarithm.startswith("tasks.search: task custom_logarithm: log(x - 2) is not finite")
    assert held_out.startswith("tasks.held_out: task custom_b: Max(x,")


def test_what_fails_on_fresh_or_later_tasks_alone_is_refused_too():
    narrow = [
        task("fine"),
        task("narrow", "log(x - 0.003)"),
    ]  # finite where no input is drawn below 0.003
    few = configured(narrow, seed=SEED, validation={"fresh": 1})
    require_drawable(few)
    later = changed(few, arms={"a": {"search": {"rotate_every": 2}}})
    for more in (changed(few, validation={"fresh": 3}), later):
        with pytest.raises(ConfigError, match=r"^tasks.search: task custom_narrow\S*: log.x"):
            require_drawable(more)


def test_copies_of_a_task_are_called_like_no_other():
    pair = [task("wave"), task("wave_2", "cos(x)")]
    require_drawable(configured(pair))
    (line,) = refused([task("wave"), task("wave", "cos(x)")])
    assert line == "tasks.search: two tasks are called custom_wave; rename one"
    (line,) = refused([task("wave", boxes=2), task("wave.1", "cos(x)")])  # a further box
    assert line == "tasks.search: two tasks are called custom_wave.1; rename one"


def test_copies_are_drawn_as_when_they_counted_behind_an_underscore():
    """Figures of runs that were made then can be made again."""
    settings = configured([task("wave", boxes=2)], validation={"fresh": 2})
    copies = families_of(settings, "remeasured").custom
    before = Families(custom=tuple(replace(c, name=c.name.replace("~", "_")) for c in copies))
    suites = [
        draw_suite("remeasured", families, samples=settings.tasks.samples, seed=1)
        for families in (Families(custom=copies), before)
    ]
    assert [one.name for one in suites[0].tasks][-1] == "custom_wave~1.1"
    for new, old in zip(*(suite.tasks for suite in suites), strict=True):
        assert np.array_equal(new.x_train, old.x_train) and np.array_equal(new.y_ood, old.y_ood)


@pytest.mark.parametrize("part", ["transfer", "external"])
def test_a_file_that_is_not_there_is_named_with_its_key(part, tmp_path):
    (tmp_path / "mine.py").touch()
    require_named(changed(load(), **{part: {"files": [str(tmp_path / "mine.py")]}}))
    with pytest.raises(ConfigError) as error:
        require_named(changed(load(), **{part: {"files": ["nothere.py"]}}))
    told = "nothere.py is not there; give its path from the folder in which you start"
    assert str(error.value) == f"{part}.files: {told}"
