"""What holds for hundreds of children, whatever is drawn; runs trusted sources only."""

import sys
from functools import cache
from pathlib import Path

import pytest
import torch

from actmine.functions.catalog import CATALOG, VOCABULARY
from actmine.gate.static import admit, load
from actmine.mutation.embedded import MAX_NODES, Child, mutate, slot_rng
from actmine.mutation.trees import size
from actmine.records.candidate import Candidate, Coupling, Origin

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from mutation_sources import WRITTEN, parent
from probed import check

COUNT = 300
TEXTBOOK = [parent(k.name, k.source) for k in CATALOG if k.origin is Origin.CATALOG]
PARENTS = [*TEXTBOOK, *WRITTEN, *WRITTEN, *WRITTEN]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return 2.0 * torch.randn(8, 16, generator=torch.Generator().manual_seed(0))


@cache
def family() -> list[tuple[Candidate, Child]]:
    pairs = []
    for slot in range(COUNT):
        first, second = PARENTS[slot % len(PARENTS)], PARENTS[(7 * slot + 3) % len(PARENTS)]
        rng = slot_rng(1, 0, 0, slot, 0)
        pairs.append((first, mutate([first, second], rng=rng, vocabulary=VOCABULARY)))
    return pairs


def output(source: str, x: torch.Tensor) -> torch.Tensor | None:
    """What a source makes of x, None if it fails or is not finite."""
    try:
        y = load(source)(x)
    except Exception:
        return None
    return y if y.shape == x.shape and bool(y.isfinite().all()) else None


def test_every_child_is_admitted_and_is_another_text():
    for first, child in family():
        admit(child.source)
        assert child.source != first.source


def test_children_run_and_are_finite(x):
    ran = sum(output(child.source, x) is not None for _, child in family())
    assert ran >= 0.98 * COUNT


def test_children_behave_unlike_their_parent(x):
    pairs = [(output(first.source, x), output(child.source, x)) for first, child in family()]
    ran = [(a, b) for a, b in pairs if a is not None and b is not None]
    differ = sum(bool((a - b).abs().max() > 1e-6) for a, b in ran)
    assert differ >= 0.95 * len(ran)


def test_children_keep_the_contract_and_never_couple_the_batch():
    kept = 0
    for _, child in family()[::3]:
        try:
            coupling = check(load(child.source))
        except ValueError:
            continue
        kept += 1
        assert coupling is not Coupling.BATCH
    assert kept >= 0.9 * len(family()[::3])


def test_children_are_reproducible():
    before = [child for _, child in family()]
    family.cache_clear()
    assert [child for _, child in family()] == before


@pytest.mark.parametrize("seed", range(6))
def test_chains_of_thirty_stay_valid_and_small(seed, x):
    line, mate = WRITTEN[seed % len(WRITTEN)], PARENTS[5 * seed]
    for step in range(30):
        rng = slot_rng(seed, step, 0, 0, 0)
        child = mutate([line, mate], rng=rng, vocabulary=VOCABULARY)
        assert size(admit(child.source)) <= MAX_NODES
        assert output(child.source, x) is not None
        line = parent(child.name, child.source)
