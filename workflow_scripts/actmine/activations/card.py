"""Writes the card of a published function."""

from typing import TYPE_CHECKING

from actmine.champion.front_matter import figure_rows, front_matter

if TYPE_CHECKING:
    from actmine.activations.published import Published

_TEXT = """\
# {title}

{formula}

{description}

{latex}```python
{source}
```

## Use

```python
import actmine.activations

layer = actmine.activations.{name}()                # a torch.nn.Module without state
layer = actmine.activations.{name}(learnable=True)  # its coefficients are parameters
```

## Figures

{figures}

{verdicts}

Intervals are Student's t over tasks, of these families alone. Measured as the activation of
networks with {lab}.

## Where it comes from

Candidate `{candidate}` of the run `{run}` of actmine, seed {seed}; {versions}. The idea is that
of Vitvitskyi et al., *Mining Generalizable Activation Functions*, arXiv:2602.05688.
"""


def card_of(one: "Published") -> str:
    """The card as Markdown, behind what the Hugging Face Hub reads."""
    origin = one.origin
    head = front_matter(
        one.title,
        run=origin.run,
        tasks=origin.tasks,
        fitness=origin.fitness,
        figures=one.figures,
    )
    text = _TEXT.format(
        name=one.name,
        title=one.title,
        formula=f"`{one.formula}`" if one.formula else "A program of several lines.",
        description=f"An activation function that actmine mined: {one.coupling}, "
        f"{one.flops:.0f} FLOPs per element.",
        latex=f"```math\n{one.latex.strip()}\n```\n\n" if one.latex else "",
        source=one.source.strip(),
        figures=figure_rows(one.figures, fitness=origin.fitness),
        verdicts="\n".join(f"- {sentence}" for sentence in one.verdicts),
        lab=origin.lab,
        candidate=one.candidate_id,
        run=origin.run,
        seed=origin.seed,
        versions=", ".join(f"{key} {value}" for key, value in origin.versions.items()),
    )
    return f"{head}\n{text}"
