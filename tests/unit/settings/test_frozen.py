"""An existing run is continued under its own identity, and never as a shorter one."""

import pytest

from actmine import layout
from actmine.settings.configuration import ConfigError, load
from actmine.settings.frozen import description, read_settings, require_same, write
from configured import changed


def test_fewer_generations_than_the_run_has_are_refused(tmp_path):
    settings = changed(load(), search={"generations": 10}, arms={"a": {}, "b": {}})
    write(tmp_path / layout.RUN_FILE, description(settings))
    for arm, generation in (("a", 9), ("a", 10), ("b", 2)):
        folder = layout.island(tmp_path, arm, generation, 0)
        folder.mkdir(parents=True)
        if (arm, generation) != ("a", 10):  # which was interrupted
            (folder / "population.json").touch()
    for enough in (9, 10, 12):
        require_same(
            tmp_path / layout.RUN_FILE, changed(settings, search={"generations": enough})
        )
    with pytest.raises(ConfigError, match=r"^search.generations: is 8, and the run has 9; set"):
        require_same(tmp_path / layout.RUN_FILE, changed(settings, search={"generations": 8}))


def test_a_configuration_that_is_none_is_named_with_its_file(tmp_path):
    path = tmp_path / layout.RUN_FILE
    text = "schema_version: 1\nconfiguration: {search: 5}\nversions: {}\ncode: {}\n"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"^.*run\.yaml: Settings: .*search: 5 is no object"):
        read_settings(path)
