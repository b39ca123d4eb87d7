"""Files that other programs read: each says what pyproject.toml and the Makefile say."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BIN = ".venv/bin"


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


def test_the_citation_is_of_this_version_and_names_the_paper():
    citation = parsed("CITATION.cff")
    for key in ("version", "license"):
        assert citation[key] == PROJECT[key]
    assert citation["title"] == PROJECT["name"] and citation["keywords"] == PROJECT["keywords"]
    (paper,) = citation["references"]
    assert paper["url"] == PROJECT["urls"]["Paper"] and len(paper["authors"]) == 6


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.*?)\]", text, re.M)[0] == PROJECT["version"]


def test_a_commit_is_checked_by_the_tools_of_the_linter():
    lint = re.search(r"^lint: env\n((?:\t.*\n)+)", MAKEFILE, re.M)[1].replace("$(BIN)", BIN)
    (repository,) = parsed(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local" and len(repository["hooks"]) == 4
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].removesuffix(" --force-exclude") in lint


def test_the_checks_of_a_pull_request_are_those_of_the_makefile():
    steps = parsed(".github/workflows/ci.yml")["jobs"]["check"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["make test", "make lint"]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", s["uses"]) for s in steps if "uses" in s)
    (python,) = [step["with"]["python-version"] for step in steps if "with" in step]
    assert PROJECT["requires-python"] == f">={python}"


def test_the_documentation_is_published_as_the_makefile_builds_it():
    jobs = parsed(".github/workflows/docs.yml")["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", s["uses"]) for s in steps if "uses" in s)
    assert [step["run"] for step in steps if "run" in step] == ["make docs"]
    (folder,) = [s["with"]["path"] for s in steps if "path" in s.get("with", {})]
    assert f"\nsite_dir: {folder}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert re.search(r"^MKDOCS := .*mkdocs build --strict", MAKEFILE, re.M)
    for target in ("docs", "lint"):
        assert re.search(rf"^{target}: env\n(?:\t.*\n)*\t\$\(MKDOCS\)$", MAKEFILE, re.M)
