"""What a prompt says of the run, and what it must not say."""

import ast
import copy
import re

import numpy as np
import pytest
import torch

from actmine.functions.catalog import CATALOG
from actmine.gate import library
from actmine.gate.probes import LARGE_SCALE, SPREAD
from actmine.llm import prompt
from actmine.llm.brief import brief
from actmine.llm.draft import Operator
from actmine.llm.families import FAMILIES, families
from actmine.llm.prompt import write_prompt
from actmine.records.candidate import Origin
from actmine.settings import configuration as config
from configured import drawn
from probed import count_flops
from prompt_material import (
    BRIEF,
    FIRST,
    KNOWN,
    PAPER_WORDS,
    TASKS,
    configured,
    full,
    system,
    user,
)


def test_the_library_is_the_gates_own_table():
    _, _, after = system().partition("## Library")
    shown_library = re.search(r"```text\n(.*?)\n```", after, re.DOTALL)[1]
    assert shown_library == library.describe().strip()


def test_the_contract_names_the_scales_that_are_checked():
    assert f"|x| ≤ {SPREAD:g}" in system()
    assert f"up to |x| = {SPREAD * LARGE_SCALE:g}" in system()
    assert f"at most {library.MAX_TRIPS} constant steps" in system()


def test_the_families_of_the_search_suite_stand_with_their_counts():
    assert [(family.name, family.count) for family in BRIEF.families] == [
        ("polynomial", 4),
        ("harmonic", 3),
        ("spherical", 2),
        ("feynman", 2),
        ("custom", 1),
    ]
    for family in BRIEF.families:
        tasks = f"{family.count} task{'s' if family.count > 1 else ''}"
        told = f"- {family.name} ({tasks}; {family.size}): {family.description}"
        assert told in system()


def test_degree_and_dimension_are_those_that_tasks_are_drawn_with():
    sizes = {family.name: family.size for family in BRIEF.families}
    assert sizes == {
        "polynomial": "1 to 2 inputs (d), total degree 1 to 3",
        "harmonic": "1 input, 1 to 2 sines of 1.8 to 3.6 radians per unit as it is seen",
        "spherical": "3 inputs, degree 1 to 2",
        "feynman": "2 to 3 inputs",
        "custom": "1 input",
    }


def test_the_training_is_told():
    samples = {"train": 300, "id_test": 90, "ood_test": 80}
    lab = {"learning_rate": 0.0125, "batch": 48}
    told = system(brief(configured(lab=lab, tasks={**TASKS, "samples": samples})))
    for words in (
        "minibatches of 48 rows, the learning rate falling from 0.0125 to 0",
        "uniform in ±1/√fan_in",
        "300 training rows, 90 ID and 80 OOD test rows, without noise",
    ):
        assert words in told


def test_how_the_id_rule_adds_up_and_a_later_draw_are_told():
    assert "10 times ReLU's, as the geometric mean over all tasks, is dropped" in system()
    assert "drawn anew" not in system()
    rotated = brief(configured(search={"rotate_every": 3}))
    assert "They are drawn anew every 3 generations" in system(rotated)


def test_every_box_of_a_formula_counts_as_a_task():
    (own,) = TASKS["search"]["custom"]
    feynman = {**TASKS["search"]["feynman"], "boxes": 7}
    custom = [{**own, "boxes": 5}, {**own, "name": "other"}]
    search = {**TASKS["search"], "feynman": feynman, "custom": custom}
    told = brief(configured(tasks={**TASKS, "search": search})).families
    assert [(family.name, family.count) for family in told[3:]] == [
        ("feynman", 14),
        ("custom", 6),
    ]


def test_a_family_that_is_left_out_is_not_mentioned():
    search = {**TASKS["search"], "spherical": None}
    assert "spherical" not in system(brief(configured(tasks={**TASKS, "search": search})))


def test_every_family_of_the_schema_can_be_described():
    suite = config.read_yaml(config.FOLDER / "schema.yaml")["$defs"]["suite"]
    assert list(FAMILIES) == list(suite["properties"])


