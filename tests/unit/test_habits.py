"""Files that other programs read: each says what pyproject.toml and the workflow say."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def parsed(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_environment_of_jobs_has_the_pins_of_the_project():
    extras = PROJECT["optional-dependencies"]
    *_, of_pip = parsed("rules/envs/jobs.yaml")["dependencies"]
    assert of_pip["pip"] == [*PROJECT["dependencies"], *extras["llm"], *extras["transfer"]]


def test_the_catalog_of_workflows_finds_what_it_asks_for():
    usage = parsed(".snakemake-workflow-catalog.yml")["usage"]
    assert usage["software-stack-deployment"] == {"conda": True} and usage["report"] is True
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (ROOT / "workflow/Snakefile").exists() and (ROOT / "config/README.md").exists()
