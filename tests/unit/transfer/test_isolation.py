"""What a child of the benchmarks cannot learn: the targets of the test splits."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import actmine
from actmine.transfer.benchmark import Tier
from actmine.transfer.benchmarks import co2
from actmine.transfer.job import request_arrays
from actmine.transfer.parts import splits_of

WARM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from actmine.transfer import handlers
handlers.warm_up()
from actmine.sandbox import landlock
names = [name for name in sys.modules if name.startswith("actmine")]
print(json.dumps([[str(path) for path in landlock.readable()], names]))
"""


@pytest.fixture(scope="module")
def warm():
    """What children of a warm process may read, and the modules they find loaded."""
    root = str(Path(actmine.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", WARM, root], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_no_target_of_a_test_split_is_in_the_request():
    data = co2.load(Tier.SMOKE, {})
    parts = splits_of(request_arrays(data.splits))
    assert parts["train"][0].targets
    assert not any(
        part.targets for name in ("val", "id_test", "ood_test") for part in parts[name]
    )
    sent = b"".join(
        np.ascontiguousarray(a).tobytes() for a in request_arrays(data.splits).values()
    )
    assert data.splits["ood_test"][0].targets["y"][:4].tobytes() not in sent
    assert data.splits["train"][0].targets["y"][:4].tobytes() in sent


@pytest.mark.slow
def test_children_may_not_read_the_packages_that_hold_labels(warm):
    readable = [Path(one) for one in warm[0]]
    for name in ("B3DB", "ISLP", "statsmodels", "clrs"):
        folder = Path(find_spec(name).submodule_search_locations[0]).resolve()
        assert not any(one in (folder, *folder.parents) for one in readable), name
    torch = Path(find_spec("torch").submodule_search_locations[0]).resolve()
    assert any(one in (torch, *torch.parents) for one in readable)


@pytest.mark.slow
def test_children_find_no_benchmark_no_formula_and_no_catalog_loaded(warm):
    shut = (
        "actmine.transfer.benchmark",
        "actmine.tasks",
        "actmine.functions.catalog",
        "actmine.settings.configuration",
    )
    assert "actmine.transfer.fit" in warm[1]
    assert not [name for name in warm[1] if name.startswith(shut)]
