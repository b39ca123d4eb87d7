"""The examples of docs/extend.md do what the page says, in the places that it names."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from actmine.evolution.proposals import propose
from actmine.functions.catalog import by_name
from actmine.gate.examine import examination, examine
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import Scorer
from actmine.llm.budget import Spent
from actmine.llm.journal import Journal
from actmine.llm.queue import Queue, collect, offer
from actmine.mutation import embedded
from actmine.mutation.embedded import mutate
from actmine.records.status import Status
from actmine.settings.measurements import SEARCH
from actmine.tasks.formula import parse_formula
from actmine.tasks.suite import Suite, suite_hash
from actmine.tasks.task import draw_task
from actmine.transfer.benchmark import Tier
from actmine.transfer.data import data_hash
from actmine.transfer.measure import TransferLab
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN
from actmine.transfer.settings import TransferSettings
from configured import changed
from evolution_records import island_of_its_seed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/extend.md").read_text(encoding="utf-8")
FENCED = re.compile(r'^(`{3,})python title="(.*?)"\n(.*?)^\1$', re.M | re.S)
EXAMPLES = {title: code for _, title, code in FENCED.findall(PAGE)}
GELU = by_name("gelu")


def example(title):
    """What an example defines."""
    names = {"__name__": title}
    exec(compile(EXAMPLES[title], title, "exec"), names)
    return SimpleNamespace(**names)


def test_an_example_stands_for_every_kind_and_names_a_place_that_there_is():
    *places, _ = EXAMPLES
    assert len(EXAMPLES) == len(re.findall(r"^## A", PAGE, re.M)) == 4
    package = ROOT / "workflow_scripts/actmine"
    assert [place for place in places if not (package / place).parent.is_dir()] == []


def test_tasks_of_the_new_family_are_drawn_trained_on_and_scored(smoke, trainer, tmp_path):
    draw = example("tasks/decay.py").draw_decay
    targets = [draw(f"decay_{i}", rng=np.random.default_rng(i)) for i in range(3)]
    for target in targets:
        x = target.ood.sample(np.random.default_rng(0), 20)
        printed = parse_formula(target.formula).evaluate({"t": x[:, 0]})
        np.testing.assert_allclose(target.function(x), printed)
        assert x.min() >= 4
    tasks = tuple(
        draw_task(target, samples=smoke.tasks.samples, seed=np.random.SeedSequence(i))
        for i, target in enumerate(targets)
    )
    suite = Suite(name=SEARCH, tasks=tasks, seed=0, settings={}, hash=suite_hash(tasks))
    what = measurement(SEARCH, suite, smoke)
    lab = Lab(what, limits=fit_limits(smoke.sandbox, []), kept=tmp_path, sandbox=trainer)
    references = [lab.measure(by_name(key).source) for key in ("relu", "gelu")]
    scorer = Scorer(references, families=suite.families, rule=smoke.fitness)
    measured = scorer.fitness(lab.measure(by_name("silu").source))
    assert np.isfinite(measured.value) and measured.value != 0


def test_the_edit_makes_children_that_the_gate_lets_in(smoke, gate, monkeypatch):
    monkeypatch.setitem(embedded.OPERATORS, "fold", example("mutation/operators.py").fold)
    child = mutate(
        [GELU.candidate], rng=np.random.default_rng(0), vocabulary=[], weights={"fold": 1.0}
    )
    assert child.operator == "fold" and "abs" in child.source and child.summary
    verdict = examine(child.source, sandbox=gate, settings=examination(smoke))
    assert verdict.status is Status.ACCEPTED


def test_the_benchmark_is_measured_behind_the_locks(tmp_path):
    benchmark = example("transfer/benchmarks/sunspots.py").BENCHMARK
    data = benchmark.load(Tier.SMOKE, {})
    assert data.network == {"inputs": 11}
    assert abs(data.splits[TRAIN][0].targets["y"].std() - 1) < 1e-4
    settings = TransferSettings(
        tier=Tier.SMOKE, benchmarks=(benchmark.name,), seeds=1, first_seed=0,
        learning_rates=(1.0,), folders={}, device="cpu", memory_mb=2000, cpu_s=60.0,
        isolation="strict",
    )  # fmt: skip
    with TransferLab(
        benchmark, data, data_hash=data_hash(data), settings=settings, kept=tmp_path
    ) as lab:
        outcome = lab.measure(GELU.source, seed=0)
    assert outcome.status is Status.SCORED and outcome.layers["isolation"] == "strict"
    # Root mean squared errors over the deviation of training: it has learned something.
    assert 0 < outcome.scores[ID_TEST] < 0.9 and outcome.scores[OOD_TEST] > 0


@pytest.fixture
def bender(tmp_path):
    """Asks through a real queue, whose prompts the page's program answers."""
    queue = Queue(folder=tmp_path / "queue", wait_s=30)
    journal = Journal(tmp_path / "journal")
    script = tmp_path / "bender.py"
    script.write_text(EXAMPLES["bender.py"], encoding="utf-8")

    def ask(requests):
        offer(queue, requests, hidden=())
        subprocess.run([sys.executable, str(script), str(queue.folder)], check=True)
        worst = {request.key: Spent(requests=1) for request in requests}
        kept = collect(queue, requests, journal=journal, worst=worst, hidden=(), kept=0)
        return [kept[request.key] for request in requests]

    return ask


def test_the_program_beside_a_queue_fills_every_slot(smoke, gate, bender):
    config = changed(smoke, mutation={"mutators": [{"kind": "queue", "name": "bender"}]})
    island = island_of_its_seed(smoke, gate)
    proposals = propose(island, config, generation=1, sandbox=gate, ask=bender)
    assert [one.status for one in proposals] == [Status.ACCEPTED] * len(proposals)
    assert {one.mutator for one in proposals} == {"bender"}
    assert all("torch.sin(3 * x)" in one.source for one in proposals)
