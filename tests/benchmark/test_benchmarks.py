"""Every benchmark still finds what it imports."""

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
