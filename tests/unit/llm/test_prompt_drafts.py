"""What a prompt shows of records, how long it is, and what is the same in many."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from actmine.functions.catalog import CATALOG
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.llm.brief import brief
from actmine.llm.draft import Aspect, Draft, Operator
from actmine.llm.prompt import QUESTION, write_prompt
from actmine.llm.recall import recall
from actmine.records.candidate import Failure, Origin
from actmine.settings import configuration as config
from checkouts import ROOT
from prompt_material import (
    FIRST,
    KNOWN,
    adding,
    configured,
    full,
    minimal,
    shown,
    system,
    tried,
    user,
)


@pytest.mark.parametrize("preset", [None, *config.presets()])
def test_the_system_message_of_a_preset_is_short(preset):
    assert len(system(brief(config.load(preset)))) < 10_400


@pytest.mark.parametrize("operator", FIRST)
def test_an_ordinary_prompt_is_short(operator):
    assert len(user(full(operator))) < 7000


@pytest.mark.parametrize("operator", FIRST)
def test_no_prompt_grows_beyond_its_bounds(operator):
    long = "def activation(x):\n" + "    x = x + 1.0\n" * 1000 + "    return x\n"
    endless = [
        tried("n" * 500 + str(k), formula="f" * 500, parent="p" * 500, fitness=0.1)
        for k in range(200)
    ]
    big = shown("silu", source=long, name="n" * 1000, children=tuple(endless[:4]))
    draft = Draft(
        operator=operator,
        parent=big,
        second=big if operator is Operator.CROSSOVER else None,
        inspirations=(big,) * 10,
        failures=(Failure(source=long, reason="r" * 5000),) * 10,
        memory=recall(endless, tokens=1200),
        leader=big,
        focus="harmonic",
        turn=3,
    )
    assert len(user(draft)) < 16_000


def test_only_the_first_inspirations_and_the_last_failures_are_shown():
    told = user(
        minimal(
            Operator.REWRITE,
            inspirations=tuple(shown("elu", name=f"inspiration{i}") for i in range(5)),
            failures=tuple(Failure(source="", reason=f"reason{i}") for i in range(5)),
        )
    )
    assert re.findall(r"inspiration\d", told) == [
        "inspiration0",
        "inspiration1",
        "inspiration2",
    ]
    assert re.findall(r"reason\d", told) == ["reason3", "reason4"]


def test_a_long_source_keeps_its_start_and_its_end():
    source = "def activation(x):\n" + "    x = x + 1.0\n" * 1000 + "    return x\n"
    told = user(minimal(Operator.REWRITE, parent=shown("silu", source=source)))
    assert "def activation(x):\n    x = x + 1.0\n" in told and "    return x\n```" in told
    assert re.search(r"^# \[…\] \d+ characters left out$", told, re.MULTILINE)


def test_most_is_to_be_gained_where_the_best_known_function_is_furthest_ahead():
    # Sine adds .35 on harmonic tasks, nothing known more than .05 on those of the owner.
    behind = shown("silu", contributions=adding(0.15, 0.01, 0.1, 0.0, -0.1))
    assert "Most to gain: harmonic." in user(minimal(Operator.REWRITE, parent=behind))
    alone = brief(configured())
    assert "Most to gain: custom." in user(minimal(Operator.REWRITE, parent=behind), alone)


def test_no_family_is_named_where_nothing_is_to_be_gained():
    ahead = shown("silu", contributions=adding(0.3, 0.4, 0.3, 0.2, 0.1))
    assert "Most to gain" not in user(minimal(Operator.REWRITE, parent=ahead))
    alike = shown("silu", contributions=adding(0.1, 0.1, 0.1, 0.1, 0.1))
    told = user(minimal(Operator.REWRITE, parent=alike), brief(configured()))
    assert "Most to gain" not in told


FAR = {"polynomial": 134.0, "harmonic": 0.0103}


def test_a_loss_ratio_is_shown_as_far_as_it_counts():
    far = (FamilyLoss(family=name, train=1, id=1, ood=ood) for name, ood in FAR.items())
    odd = shown("silu", families=tuple(far))
    assert "| over 7.39 |" in user(minimal(Operator.REWRITE, parent=odd))
    assert "| under 0.135 |" in user(minimal(Operator.REWRITE, parent=odd))
    plain = brief(configured(fitness={"aggregation": "mean_loss"}))
    told = user(minimal(Operator.REWRITE, parent=odd), plain)
    assert "| 134 |" in told and "over 7.39" not in told


def test_a_crossover_says_where_each_parent_is_ahead():
    told = user(full(Operator.CROSSOVER))
    assert "The first is ahead on polynomial (+.15 against -.10)" in told
    assert "The second is ahead on harmonic (+.30 against +.01)" in told


@pytest.mark.parametrize("operator", FIRST)
def test_seven_tenths_of_a_prompt_are_the_same_in_a_run(operator):
    """In the default lab, with all known functions and a full memory."""
    settings = config.load()
    names = ["polynomial", "harmonic", "spherical", "feynman"]
    share = tuple(Contribution(family=n, share=0.25, fitness=-0.5) for n in names)
    table = [
        replace(KNOWN[0], name=one.name, formula=one.formula, contributions=share)
        for one in CATALOG
        if one.origin is Origin.CATALOG
    ]
    ideas = [
        tried(one.name, formula=one.formula, fitness=-0.12, gain=-0.12, gain_error=0.05)
        for one in [*CATALOG, *CATALOG]
    ]
    draft = full(operator, memory=recall(ideas, tokens=settings.mutation.memory))
    draft = replace(draft, inspirations=draft.inspirations[: settings.mutation.inspirations])
    (_, same), (_, rest) = write_prompt(draft, brief(settings, table))
    assert len(same) / len(same + rest) > 0.7


def test_what_was_tried_stands_before_all_that_differs_in_a_generation():
    texts = [user(full(operator)).partition(QUESTION) for operator in FIRST]
    assert len({before for before, _, _ in texts}) == 1
    assert len({after for _, _, after in texts}) == len(FIRST)


def test_the_known_functions_stand_in_the_system_message_alone():
    assert "+.41 = +.21 -.06 +.17 +.04 +.05 | Softplus: log(1 + exp(x))" in system()
    assert "| Sine*: sin(x)" in system() and "* its ID loss is over the limit." in system()
    few = brief(configured(mutation={"known_functions": 1}), KNOWN)
    assert "GELU:" not in system(few) and "What 1 known" in system(few)
    assert "below 1 of 4 known functions" in user(full(Operator.REWRITE), few)
    assert "Known functions" not in system(brief(configured()))


@pytest.mark.parametrize("focus", [*Aspect, "harmonic"])
def test_every_focus_is_told_in_one_line(focus):
    draft = minimal(Operator.REWRITE, parent=shown("silu"), focus=str(focus))
    lines = [line for line in user(draft).splitlines() if line.startswith("Focus: ")]
    assert len(lines) == 1 and len(lines[0]) > 60


@pytest.mark.parametrize("field", ["fitness", "standard_error", "flops"])
def test_a_function_without_a_score_is_not_shown(field):
    with pytest.raises(ValueError, match=f"its {field} is nan; only functions that"):
        shown("silu", **{field: float("nan")})


def test_a_draft_is_no_repair():
    with pytest.raises(ValueError, match="a repair is written by `write_repair`"):
        minimal(Operator.REPAIR)


def test_only_a_crossover_has_a_second_parent():
    with pytest.raises(ValueError, match="crossover: a second parent if crossover, else none"):
        minimal(Operator.CROSSOVER, second=None)
    with pytest.raises(ValueError, match="rewrite: a second parent"):
        minimal(Operator.REWRITE, second=shown("silu"))


def test_prompts_are_written_without_torch():
    code = "import sys, actmine.llm.prompt; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
