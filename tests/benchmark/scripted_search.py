"""A small search in this process, by the project's own stages, with a scripted model to ask."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.evolution.population import Elite, Population
from actmine.evolution.proposals import propose, seeds
from actmine.evolution.selection import succeed
from actmine.files import write_atomically
from actmine.functions.catalog import VOCABULARY, by_name
from actmine.gate import handlers as gate_handlers
from actmine.lab import handlers as lab_handlers
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.lab.session import Session
from actmine.llm.access import connect
from actmine.llm.known import KnownScore, known_scores
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.status import Status
from actmine.settings.configuration import families_of, load
from actmine.settings.sections import Settings
from actmine.tasks.suite import draw_suite
from configured import changed
from scripted_model import ScriptedServer
from unlocked import Unlocked

PROMPTS = "prompts.json"
# Tasks of the demo's kinds, few enough to be measured in a quarter of a second; then five times
# as many others, which are held out.
SEARCHED, OTHERS = (
    {
        "polynomial": {"count": 28 * times, "degrees": [1, 3], "inputs": [1, 2]},
        "harmonic": {"count": 12 * times, "terms": [1, 2], "frequencies": [1, 2]},
        "spherical": {"count": 4 * times, "degrees": [1, 2]},
    }
    for times in (1, 5)
)
LAB = {"width": 16, "depth": 2, "steps": 60, "batch": 64, "learning_rate": 0.02}


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What one search took and found.

    Attributes:
        best: of its last archive.
        accepted: candidates that the gate let in, repairs included; `asked` those of the model.
        usd: what its replies cost; `cpu_s` CPU seconds of the candidates' training.
    """

    best: Elite
    accepted: int
    asked: int
    usd: float
    cpu_s: float


def tiny(seed: int, generations: int, results: Path) -> Settings:
    """A search from 32 known functions, small enough to be repeated a hundred times."""
    return changed(
        load(),
        run=f"seed-{seed}",
        results=str(results),
        seed=seed,
        lab=LAB,
        tasks={
            "samples": {"train": 128, "id_test": 64, "ood_test": 128},
            "search": {**SEARCHED, "feynman": None},
            "held_out": {**OTHERS, "feynman": None},
        },
        search={
            "seeds": [one.name for one in VOCABULARY],
            "islands": 1,
            "candidates_per_island": 8,
            "generations": generations,
            "remeasure_slots": 0,
        },
        mutation={"repairs": 1, "tune_children": 0},
    )


@dataclass(frozen=True, kw_only=True)
class Start:
    """Generation 0, which all searches of a seed have in common, and what is told of it."""

    population: Population
    known: tuple[KnownScore, ...]


def opened(config: Settings, name: str) -> Session:
    """The lab of one measurement, in this process; what it measures is kept beside the run."""
    suite = draw_suite(
        name, families_of(config, name), samples=config.tasks.samples, seed=config.seed
    )
    lab = Lab(
        measurement(name, suite, config),
        limits=fit_limits(config.sandbox, []),
        kept=Path(config.results, config.run, layout.STORE),
        sandbox=Unlocked(lab_handlers),
    )
    relative = [lab.measure(by_name(key).source) for key in (REFERENCE, SECOND_REFERENCE)]
    return Session(
        lab=lab, scorer=Scorer(relative, families=suite.families, rule=config.fitness)
    )


def begin(config: Settings, session: Session) -> Start:
    """The known functions, measured."""
    proposals = seeds(config, island=0, sandbox=Unlocked(gate_handlers))
    evaluations = _measured(proposals, session)
    population = succeed(
        None,
        proposals,
        evaluations,
        generation=0,
        island=0,
        scorer=session.scorer,
        config=config,
    )
    known = known_scores(evaluations, session.scorer, config.search)
    return Start(population=population, known=known)


def search(
    config: Settings,
    mutation: dict[str, Any],
    start: Start,
    session: Session,
    *,
    place: Path,
) -> Searched:
    """All generations; the prompts that were sent stand in the place afterwards.

    Args:
        mutation: the section of that name; a mutator without a kind is the scripted model.
        place: holds the journal too.
    """
    with ScriptedServer() as server:
        model = {"kind": "llm", "api_base": server.url, "temperature": None}
        made = [one if "kind" in one else {**model, **one} for one in mutation["mutators"]]
        config = changed(config, mutation={**mutation, "mutators": made})
        searched = _generations(config, start, session, place=place)
        write_atomically(place / PROMPTS, json.dumps(server.prompts).encode())
    return searched


def _generations(config: Settings, start: Start, session: Session, *, place: Path) -> Searched:
    ask = connect(config, arm="main", run=place) if config.mutation.asks_models else None
    population = start.population
    proposals: list[Proposal] = []
    evaluations: list[Evaluation] = []
    for generation in range(1, config.search.generations + 1):
        new = propose(
            population,
            config,
            generation=generation,
            sandbox=Unlocked(gate_handlers),
            ask=ask,
            known=start.known if config.mutation.tells_known else (),
        )
        measured = _measured(new, session)
        population = succeed(
            population,
            new,
            measured,
            generation=generation,
            island=0,
            scorer=session.scorer,
            config=config,
        )
        proposals += new
        evaluations += measured
    replies = [attempt for one in proposals for attempt in one.attempts if attempt.key]
    return Searched(
        best=population.elites[0],
        accepted=sum(one.status is Status.ACCEPTED for one in proposals),
        asked=sum(any(attempt.key for attempt in one.attempts) for one in proposals),
        usd=sum(attempt.usd for attempt in replies),
        cpu_s=sum(one.timings["cpu_s"] for one in evaluations),
    )


def _measured(proposals: Sequence[Proposal], session: Session) -> list[Evaluation]:
    return [
        session.lab.measure(one.source, slot=one.slot)
        for one in proposals
        if one.status is Status.ACCEPTED
    ]
