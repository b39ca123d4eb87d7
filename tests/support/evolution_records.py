"""Small records of a search, for the tests of its stages."""

from numpy.random import default_rng

from actmine.evolution.population import Elite, Population
from actmine.evolution.propose import seeds
from actmine.evolution.scored import Scored
from actmine.functions.catalog import by_name
from actmine.gate.fingerprint import LENGTH, encode
from actmine.lab.fitness import Fitness
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.records.candidate import Coupling, Origin, candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings import configuration as config


def print_of(name):
    """A fingerprint of its own for every name."""
    seen = default_rng(list(name.encode())).normal(size=LENGTH)
    return encode(seen.astype("float32"))


def proposal(index, *, source=None, origin=Origin.MINED, generation=1, **changes):
    fields = {
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


def evaluation(proposed, *, status=Status.SCORED, loss=1.0):
    losses = (
        {} if status is not Status.SCORED else dict.fromkeys(("train", "id", "ood"), ((loss,),))
    )
    return Evaluation(
        candidate_id=proposed.candidate_id,
        slot=proposed.slot,
        status=status,
        reason="" if status is Status.SCORED else "it broke",
        suite="search",
        suite_hash="0",
        replicates=(0,),
        **losses,
    )


def scorer(families=("polynomial",)):
    """Of tasks on which ReLU and GELU have the loss 1."""
    references = [
        Evaluation(
            candidate_id=candidate_id(by_name(name).source),
            status=Status.SCORED,
            suite="search",
            suite_hash="0",
            replicates=(0,),
            **dict.fromkeys(("train", "id", "ood"), ((1.0,),) * len(families)),
        )
        for name in (REFERENCE, SECOND_REFERENCE)
    ]
    return Scorer(references, families=list(families), config=config.load("smoke"))


def scored(index, value, *, within_guard=True, **changes):
    proposed = proposal(index, **changes)
    failed = value is None
    return Scored(
        proposal=proposed,
        evaluation=evaluation(proposed, status=Status.FAILED if failed else Status.SCORED),
        fitness=None
        if failed
        else Fitness(value=value, standard_error=0.1, id_ratio=1.0, within_guard=within_guard),
    )


def elite(name, fitness):
    return Elite(
        candidate_id=name,
        name=name,
        source="def activation(x):\n    return x\n",
        origin=Origin.MINED,
        fitness=fitness,
        standard_error=0.1,
        id_ratio=1.0,
        flops=1.0,
        coupling=Coupling.POINTWISE,
        fingerprint=print_of(name),
        generation=0,
        parents=(),
    )


def island_of_its_seed(config, sandbox):
    """An island that holds the one seed of a configuration, as if nothing had been measured."""
    (seed,) = seeds(config, island=0, sandbox=sandbox)
    only = Elite(
        candidate_id=seed.candidate_id,
        name=seed.name,
        source=seed.source,
        origin=seed.origin,
        fitness=0.0,
        standard_error=0.0,
        id_ratio=1.0,
        flops=seed.flops,
        coupling=seed.coupling,
        fingerprint=seed.fingerprint,
        generation=0,
        parents=(),
    )
    return Population(generation=0, island=0, elites=(only,), history=(seed.fingerprint,))
