"""Drafts of prompts, and what stands in them: functions, ideas, advice, a configuration."""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Any

from actmine.functions.catalog import by_name
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.llm import prompt
from actmine.llm.brief import Brief, brief
from actmine.llm.draft import Aspect, Draft, Operator, Review, Shown
from actmine.llm.known import KnownScore
from actmine.llm.prompt import write_prompt
from actmine.llm.recall import recall
from actmine.records.advice import Advice
from actmine.records.candidate import Failure
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.settings import configuration as config
from actmine.settings.sections import Settings

FIRST = [operator for operator in Operator if operator is not Operator.REPAIR]
# Besides the catalog's names: what else the paper calls its finds.
# As the gate counts them.
FLOPS = {"silu": 12.0, "snake": 10.0, "elu": 10.0, "softsign": 6.0, "arctan": 12.0}
PAPER_WORDS = ["phase-flipped", "quaternion", "logistic map", "spectral", "perturbation"]
POLYNOMIAL = {"count": 4, "basis": "chebyshev", "degrees": [1, 3], "inputs": [1, 2]}
TASKS: dict[str, Any] = {
    "search": {
        "polynomial": POLYNOMIAL,
        "harmonic": {"count": 3, "terms": [1, 2], "frequencies": [1, 2]},
        "spherical": {"count": 2, "degrees": [1, 2], "region": "hemisphere"},
        "feynman": {"equations": ["I.12.1", "I.16.6"]},
        "custom": [
            {
                "name": "sentinel",
                "formula": "x**2 + sin(3*x)",
                "train": {"x": [0, 1]},
                "ood": {"x": [1, 2]},
            }
        ],
    },
    "held_out": {"polynomial": {**POLYNOMIAL, "basis": "legendre"}},
}


def configured(**changes: Any) -> Settings:
    """A configuration with a family of each kind."""
    fields: dict[str, Any] = {"run": "test", "tasks": TASKS, "gate": {"max_flops": 250}}
    return config.resolve({**fields, **changes})


SHARES = {  # of TASKS
    "polynomial": 4 / 12,
    "harmonic": 3 / 12,
    "spherical": 2 / 12,
    "feynman": 2 / 12,
    "custom": 1 / 12,
}


def adding(*worths: float) -> tuple[Contribution, ...]:
    """Contributions of the families, by what each adds."""
    return tuple(
        Contribution(family=name, share=share, fitness=worth / share)
        for (name, share), worth in zip(SHARES.items(), worths, strict=True)
    )


def known(key: str, *worths: float, within_guard: bool = True) -> KnownScore:
    """A known function with what each family adds to its fitness."""
    return KnownScore(
        name=by_name(key).name,
        formula=by_name(key).formula,
        fitness=sum(worths),
        standard_error=0.0712,
        contributions=adding(*worths),
        within_guard=within_guard,
    )


def losses(*worths: float) -> tuple[FamilyLoss, ...]:
    """By family, over ReLU's, such that these are what each adds."""
    ood = {each.family: exp(-each.fitness) for each in adding(*worths)}
    return tuple(
        FamilyLoss(family=name, train=0.8 * loss, id=0.9 * loss, ood=loss)
        for name, loss in ood.items()
    )


OWN = tuple(
    FamilyLoss(family=name, train=0.01 * place, id=0.02 * place, ood=0.7 * place)
    for place, name in enumerate(SHARES, start=1)
)
KNOWN = (
    known("softplus", 0.21, -0.06, 0.17, 0.04, 0.05),
    known("gelu", 0.1, -0.02, 0.09, 0.02, 0.03),
    replace(known("relu", 0.0, 0.0, 0.0, 0.0, 0.0), losses=OWN),
    known("sin", -0.2, 0.35, -0.1, -0.11, -0.02, within_guard=False),
)
BRIEF = brief(configured(), KNOWN)


def shown(key: str, *worths: float, **changes: Any) -> Shown:
    """A known function as a prompt shows an elite, by what each family adds."""
    worths = worths or (0.15, 0.01, 0.17, 0.06, -0.02)
    function = by_name(key)
    fields: dict[str, Any] = {
        "name": function.name,
        "source": function.source,
        "fitness": sum(worths),
        "standard_error": 0.0812,
        "flops": FLOPS[key],
        "families": losses(*worths),
        "contributions": adding(*worths),
        "id_ratio": 0.9 * exp(-sum(worths)),
        "formula": function.formula,
    }
    return Shown(**{**fields, **changes})


def minimal(operator: Operator, **changes: Any) -> Draft:
    """A draft with nothing but what there must be."""
    parent = Shown(
        name="ReLU",
        source=by_name("relu").source,
        fitness=0.0,
        standard_error=0.0,
        flops=1.0,
    )
    second = parent if operator is Operator.CROSSOVER else None
    fields: dict[str, Any] = {"operator": operator, "parent": parent, "second": second}
    return Draft(**{**fields, **changes})


