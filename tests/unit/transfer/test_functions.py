"""Which functions go to the benchmarks, and the settings that are kept with the figures."""

import subprocess
import sys

import pytest

from actmine.functions.catalog import by_name
from actmine.gate.examine import Examination
from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Listed
from actmine.records.rows import read_record, write_record
from actmine.records.status import Status
from actmine.settings.configuration import ConfigError, identity, load
from actmine.tasks.named import require_named
from actmine.transfer.benchmark import Tier
from actmine.transfer.functions import judged, mined_functions
from actmine.transfer.plan import ALGORITHMS, benchmark_names, known_names, most_functions
from actmine.transfer.settings import TransferSettings, from_config
from checkouts import ROOT
from configured import changed
from probed import PROBES


def test_kept_settings_are_read_back(tmp_path):
    asked = from_config(load(), ("co2",))
    write_record(tmp_path / "s.json", asked)
    assert read_record(tmp_path / "s.json", TransferSettings) == asked
    assert asked.seeds == 5 and asked.tier is Tier.OFFLINE and asked.places == {}


def finalist(identity):
    return Listed(
        candidate_id=identity, name=identity, source="", origin=Origin.MINED,
        status=Status.ACCEPTED, coupling=Coupling.POINTWISE,
    )  # fmt: skip


def test_the_champion_or_all_finalists_are_taken():
    both = [finalist("c1"), finalist("c2"), finalist("c1")]

    def names(mined, champion="c2"):
        found = mined_functions(both, champion_id=champion, mined=mined)
        return [one.candidate_id for one in found]

    assert names("champion") == ["c2"] and names("finalists") == ["c1", "c2"]
    assert names("none") == [] and names("champion", None) == []
    with pytest.raises(ValueError, match="champion c9 is none of 2 finalists"):
        names("champion", "c9")


def test_relu_and_gelu_are_always_measured_and_pass_the_gate_as_candidates_do(gate):
    config = load()
    assert known_names(config.transfer)[:2] == ["relu", "gelu"]
    assert most_functions(config) == 6
    rules = Examination(probes=PROBES, max_flops=250, batch_coupled="reject")
    wanted = [by_name(name).candidate for name in ("relu", "turbulent")]
    found = judged(wanted, sandbox=gate, settings=rules)
    assert [one.status for one in found] == [Status.ACCEPTED, Status.REJECTED]


def test_an_unknown_function_is_refused_before_anything_runs():
    with pytest.raises(ConfigError, match=r"transfer.catalog: no known activation"):
        require_named(changed(load(), transfer={"catalog": ["rellu"]}))


def test_how_benchmarks_are_measured_is_no_part_of_a_runs_identity():
    assert "transfer" not in identity(load())


def asked(**transfer):
    return benchmark_names(changed(load(), transfer=transfer).transfer)


def test_a_tier_has_its_own_benchmarks_and_clrs_is_spelled_out():
    assert asked() == [
        "fashion_mnist", "clrs_bellman_ford", "clrs_mst_prim", "b3db",
        "b3db_fingerprints", "co2", "bikeshare",
    ]  # fmt: skip
    full = asked(tier="full")
    assert len(full) == 3 + 30 and full[0] == "cifar10"
    assert asked(benchmarks=["clrs"], clrs_algorithms=["bfs"]) == ["clrs_bfs"]
    with pytest.raises(ConfigError, match="clrs_algorithms"):
        asked(clrs_algorithms=["sudoku"])
    assert asked(benchmarks=["clrs"], clrs_algorithms=list(ALGORITHMS)) == [
        f"clrs_{one}" for one in ALGORITHMS
    ]


def test_planning_imports_no_pandas_and_no_torch():
    code = "import sys, actmine.transfer.plan; print({'torch', 'pandas'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts")},
        check=True,
    )
    assert done.stdout == "set()\n"