def test_the_regions_are_those_of_the_tasks(smoke_suite):
    regions = {task.family: (task.train_region, task.ood_region) for task in smoke_suite.tasks}
    train, ood = regions["polynomial"]
    assert set(train.hi) == {1.0} and set(ood.outer.hi) == {2.0} and set(ood.outer.lo) == {-2.0}
    train, ood = regions["harmonic"]
    assert train.hi == (torch.pi,) and ood.outer.hi == (2 * torch.pi,)
    train, ood = regions["feynman"]
    sides = zip(train.lo, train.hi, ood.outer.lo, ood.outer.hi, strict=True)
    assert all(low == lo and high - low == 2 * (hi - lo) for lo, hi, low, high in sides)


def test_weights_are_told():
    target = {"weights": {"harmonic": 2, "feynman": 0, "spherical": 0.5}}
    told = system(brief(configured(fitness={"target": target})))
    for words in ("3 tasks, weight 2;", "2 tasks, not counted;", "2 tasks, weight 0.500;"):
        assert words in told


def test_the_target_region_is_told():
    told = system(brief(configured(fitness={"target": {"region": "id"}})))
    assert "log(ID loss of ReLU / ID loss of the function)" in told
    assert "fit best in distribution" in told


def test_the_aggregation_is_told():
    told = system(brief(configured(fitness={"aggregation": "mean_loss"})))
    assert "minus the mean over tasks of the OOD loss" in told
    assert "log(" not in told.partition("## Contract")[0]


def test_the_optimizer_is_told():
    changes = {"lab": {"steps": 450, "optimizer": "sgd"}}
    told = system(brief(configured(**changes)))
    assert "450 momentum SGD steps" in told and "Adam" not in told


def test_the_number_of_networks_is_told():
    changes = {"lab": {"depth": 1, "replicates": 3}}
    told = system(brief(configured(**changes)))
    assert "1 hidden layer of" in told and "3 networks per regression task" in told
    assert "one network per regression task" in system(BRIEF)


def test_the_limits_are_told():
    changes = {"lab": {"width": 48, "depth": 3, "steps": 450}, "fitness": {"id_guard": 1.5}}
    told = system(brief(configured(**changes, gate={"max_flops": 123.5})))
    assert "3 hidden layers of 48 units" in told and "450 Adam steps" in told
    assert "over 1.50 times ReLU's" in told and "At most 124 FLOPs" in told


@pytest.mark.parametrize(
    ("policy", "words"),
    [("allow", "and on other rows"), ("flag", "cannot win"), ("reject", "is refused")],
)
def test_the_policy_for_batch_coupling_is_told(policy, words):
    told = system(brief(configured(gate={"batch_coupled": policy})))
    [line] = [line for line in told.splitlines() if line.startswith("- Coupling")]
    assert words in line


@pytest.mark.parametrize(
    ("flops", "function"),
    [
        (1, lambda x: x * 0.5),
        (4, lambda x: x / 2),
        (1, lambda x: x**2),
        (2, lambda x: x**3),
        (16, lambda x: x**5),
        (1, lambda x: torch.roll(x, 1, dims=-1)),
    ],
)
def test_the_costs_told_in_passing_are_those_counted(flops, function):
    assert count_flops(function) == flops


@pytest.mark.parametrize("price", BRIEF.prices, ids=lambda price: str(price.flops))
def test_a_price_is_what_is_counted(price):
    counted = {}
    for name in price.functions:
        function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
        try:
            counted[name] = count_flops(function)
        except (TypeError, RuntimeError):  # it takes more than one argument
            continue
    # Of an input element: the first yields half as many, the second a buffer besides.
    unusual = {"glu": 6, "logsigmoid": 36}
    assert counted == {name: unusual.get(name, price.flops) for name in counted}


def test_the_prices_hold_the_functions_of_the_field():
    named = {name for price in BRIEF.prices for name in price.functions}
    assert named >= {"sin", "exp", "tanh", "sigmoid", "erf", "gelu", "silu", "softplus", "sqrt"}
    reductions = {name for price in BRIEF.input_prices for name in price.functions}
    assert reductions >= {"softmax", "layer_norm", "norm"}
    assert "\n4: std var (of 16 values at least)\n" in system()


