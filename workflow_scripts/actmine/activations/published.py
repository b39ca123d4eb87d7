"""A published function: source, figures with intervals, where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from actmine.activations.card import card_of
from actmine.champion.torch_module import torch_module
from actmine.records.form import Form
from actmine.records.rows import read_record
from actmine.validation.statistics import Interval

if TYPE_CHECKING:
    import torch

FOLDER = Path(__file__).with_name("data")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The run that found and measured a function.

    Attributes:
        seed: of the run.
        tasks: held-out tasks behind the figures.
        fitness: what the fitness is, in words.
        lab: the networks and their training, in words.
        versions: of actmine, of Python and of the libraries that the figures depend on.
    """

    run: str
    seed: int
    tasks: int
    fitness: str
    lab: str
    versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A function that a run put forward; calling it makes a torch.nn.Module.

    Attributes:
        name: by which it is asked for.
        title: what its run calls it.
        formula: in one line, cut with an ellipsis where it is long; empty where the source is
            no single expression.
        latex: the same as equations; empty where it is a program and no single formula.
        coupling: `pointwise`, `feature-coupled` or `batch-coupled`.
        flops: FLOPs per input element.
        source: as it was measured.
        figures: on the held-out tasks, each with its 95% interval, by the leaderboard's columns
            `held_out_fitness` (higher is better), `ratio_relu`, `ratio_gelu`, `ratio_best`
            (OOD loss over ReLU's, GELU's, the best known function's; lower is better).
        verdicts: how it compares and what that leaves out, in the run's own sentences.
    """

    FORM: ClassVar = Form(version=1)

    name: str
    title: str
    candidate_id: str
    formula: str
    latex: str
    coupling: str
    flops: float
    source: str
    figures: Mapping[str, Interval]
    verdicts: tuple[str, ...]
    origin: Origin

    def __call__(self, *, learnable: bool = False) -> "torch.nn.Module":
        """The function as a module that computes what was measured, to the bit.

        Args:
            learnable: whether its coefficients are parameters, which start as they are. How
                it trains then was not measured.
        """
        origin = f"Candidate {self.candidate_id} of the run {self.origin.run}."
        return torch_module(self.source, title=self.title, origin=origin, learnable=learnable)

    def card(self) -> str:
        """What it is, what it is worth and where it comes from, as Markdown for a model's page.

        It begins with what the Hugging Face Hub reads.
        """
        return card_of(self)


def names() -> list[str]:
    """The published functions, by name."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read_published(name: str, *, folder: Path = FOLDER) -> Published:
    """One of them.

    Raises:
        ValueError: its file is damaged; the message names the field.
    """
    return read_record(folder / f"{name}.json", Published)
