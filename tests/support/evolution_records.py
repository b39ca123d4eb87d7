"""Small records of a search, for the tests of its stages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.random import default_rng

from actmine.evolution.population import Elite, Population
from actmine.evolution.proposals import seeds
from actmine.evolution.scored import Scored
from actmine.evolution.selection import succeed
from actmine.functions.catalog import by_name
from actmine.gate.fingerprint import LENGTH, encode
from actmine.lab.fitness import Contribution, Fitness
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.records.candidate import Coupling, Origin, candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.settings import configuration as config
from actmine.settings.sections import Settings


def print_of(name: str) -> str:
    """A fingerprint of its own for every name."""
    seen = default_rng(list(name.encode())).normal(size=LENGTH)
    return encode(seen.astype("float32"))


def proposal(
    index: int,
    *,
    source: str | None = None,
    origin: Origin = Origin.MINED,
    generation: int = 1,
    **changes: Any,
) -> Proposal:
    fields: dict[str, Any] = {
        "slot": Slot(generation=generation, island=0, index=index),
        "status": Status.ACCEPTED,
        "name": f"f{index}",
        "source": (
            f"def activation(x):\n    return x * {index + 2}\n" if source is None else source
        ),
        "origin": origin,
        "flops": 1.0,
        "coupling": Coupling.POINTWISE,
        "fingerprint": print_of(f"f{index}"),
    }
    return Proposal(**{**fields, **changes})


def evaluation(
    proposed: Proposal, *, status: Status = Status.SCORED, loss: float = 1.0
) -> Evaluation:
    losses = ((loss,),) if status is Status.SCORED else ()
    return Evaluation(
        candidate_id=proposed.candidate_id,
        slot=proposed.slot,
        status=status,
        reason="" if status is Status.SCORED else "it broke",
        suite="search",
        suite_hash="0",
        replicates=(0,),
        train=losses,
        id=losses,
        ood=losses,
    )


def measured(proposed: Proposal, *ood: float, **changes: Any) -> Evaluation:
    """Scored, with a loss a task where ReLU has 1."""
    ones = ((1.0,),) * len(ood)
    fields = {"train": ones, "id": ones, "ood": tuple((loss,) for loss in ood), **changes}
    return replace(evaluation(proposed), **fields)


def scorer(families: Sequence[str] = ("polynomial",)) -> Scorer:
    """Of tasks on which ReLU and GELU have the loss 1."""
    ones = ((1.0,),) * len(families)
    references = [
        Evaluation(
            candidate_id=candidate_id(by_name(name).source),
            status=Status.SCORED,
            suite="search",
            suite_hash="0",
            replicates=(0,),
            train=ones,
            id=ones,
            ood=ones,
        )
        for name in (REFERENCE, SECOND_REFERENCE)
    ]
    return Scorer(references, families=list(families), rule=config.load("smoke").fitness)


def scored(
    index: int, value: float | None, *, within_guard: bool = True, **changes: Any
) -> Scored:
    proposed = proposal(index, **changes)
    return Scored(
        proposal=proposed,
        evaluation=evaluation(
            proposed, status=Status.FAILED if value is None else Status.SCORED
        ),
        fitness=None
        if value is None
        else Fitness(
            value=value,
            standard_error=0.1,
            freedom=9.0,
            id_ratio=1.0,
            within_guard=within_guard,
        ),
        contributions=() if value is None else contributions(value),
    )


def contributions(*fitness: float) -> tuple[Contribution, ...]:
    """Of families that count the same, called by their place."""
    share = 1 / len(fitness)
    return tuple(
        Contribution(family=str(place), share=share, fitness=value)
        for place, value in enumerate(fitness)
    )


def elite(name: str, fitness: float) -> Elite:
    return Elite(
        candidate_id=name,
        name=name,
        source="def activation(x):\n    return x\n",
        origin=Origin.MINED,
        fitness=fitness,
        standard_error=0.1,
        id_ratio=1.0,
        contributions=contributions(fitness),
        flops=1.0,
        coupling=Coupling.POINTWISE,
        fingerprint=print_of(name),
        generation=0,
        parents=(),
    )


def island_of_its_seed(config: Settings, sandbox: Sandbox) -> Population:
    """An island that holds the one seed of a configuration, as if nothing had been measured."""
    (seed,) = seeds(config, island=0, sandbox=sandbox)
    assert seed.flops is not None and seed.coupling is not None
    only = Elite(
        candidate_id=seed.candidate_id,
        name=seed.name,
        source=seed.source,
        origin=seed.origin,
        fitness=0.0,
        standard_error=0.0,
        id_ratio=1.0,
        contributions=contributions(0.0),
        flops=seed.flops,
        coupling=seed.coupling,
        fingerprint=seed.fingerprint,
        generation=0,
        parents=(),
    )
    return Population(
        generation=0,
        island=0,
        elites=(only,),
        history=(seed.fingerprint,),
        founders=(seed.name,),
    )


def succeeding(
    previous: Population,
    proposals: Sequence[Proposal],
    evaluations: Sequence[Evaluation],
    config: Settings,
    *,
    families: Sequence[str],
) -> Population:
    """The island after its generation 1, on tasks where ReLU has the loss 1."""
    return succeed(
        previous,
        proposals,
        evaluations,
        generation=1,
        island=0,
        scorer=scorer(families),
        config=config,
    )
