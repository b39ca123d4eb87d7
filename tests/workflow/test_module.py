"""actmine as a module of another workflow, which stands in a folder of its own."""

import json
import re
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from checkouts import ROOT, copy_project

pytestmark = pytest.mark.workflow

OURS = repr(str(ROOT / "Snakefile"))
RUN = Path("results/inner")
SUITE = RUN / "suites/search.json"
POPULATION = RUN / "main/gen_0001/island_0/population.json"
SMALL = {
    "preset": "smoke",
    "run": "inner",
    "search": {"generations": 1, "candidates_per_island": 1},
}
OWN = f"""
onstart:
    actmine.onstart()


rule mine:
    input:
        "{POPULATION}",
    output:
        "mine.txt",
    shell:
        "env > {{output}}"
"""


class Around:
    """A workflow around actmine."""

    def __init__(self, folder, snakefile, *, use="*", own="", **options):
        given = {"snakefile": snakefile, **options}
        module = "\n".join(f"    {key}: {value}" for key, value in given.items())
        self.folder = folder
        (folder / "Snakefile").write_text(
            f"module actmine:\n{module}\n\n\nuse rule * from actmine as {use}\n{own}"
        )

    def __call__(self, *arguments, code=0, **environ):
        """What Snakemake says, started there as a user would."""
        ended = subprocess.run(
            [Path(sys.executable).with_name("snakemake"), "--cores", "2", *arguments],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", **environ},
            capture_output=True,
            text=True,
        )
        said = ended.stdout + ended.stderr
        assert ended.returncode == code, said[-4000:]
        return said


def planned(said):
    return dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_it_plans_what_the_workflow_itself_plans(checkout, tmp_path, snakefile):
    options = ("--dry-run", "--config", "preset=smoke")
    alone = planned(checkout.snakemake(*options, "--cores", "2"))
    assert alone["train"] == "7"
    around = planned(Around(tmp_path, repr(str(ROOT / snakefile)))(*options))
    around["all"] = around.pop("default", around.get("all"))
    assert around == alone


@pytest.mark.slow
def test_it_searches_beside_rules_that_it_leaves_alone(tmp_path):
    ours = repr(str(ROOT / "workflow/Snakefile"))
    around = Around(tmp_path, ours, config=SMALL, use="actmine_*", own=OWN)
    around("mine.txt")
    assert json.loads((tmp_path / POPULATION).read_text())["elites"]
    assert (tmp_path / RUN / "logs/plan.json").exists()
    environment = (tmp_path / "mine.txt").read_text()
    assert not re.search(r"^(SCRIPTS|PYTHONPATH)=", environment, re.M)
    assert "Nothing to be done" in around("mine.txt")


def test_under_other_names_models_are_not_asked_again_and_cheap_jobs_stay_here(tmp_path):
    """A changed prompt asks nothing anew, and only trainings are for a cluster."""
    show = """
for one in workflow.rules:
    print("told", one.name, "code" in one.params.keys(), one.name in workflow._localrules)
"""
    around = Around(tmp_path, OURS, config=SMALL, use="actmine_*", own=show)
    told = re.findall(r"^told (\w+) (\w+) (\w+)$", around("--list-rules"), re.M)
    guarded = {name for name, code, _ in told if code == "False"}
    away = {name for name, _, local in told if local == "False"}
    targets = {"actmine_all", "actmine_external", "actmine_search", "actmine_transfer"}
    assert guarded - targets == {"actmine_freeze_run", "actmine_propose"}
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    assert away - targets == {f"actmine_{name}" for name in profile["set-resources"]}


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """A folder in which of/actmine is a repository with one commit, the tag v1."""
    folder = tmp_path_factory.mktemp("repositories")
    project = copy_project(folder / "of/actmine").folder
    author = ("-c", "user.name=any", "-c", "user.email=any@one")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message", "all"),
        ("tag", "v1"),
    ):
        subprocess.run(["git", "-C", project, *command], check=True)
    return folder


def test_a_hosted_repository_is_unpacked_for_its_jobs(repositories, tmp_path):
    hosted = 'github("of/actmine", path="Snakefile", tag="v1")'
    Around(tmp_path, hosted, config=SMALL)(
        str(SUITE),
        HOME=str(tmp_path),  # Snakemake's cache of repositories
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0=f"url.{repositories}/.insteadOf",
        GIT_CONFIG_VALUE_0="https://github.com/",
    )
    assert len(json.loads((tmp_path / SUITE).read_text())["tasks"]) == 8
    (unpacked,) = tmp_path.glob(".snakemake/actmine/*")
    assert (unpacked / "workflow_scripts/draw_suite.py").exists()


@pytest.fixture
def page(checkout):
    """The address at which a server has a checkout's Snakefile."""
    handler = partial(SimpleHTTPRequestHandler, directory=checkout.folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/Snakefile"
        server.shutdown()


def test_files_that_are_on_no_disk_are_refused(page, tmp_path):
    said = Around(tmp_path, repr(page))("--dry-run", code=1, HOME=str(tmp_path))
    assert "the path of one in a clone, or github(...)" in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"prefix": '"inner"'}, "set `results` in its config instead"),
        ({"config": {"preset": "smok"}}, "preset: no 'smok' (did you mean smoke?)"),
        ({"config": {**SMALL, "sed": 1}}, "sed: no such key (did you mean seed?)"),
    ],
)
def test_what_a_module_cannot_do_is_one_clear_message(tmp_path, options, told):
    said = Around(tmp_path, OURS, **options)("--dry-run", code=1)
    assert told in said and "Traceback" not in said
