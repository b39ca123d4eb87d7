import pytest

from actmine.settings.configuration import FOLDER, ConfigError, load, read_yaml, resolve
from actmine.settings.embedding import layered

COPY = read_yaml(FOLDER / "config.yaml")


def test_what_is_given_lies_over_the_default():
    settings = resolve(layered({"run": "mine", "search": {"generations": 3}}))
    assert (settings.run, settings.search.generations) == ("mine", 3)
    assert settings.tasks == load().tasks and layered({}) == COPY


def test_what_is_given_lies_over_a_preset():
    settings = resolve(layered({"preset": "smoke", "seed": 1, "lab": {"width": 8}}))
    smoke = load("smoke")
    assert settings.tasks == smoke.tasks and settings.search == smoke.search
    assert (settings.lab.width, settings.lab.steps) == (8, smoke.lab.steps)


def test_what_a_copy_of_the_default_left_as_it_was_gives_way_to_a_preset():
    copied = {**COPY, "preset": "confirmation", "search": {**COPY["search"], "islands": 3}}
    settings = resolve(layered(copied))
    assert (settings.seed, settings.search.islands) == (load("confirmation").seed, 3)
    assert list(settings.arms) == list(load("confirmation").arms)
    assert resolve(layered({**copied, "preset": None})).seed == COPY["seed"]


def test_a_family_that_a_copy_leaves_out_stays_out():
    search = {**COPY["tasks"]["search"], "polynomial": None}
    copied = {**COPY, "preset": "smoke", "tasks": {**COPY["tasks"], "search": search}}
    assert resolve(layered(copied)).tasks.search.polynomial is None


def test_an_unknown_preset_is_refused():
    with pytest.raises(ConfigError, match=r"preset: no 'smok' \(did you mean smoke\?\); there"):
        layered({"preset": "smok"})
