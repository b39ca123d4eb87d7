"""The default run, from which the documents quote."""

from pathlib import Path

import pytest
from torch.backends.cpu import get_cpu_capability

from actmine.audit.difference import differing
from actmine.files import read_json
from actmine.validation.leaderboard import read_leaderboard

pytestmark = pytest.mark.workflow
QUOTED = Path(__file__).parents[2] / "docs/demo"


@pytest.mark.soak
@pytest.mark.skipif(get_cpu_capability() != "AVX512", reason="quoted are figures of AVX512")
def test_it_ends_with_the_files_that_the_documents_quote(checkout):
    checkout.snakemake("--cores", "2")
    found = checkout.folder / "results/demo/validation"
    for path in QUOTED.glob("*.json"):
        assert not differing(read_json(found / path.name), read_json(path)), path.name
    assert (found / "families.csv").read_bytes() == (QUOTED / "families.csv").read_bytes()
    boards = [read_leaderboard(folder / "leaderboard.csv") for folder in (found, QUOTED)]
    assert boards[0].equals(boards[1])