def test_the_answer_that_is_asked_for_is_python():
    block = re.findall(r"```python\n(.*?)\n```", system(), re.DOTALL)[-1]
    [function] = ast.parse(block).body
    lines = [line.strip() for line in ast.get_docstring(function).splitlines() if line]
    assert [line.partition(":")[0] for line in lines] == ["Name", "Formula", "Rationale"]


def test_the_held_out_suite_never_changes_a_prompt():
    changed = copy.deepcopy(TASKS)
    changed["held_out"] = {
        "harmonic": {"count": 77},
        "feynman": {"equations": ["I.14.4"]},
    }
    other = configured(tasks=changed, validation={"replicates": 9, "finalists": 3})
    assert write_prompt(full(Operator.REWRITE), brief(other, KNOWN)) == write_prompt(
        full(Operator.REWRITE), BRIEF
    )


def test_no_task_can_be_read_from_a_prompt():
    for secret in ("I.12.1", "I.16.6", "sentinel", "sin(3", "chebyshev", "hemisphere"):
        assert secret not in system()


def everything_of_ours():
    templates = [path.read_text() for path in prompt.TEMPLATES.rglob("*.j2")]
    prompts = [user(full(operator)) for operator in FIRST]
    return "\n".join([*templates, *prompts, system().replace(BRIEF.library.strip(), "")])


def paper_names():
    known = [entry.name for entry in CATALOG if entry.origin is Origin.PAPER]
    return [*known, *PAPER_WORDS]


@pytest.mark.parametrize("name", paper_names())
def test_no_find_of_the_paper_is_named(name):
    def folded(text):
        return re.sub(r"[^a-z]", "", text.lower())

    assert folded(name) not in folded(everything_of_ours())


@pytest.mark.parametrize("region", ["hemisphere", "cap"])
def test_the_regions_are_told_as_the_network_sees_them(region):
    """Of tasks that are drawn: how far their standardised rows reach."""
    spherical = {"count": 1, "degrees": [1, 1], "region": region}
    search = {**TASKS["search"], "spherical": spherical}
    suite = drawn("search", seed=3, **search)
    config = configured(tasks={**TASKS, "search": search})
    told = {one.name: one for one in families(config)}
    far = {"polynomial": 3.5, "harmonic": 3.5, "feynman": 5.2}
    far["spherical"] = -float(re.search(r"down to (-[.\d]+)", told["spherical"].ood)[1])
    for name, end in far.items():
        rows = [task.x_ood for task in suite.tasks if task.family == name]
        if name == "spherical":
            # Along the axis of the cap, which is that of the mean of what it is trained on.
            (task,) = (task for task in suite.tasks if task.family == name)
            raw = [x * task.x_std + task.x_mean for x in (task.x_train, task.x_ood)]
            axis = raw[0].mean(axis=0) / np.linalg.norm(raw[0].mean(axis=0))
            along = [x @ axis for x in raw]
            rows = [(along[1] - along[0].mean()) / along[0].std()]
        assert max(np.abs(x).max() for x in rows) == pytest.approx(end, rel=0.12), name


def test_relus_own_losses_are_told_where_they_are_known():
    assert "ReLU's own losses, ID / OOD: polynomial 0.0200 / 0.700, harmonic" in system()
    assert "own losses" not in system(brief(configured()))


def test_a_known_function_that_fits_too_badly_has_its_star_wherever_it_is_named():
    assert "| +.35 Sine* |" in user(full(Operator.REWRITE))
    assert "the best known function there, which fits too badly to be kept" in user(
        full(Operator.REWRITE, focus="harmonic")
    )
    assert "kept" not in user(full(Operator.REWRITE, focus="polynomial")).rpartition("Focus")[2]


def test_what_a_ladder_does_is_told_where_there_is_one():
    ladder = [{"steps": 25, "keep": 3, "margin": 0.1}]
    laddered = brief(configured(search={"ladder": ladder}), KNOWN)
    assert "stopped at N" in user(full(Operator.REWRITE), laddered)
    assert "stopped at N" not in user(full(Operator.REWRITE), brief(configured(), KNOWN))