FOCUS = {
    Operator.REWRITE: "harmonic",
    Operator.CROSSOVER: Aspect.TAILS,
    Operator.EXPLORE: Aspect.COUPLING,
    Operator.SIMPLIFY: "",
}
SMOOTH, WAVY = "linear|linear|monotone|smooth|pointwise", "wave|wave|wavy|pointwise"


def tried(name: str, **changes: Any) -> Tried:
    """What became of an idea."""
    fields: dict[str, Any] = {
        "candidate_id": name,
        "name": name,
        "formula": f"{name}(x)",
        "generation": 1,
        "parents": ("silu",),
        "parent": "SiLU",
        "status": Status.SCORED,
        "shape": SMOOTH,
    }
    return Tried(**{**fields, **changes})


TRIED = (
    tried("rational Mish", fitness=0.42, gain=0.05, gain_error=0.0312),
    tried("sine bump", fitness=-0.6, gain=-0.971, gain_error=0.12, shape=WAVY),
    tried("slow wave", status=Status.PRUNED, fitness=-0.31, steps=25, shape=WAVY),
    tried(
        "square",
        fitness=0.9,
        gain=0.5,
        gain_error=0.2,
        reason="its ID loss is 14 times ReLU's",
    ),
    tried("SiLU again", status=Status.DUPLICATE, reason="behaves like a function"),
    tried(
        "exponential",
        status=Status.REJECTED,
        reason="contract: output not finite at inputs of scale 1000",
        shape="",
    ),
)


ADVICE_INTRODUCTION = (
    "A model that read the ideas tried before generation 5 says what they teach."
)
ADVICE = Advice(
    generation=5,
    adviser="wise",
    text="Waves lose where they are fast.\n```\nAn even part is still to be tried.",
    model="openai/wise",
)


def review(**changes: Any) -> Review:
    """What a request for advice is about."""
    draft = full(Operator.REWRITE)
    fields: dict[str, Any] = {
        "memory": draft.memory,
        "leader": draft.leader,
        "best": draft.inspirations,
        "failures": draft.failures,
        "advice": ADVICE,
        "since": 7,
        "ahead": 2,
    }
    return Review(**{**fields, **changes})


def full(operator: Operator, **changes: Any) -> Draft:
    """A draft with all that may stand in one."""
    parent: dict[str, Any] = {"idea": tried("silu", gain=0.12, gain_error=0.05, parent="ReLU")}
    fields: dict[str, Any] = {
        "operator": operator,
        "parent": shown("silu", children=TRIED[:3], **parent),
        "second": shown("snake", -0.1, 0.3, 0.1, 0.05, 0.02, known=True)
        if operator is Operator.CROSSOVER
        else None,
        "inspirations": (
            shown("elu", 0.09, -0.01, 0.06, 0.02, 0.01),
            shown("softsign", -0.15, -0.1, 0.02, -0.01, -0.01, families=(), contributions=()),
            shown("arctan", -0.12, -0.08, 0.04, -0.02, 0.0),
        ),
        "memory": recall(TRIED, tokens=1000),
        "leader": shown("snake", 0.1, 0.3, 0.07, 0.04, 0.01, name="gated wave"),
        "advice": ADVICE,
        "turn": int(operator is Operator.EXPLORE),
        "focus": FOCUS[operator],
        "failures": (
            Failure(
                source="def activation(x):\n    return x.item()\n",
                reason="static: line 2: `x.item` takes numbers out of the graph",
            ),
            Failure(
                source="def activation(x):\n    return torch.exp(x)\n",
                reason="contract: output not finite at inputs of scale 1000",
            ),
        ),
    }
    return Draft(**{**fields, **changes})


def user(draft: Draft, its_brief: Brief = BRIEF) -> str:
    """The question of a prompt."""
    return write_prompt(draft, its_brief)[1][1]


def system(its_brief: Brief = BRIEF) -> str:
    """The system message of a prompt."""
    return write_prompt(minimal(Operator.REWRITE), its_brief)[0][1]


def prompt_version(operator: str) -> int:
    """That an operator's template states; whoever changes the template raises it."""
    path = prompt.TEMPLATES / f"{operator}.j2"
    stated = re.match(r"\{# version: ([1-9][0-9]*) #\}\n", path.read_text())
    assert stated, path
    return int(stated[1])


def text(messages: Sequence[tuple[str, str]]) -> str:
    """Messages as a golden file has them."""
    return "".join(f"=== {role}\n{content}\n" for role, content in messages)
