"""What one prompt is about: the records that its templates show."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.llm.recall import Group
from actmine.records.advice import Advice
from actmine.records.candidate import Failure
from actmine.records.tried import Tried

ADVICE_WORDS = 150  # that advice is asked to have at most [ours]
ADVICE_CHARS = 1200  # of it that are kept: so many words, and some more [ours]


class Operator(StrEnum):
    """What a model is asked to do; each has a template of this name."""

    REWRITE = "rewrite"
    CROSSOVER = "crossover"
    EXPLORE = "explore"
    SIMPLIFY = "simplify"
    REPAIR = "repair"


class Aspect(StrEnum):
    """What a prompt draws attention to, where it is not a family of tasks."""

    TAILS = "tails"
    SYMMETRY = "symmetry"
    COUPLING = "coupling"
    COST = "cost"
    BEND = "bend"
    WAVES = "waves"
    SCALE = "scale"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A measured function as a prompt shows it.

    Attributes:
        fitness, standard_error: on the search suite; higher is better.
        flops: per input element.
        families: in the order in which they are to stand.
        contributions: what each family that counts adds to the fitness.
        id_ratio: in-distribution loss over ReLU's, geometric mean over tasks.
        formula: in one line; empty if it is no straight line of expressions.
        known: whether it is a known function, and not found here.
        idea: it as an idea, with its gain over its parent; none if that is not remembered.
        children: what became of some functions that were made from it.
    """

    name: str
    source: str
    fitness: float
    standard_error: float
    flops: float
    families: tuple[FamilyLoss, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    id_ratio: float | None = None
    formula: str = ""
    known: bool = False
    idea: Tried | None = None
    children: tuple[Tried, ...] = ()

    def __post_init__(self) -> None:
        for name in ("fitness", "standard_error", "flops"):
            if not isfinite(getattr(self, name)):
                raise ValueError(
                    f"{self.name}: its {name} is {getattr(self, name)}; only functions that "
                    "were scored are shown"
                )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What one prompt is about.

    Attributes:
        operator: any but `repair`, which continues a prompt that was sent.
        second: the other parent; of a crossover only.
        inspirations: other functions; the first `INSPIRATIONS` are shown.
        failures: oldest first; the last `FAILURES` are shown.
        memory, leader: what the island has tried, and its fittest; the same in all prompts of a
            generation.
        advice: what a model said of it; likewise.
        focus: a family of tasks or an aspect; empty for none.
        turn: how many prompts of the generation ask the very same.
    """

    operator: Operator
    parent: Shown
    second: Shown | None = None
    inspirations: tuple[Shown, ...] = ()
    failures: tuple[Failure, ...] = ()
    memory: tuple[Group, ...] = ()
    leader: Shown | None = None
    advice: Advice | None = None
    focus: str = ""
    turn: int = 0

    def __post_init__(self) -> None:
        if self.operator not in set(Operator) - {Operator.REPAIR}:
            raise ValueError(
                f"no prompt starts with the operator {self.operator!r}; "
                "a repair is written by `write_repair`"
            )
        if (self.operator == Operator.CROSSOVER) != (self.second is not None):
            raise ValueError(f"{self.operator}: a second parent if crossover, else none")


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a request for advice is about: all that an island has tried.

    Attributes:
        memory: what became of its ideas, more of it than other prompts have room for.
        leader: its fittest function.
        best: further ones that it keeps.
        failures: oldest first; the last `FAILURES` are shown.
        advice: what was said last time; none if nothing was.
        since: ideas that the island remembers and that were made with it in their prompts;
            `ahead` is how many of them are clearly better than their parent.
    """

    memory: tuple[Group, ...]
    leader: Shown
    best: tuple[Shown, ...] = ()
    failures: tuple[Failure, ...] = ()
    advice: Advice | None = None
    since: int = 0
    ahead: int = 0
