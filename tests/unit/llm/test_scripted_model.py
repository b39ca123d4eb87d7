"""The scripted model of bench_prompt uses what a real prompt says, and only that."""

from dataclasses import replace

import pytest
import torch

import scripted_model
from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.static import load as load_source
from actmine.lab.fitness import Contribution
from actmine.llm.brief import brief
from actmine.llm.draft import Draft, Operator, Review, Shown
from actmine.llm.known import KnownScore
from actmine.llm.prompt import write_advice, write_prompt
from actmine.llm.recall import recall
from actmine.records.advice import Advice
from actmine.records.candidate import Origin
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.replies.reply import read_reply
from actmine.settings.configuration import load
from scripted_reading import expression_of, read, returned

FAMILIES = ("polynomial", "harmonic", "spherical", "feynman")


def adding(*worths):
    """What families add, by a share of a fourth each."""
    return tuple(
        Contribution(family=name, share=0.25, fitness=4 * worth)
        for name, worth in zip(FAMILIES, worths, strict=True)
    )


def known(name, *worths):
    return KnownScore(
        name=by_name(name).name,
        formula=by_name(name).formula,
        fitness=sum(worths),
        standard_error=0.05,
        contributions=adding(*worths),
        within_guard=True,
    )


# Sine alone is ahead of the parent on the harmonic tasks, Squared ReLU on the polynomials.
TABLE = (known("squared_relu", 0.3, 0, 0, 0), known("sin", -0.2, 0.3, 0, 0))
PARENT = Shown(
    name="SiLU",
    source=by_name("silu").source,
    fitness=0.1,
    standard_error=0.05,
    flops=5.0,
    contributions=adding(0.1, 0, 0, 0),
)


def tried(name, *, gain=None, parent="SiLU", **changes):
    return Tried(
        candidate_id=name,
        name=name,
        formula="x",
        generation=1,
        parents=("p",),
        parent=parent,
        status=Status.SCORED,
        shape="flat|linear|monotone|smooth|pointwise",
        fitness=0.0,
        gain=-0.2 if gain is None else gain,
        gain_error=0.02,
        **changes,
    )


def messages(*, table=TABLE, ideas=(), **changes):
    told = {"parent": PARENT, "memory": recall(ideas, tokens=4000), **changes}
    draft = Draft(operator=Operator.REWRITE, **told)
    written = write_prompt(draft, brief(load(), table))
    return [{"role": role, "content": text} for role, text in written]


def sent(*, deaf=False, **told):
    """The name of what it sends, and what that returns."""
    reply = read_reply(scripted_model.answer(messages(**told), deaf=deaf))
    return reply.name, returned(reply.source)


@pytest.mark.parametrize(
    "one", [o for o in CATALOG if expression_of(o.formula)], ids=lambda one: one.key
)
def test_a_formula_is_read_as_the_function_that_it_is(one):
    x = torch.linspace(-3.0, 3.0, 60).reshape(4, 15)
    read_as = load_source(
        f"def activation(x):\n    return {expression_of(one.formula)} + 0.0 * x\n"
    )
    assert torch.allclose(read_as(x), load_source(one.source)(x), atol=1e-3)


def test_most_formulas_of_the_table_can_be_read():
    told = [one for one in CATALOG if one.origin is Origin.CATALOG]
    assert sum(bool(expression_of(one.formula)) for one in told) > 0.9 * len(told)


def test_a_prompt_is_read_whole():
    ideas = [tried("plus 0.1 sine", gain=0.12), tried("mix 0.3 Sine", gain=-0.4)]
    own = replace(PARENT, children=(ideas[0],))
    other = replace(PARENT, name="GELU", source=by_name("gelu").source)
    told = messages(ideas=ideas, parent=own, inspirations=(other,), focus="harmonic", turn=2)
    reading = read(told)
    assert reading.task == "improve" and reading.turn == 2 and reading.focus == "harmonic"
    assert reading.weakest == "harmonic"
    assert [one.name for one in reading.known] == ["Squared ReLU", "Sine"]
    assert reading.known[1].adds == {
        "polynomial": -0.2, "harmonic": 0.3, "spherical": 0.0, "feynman": 0.0,
    }  # fmt: skip
    (parent,), (company,) = reading.parents, reading.others
    assert (parent.name, parent.expression) == ("SiLU", "F.silu(x)")
    assert parent.made == {"plus 0.1 sine": 0.12}
    assert company.name == "GELU" and company.adds["polynomial"] == 0.1
    assert {(i.name, i.parent, i.gain) for i in reading.memory} == {
        ("plus 0.1 sine", "SiLU", 0.12),
        ("mix 0.3 Sine", "SiLU", -0.4),
    }


def test_the_same_prompt_has_the_same_reply():
    assert sent() == sent() and sent()[1]


def test_what_the_memory_lists_is_never_sent_again():
    ideas: list[Tried] = []
    names: list[str] = []
    for _ in range(12):
        names.append(sent(ideas=ideas)[0])
        ideas.append(tried(names[-1]))
    assert len(set(names)) == len(names)


def test_the_focus_decides_what_is_joined_and_one_that_is_deaf_does_not_see_it():
    on_waves, on_growth = (sent(focus=one)[0] for one in ("harmonic", "polynomial"))
    assert on_waves.endswith("Sine") and on_growth.endswith("Squared ReLU")
    names = {sent(deaf=True, focus=one)[0].split(" ", 2)[-1] for one in FAMILIES}
    assert len(names) == 1


def test_a_known_function_is_used_only_where_the_prompt_tells_of_it():
    assert sent(focus="harmonic", table=())[0].split(" ", 2)[-1] in scripted_model.OWN


def test_what_gained_is_tried_with_another_parent_and_what_lost_is_not():
    gained = [tried(f"plus {k} bump", gain=0.5, parent="GELU") for k in (0.1, 0.3, 0.6)]
    assert sent(ideas=gained)[0].endswith("bump")
    lost = [
        tried(f"plus {k} Sine", gain=-0.9, parent=one)
        for k in (0.1, 0.3, 0.6)
        for one in ("GELU", "Mish")
    ]
    assert not sent(ideas=lost, focus="harmonic")[0].endswith("Sine")


def test_the_same_question_again_and_a_refusal_have_another_answer():
    assert len({sent(turn=turn)[0] for turn in range(4)}) == 4
    refused = [
        *messages(),
        {"role": "assistant", "content": "no"},
        {"role": "user", "content": "Your answer was refused."},
    ]
    assert read(refused).refusals == 1


def test_it_advises_by_what_gained_and_follows_such_advice():
    ideas = [
        *(tried(f"plus {k} bump", gain=0.5, parent="GELU") for k in (0.1, 0.3)),
        *(tried(f"mix {k} Sine", gain=-0.9, parent="GELU") for k in (0.1, 0.3)),
    ]
    review = Review(
        memory=recall(ideas, tokens=4000),
        leader=PARENT,
        best=(),
        failures=(),
        advice=None,
        since=0,
        ahead=0,
    )
    asked = write_advice(review, brief(load(), TABLE))
    said = scripted_model.answer([{"role": role, "content": text} for role, text in asked])
    assert said == "Go on with: bump\nLeave: Sine"
    given = Advice(generation=1, adviser="openai/wise", text=said, model="m")
    warned, free = (sent(focus="harmonic", advice=one)[0] for one in (given, None))
    assert free.endswith("Sine") and not warned.endswith("Sine")
    advised, free = (sent(table=(), advice=one)[0] for one in (given, None))
    assert advised.endswith("bump") and not free.endswith("bump")
