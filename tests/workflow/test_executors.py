"""The rules under other executors than the local one: as docs/cluster.md writes it."""

import re
import shlex
import shutil

import pytest
import yaml

from bits import differing, results
from checkouts import ROOT, copy_project

pytestmark = pytest.mark.workflow

RUN = "results/smoke"
SHARD = f"{RUN}/main/gen_0002/island_0/shard_0/evaluations.jsonl"
SUBMIT = """\
#!/bin/sh
setsid sh "$1" > /dev/null 2>&1 < /dev/null &
echo $!
"""


def documented(heading):
    """The options of Snakemake's command line under a heading of docs/cluster.md."""
    page = (ROOT / "docs/cluster.md").read_text()
    section = page[page.index(heading) :]
    block = re.search(r"^\.venv/bin/snakemake (.*?)^```", section, re.S | re.M)
    return shlex.split(block[1].replace("\\\n", " "))


@pytest.mark.parametrize("heading", ["## 2. Look before", "## Other schedulers"])
def test_the_documented_dry_run_plans_the_whole_run(checkout, heading):
    options = documented(heading)
    assert "--dry-run" in options
    said = checkout.snakemake(*options, "--config", "preset=smoke")
    assert re.search(r"^train +7$", said, re.M)


def test_an_executor_that_knows_no_slurm_gives_the_same_bytes(finished, tmp_path):
    """One training job, handed to a command that starts scripts in the background."""
    checkout = copy_project(tmp_path / "generic")
    shutil.copytree(
        finished.folder / "results", checkout.folder / "results", copy_function=shutil.copy2
    )
    (checkout.folder / SHARD).unlink()
    submit = tmp_path / "submit"
    submit.write_text(SUBMIT)
    submit.chmod(0o755)
    options = documented("## Other schedulers")
    options.remove("--dry-run")
    options[options.index("--cluster-generic-submit-cmd") + 1] = str(submit)
    options += ["--latency-wait", "5", "--seconds-between-status-checks", "1"]
    options.append("--logger-actmine-snakemake")  # job by job, as Snakemake tells it
    said = checkout.snakemake(*options, "--config", "preset=smoke", "--", SHARD)
    assert "external jobid" in said
    assert differing(results(finished.folder / RUN), results(checkout.folder / RUN)) == []


def test_the_slurm_profile_gives_resources_to_every_training_and_submits_nothing_else():
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    code = "\n".join(
        path.read_text() for path in [ROOT / "Snakefile", *ROOT.glob("rules/*.smk")]
    )
    parts = re.split(r"^(?=rule |use rule )", code, flags=re.M)[1:]
    named = {re.match(r"(?:rule|use rule \w+ as) (\w+)", part)[1]: part for part in parts}
    local = {name for name, part in named.items() if "localrule: True" in part}
    targets = {name for name, part in named.items() if part.startswith("rule ")}
    targets = {name for name in targets if "shell:" not in named[name]}
    assert "propose" in local and targets == {"all", "external", "search", "transfer"}
    submitted = set(named) - local - targets
    assert set(profile["set-resources"]) == submitted
    # Of `use rule`, what it does not name anew is the other's.
    alike = re.findall(r"^use rule (\w+) as (\w+)", code, flags=re.M)
    on_cards = {name for name, part in named.items() if re.search(r"^        gpu=", part, re.M)}
    for _ in alike:
        on_cards |= {new for old, new in alike if old in on_cards}
    assert on_cards == submitted
