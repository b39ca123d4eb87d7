"""Images and the lock file: they have what the project asks for, and exist in one version."""

import re
import tomllib
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from actmine.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8")
DEFINITION = (ROOT / "actmine.def").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/container.md").read_text(encoding="utf-8")
# From what tests/workflow/test_install.py builds the package and runs it.
NEEDED = {
    *("pyproject.toml", "setup.py", "README.md", "LICENSE"),
    *("Snakefile", "rules", "config", "profiles", "workflow_scripts"),
}


def canonical(name):
    """A package's name, however it is spelled."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(requirements):
    """Name: version of requirements with `==`, without the build."""
    found = (re.match(r"([\w.-]+)==([^\s;\\+]+)", one) for one in requirements)
    return {canonical(one[1]): one[2] for one in found if one}


@pytest.fixture(scope="module")
def steps():
    """The Dockerfile's instructions with their values."""
    text = (ROOT / "Dockerfile").read_bytes()
    parsed = DockerfileParser(fileobj=BytesIO(text)).structure
    return [(step["instruction"], step["value"]) for step in parsed]


def values(steps, instruction):
    return [value for name, value in steps if name == instruction]


def section(name):
    """The lines of a section of Apptainer's definition."""
    text = DEFINITION.partition(f"%{name}\n")[2].partition("\n%")[0]
    return [line.strip() for line in text.splitlines() if line.strip()]


def copied(steps):
    return {source for value in values(steps, "COPY") for source in value.split()[:-1]}


def test_the_lock_has_every_pin_of_the_project_and_a_hash_for_each():
    extras = PROJECT["optional-dependencies"]
    asked = pins(
        [*PROJECT["dependencies"], *(one for extra in extras.values() for one in extra)]
    )
    locked = pins(LOCK.splitlines())
    assert len(asked) > 30
    assert {name: locked.get(name) for name in asked} == asked
    entries = re.split(r"^(?=[a-zA-Z0-9])", LOCK, flags=re.M)[1:]
    assert len(entries) == len(locked)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_names_no_registry_and_no_place_on_a_machine():
    assert not re.search(r"://|^--|^ *#.*/", LOCK, re.M)
    assert "make lock" in LOCK


def test_the_lock_is_of_the_cpu_build_as_docker_and_apptainer_fetch_it(steps):
    assert re.search(r"^torch==[\d.]+\+cpu ", LOCK, re.M)
    (index,) = [value for value in values(steps, "ENV") if value.startswith("PIP_")]
    assert index in PAGE


def test_an_image_copies_what_the_package_is_built_from_and_all_of_it_exists(steps):
    assert copied(steps) >= {*NEEDED, "requirements-lock.txt"}
    assert all((ROOT / source).exists() for source in copied(steps))
    for value in values(steps, "COPY"):
        *sources, target = value.split()
        assert target == "./" or sources == [target]


def test_apptainer_does_what_docker_does(steps):
    (image,) = values(steps, "FROM")
    assert f"From: {image}\n" in DEFINITION
    files = dict(line.split() for line in section("files"))
    home = values(steps, "WORKDIR")[0]
    assert files == {source: f"{home}/{source}" for source in copied(steps)}
    assert [
        line for line in section("post") if "pip" in line and "=" not in line.split()[1]
    ] == (values(steps, "RUN"))
    assert section("post")[0] == f"cd {home}"
    assert section("environment") == [f"export {value}" for value in values(steps, "ENV")[1:]]


def test_an_image_has_the_python_of_the_project_and_starts_the_demo(steps):
    (image,) = values(steps, "FROM")
    assert image.startswith(f"python:{PROJECT['requires-python'].removeprefix('>=')}-")
    (entry,) = values(steps, "ENTRYPOINT")
    assert yaml.safe_load(entry) == list(PROJECT["scripts"])
    (command,) = values(steps, "CMD")
    assert yaml.safe_load(command) == ["demo"] and "demo" in COMMANDS
    assert section("runscript") == ['exec actmine "${@:-demo}"']


def test_the_page_builds_from_these_files_and_calls_commands_that_there_are():
    called = re.findall(
        r"^(?:docker|apptainer) run .*? actmine(?:\.sif)?(?: (\w+))?", PAGE, re.M
    )
    assert len(called) > 4 and {name for name in called if name} <= set(COMMANDS)
    assert "docker build --tag actmine ." in PAGE
    assert "apptainer build actmine.sif actmine.def" in PAGE
