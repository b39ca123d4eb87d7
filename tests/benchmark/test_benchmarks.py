"""Every benchmark still finds what it imports; one that others are compared by runs."""

import re
from pathlib import Path

import pytest

import warm_python
from checkouts import ROOT

BENCHMARKS = sorted(Path(__file__).parent.glob("bench_*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_says_what_it_does(path: Path) -> None:
    environ = {"PYTHONPATH": f"{path.parent}:{ROOT / 'workflow_scripts'}"}
    ended, said = warm_python.run(path.stem, ["--help"], folder=ROOT, environ=environ)
    assert ended == 0, said[-2000:]
    assert said.startswith("usage:")


@pytest.mark.slow
@pytest.mark.workflow
def test_peers_train_the_same_networks_and_are_compared() -> None:
    environ = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{Path(__file__).parent}:{ROOT / 'workflow_scripts'}",
    }
    asked = ["--preset", "smoke", "--generations", "1", "--candidates", "2", "--trained", "1"]
    ended, said = warm_python.run("bench_peer", asked, folder=ROOT, environ=environ)
    assert ended == 0, said[-2000:]
    assert (
        len(re.findall(r"^(?:this lab|a plain loop).+\d\.\d\d +\d+ +\d+\.\d$", said, re.M)) == 3
    )
    (differs,) = re.findall(r"fitness within (\S+) of ours", said)
    assert float(differs) < 1e-4
    assert "OpenEvolve is left out: pip install openevolve" in said


@pytest.mark.slow
def test_what_it_costs_to_examine_a_candidate_in_its_fit_is_told() -> None:
    environ = {"PYTHONPATH": f"{Path(__file__).parent}:{ROOT / 'workflow_scripts'}"}
    asked = ["--preset", "smoke", "--times", "1", "--functions", "relu", "fisg"]
    ended, said = warm_python.run("bench_watch", asked, folder=ROOT, environ=environ)
    assert ended == 0, said[-2000:]
    assert len(re.findall(r"of which 0\.\d*[1-9]\d* examine: 1\.\d+ times$", said, re.M)) == 2


@pytest.mark.slow
def test_a_card_is_compared_with_a_core_where_a_processor_stands_in_for_it() -> None:
    environ = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{Path(__file__).parent}:{ROOT / 'workflow_scripts'}",
    }
    asked = ["--stand-in", "--preset", "smoke", "--known", "2", "--times", "1", "2"]
    ended, said = warm_python.run(
        "bench_gpu", [*asked, "--functions", "2"], folder=ROOT, environ=environ
    )
    assert ended == 0, said[-2000:]
    assert re.search(r"orders +1\.0+$", said, re.M) and "have losses     yes" in said
    assert len(re.findall(r"^ +(?:8|16)( +\d+\.\d+){4}$", said, re.M)) == 2
    assert said.count("the next fit: scored") == 3 and "TRAINED" not in said


@pytest.mark.soak
def test_nested_blocks_of_tasks_are_compared_with_one_block() -> None:
    environ = {"PYTHONPATH": f"{Path(__file__).parent}:{ROOT / 'workflow_scripts'}"}
    asked = ["--seeds", "11", "12", "--budget", "7"]
    ended, said = warm_python.run("bench_blocks", asked, folder=ROOT, environ=environ)
    assert ended == 0, said[-2000:]
    trained = re.findall(r"^ +1[12] (?:one|nested) blocks? +(\d+) candidates", said, re.M)
    assert len(trained) == 4 and all(map(int, trained))
    one, nested = map(float, re.findall(r"standard error of the best elite (\S+);", said))
    assert nested < one
    assert re.search(r"^one block less nested blocks: [+-]0\.\d{3} \(95% ", said, re.M)
