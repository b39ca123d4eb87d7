"""The numbers of the smoke run, pinned: a change that moves a bit says so."""

import json
from pathlib import Path

import pytest

from bits import digests, machine

pytestmark = pytest.mark.workflow

GOLDEN = Path(__file__).parent / "golden" / "smoke_digests.json"


def test_the_smoke_run_gives_the_pinned_numbers(finished, request):
    """`pytest tests/workflow/test_same_bits.py --update-golden` pins what this machine gives.

    It drops other machines' digests, which the change that made it necessary has outdated.
    """
    found = {machine(): digests(finished.folder / "results/smoke")}
    if request.config.getoption("update_golden"):
        GOLDEN.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    pinned = json.loads(GOLDEN.read_text())
    if machine() not in pinned:
        pytest.skip(f"no digest is pinned for this machine; it gives {json.dumps(found)}")
    assert found[machine()] == pinned[machine()]
