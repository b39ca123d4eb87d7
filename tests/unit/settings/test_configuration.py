"""What a configuration may say, and how a mistake in it is named."""

from dataclasses import asdict, replace

import pytest

from actmine.settings import configuration as config
from actmine.settings.configuration import (
    FOLDER,
    ConfigError,
    arm_settings,
    differing_keys,
    families_of,
    identity,
    load,
    merge,
    presets,
    read_yaml,
    resolve,
)
from actmine.settings.sections import Target
from actmine.tasks.named import require_named
from actmine.tasks.suite import draw_suite


def checked(values):
    """The configuration as the workflow reads it, before it plans anything."""
    settings = resolve(values)
    require_named(settings)
    return settings


@pytest.fixture
def plain():
    return read_yaml(config.FOLDER / "config.yaml")


def changed(plain, path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return merge(plain, value)


@pytest.mark.parametrize("preset", presets())
def test_every_preset_is_valid(preset):
    assert load(preset).run


def test_every_key_of_the_schema_has_a_meaning_or_is_a_branch():
    def leaves(node, path=""):
        for key, inner in node.get("properties", {}).items():
            here = f"{path}.{key}"
            if "properties" in inner:
                yield from leaves(inner, here)
            elif "$ref" not in inner:
                yield here, inner

    schema = read_yaml(config.FOLDER / "schema.yaml")
    bare = [path for path, node in leaves(schema) if "description" not in node]
    assert [path for path in bare if not path.startswith(".tasks.samples.")] == []


def test_defaults_are_filled_at_every_depth(plain):
    assert resolve(plain).fitness.target == Target(region="ood", weights={})


def test_command_line_strings_become_what_the_schema_asks_for(plain):
    asked = {"generations": "7", "islands": 2.0, "seeds": "[relu, silu]"}
    search = resolve(changed(plain, "search", asked)).search
    assert (search.generations, search.seeds) == (7, ("relu", "silu"))
    assert (search.islands, type(search.islands)) == (2, int)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sed", 3, r"^sed: no such key \(did you mean seed\?\); allowed are run, preset"),
        ("search.generatons", 3, r"^search\.generatons: no such key .*generations"),
        ("search.islands", 0, r"^search\.islands: is 0, must be at least 1 \(populations"),
        ("search.islands", "many", r"^search\.islands: is 'many', must be a whole number"),
        (
            "search.remeasure_slots",
            20,
            r"^search\.remeasure_slots: is 20, not below search\.cand",
        ),
        (
            "search",
            {"rotate_every": 1, "islands": 1, "candidates_per_island": 10},
            r"search\.elites \(12\) fill all .*keep fewer elites",
        ),
        (
            "search",
            {"rotate_every": 1, "elites": 4, "islands": 2},
            r"^search\.rotate_every: is 1, and islands cannot meet",
        ),
        ("lab.learning_rate", 0, r"^lab\.learning_rate: is 0, must be above 0"),
        ("fitness.clip", float("inf"), r"^fitness\.clip: is inf, must be a finite number"),
        ("fitness.epsilon", float("nan"), r"^fitness\.epsilon: is nan, must be a finite"),
        ("fitness.id_guard", -1.0, r"^fitness\.id_guard: is -1.0, must be above 0"),
        ("lab.batch", 4096, r"^lab\.batch: is 4096, above tasks\.samples\.train \(512\)"),
        ("run", "../up", r"^run: is '\.\./up', must match"),
        ("fitness.aggregation", "median", r"must be one of mean_log_ratio, mean_loss"),
        ("search.seeds", ["rleu"], r"^search\.seeds: .*rleu"),
        ("search.seeds", ["gelusine"], r"find of the paper.*allow_paper_seeds"),
        ("tasks.search.polynomial.degrees", [5, 2], r"^tasks\.search\.polynomial\.degrees"),
        ("tasks.search.polynomial", {}, r"polynomial\.count: missing"),
        ("tasks.search.feynman.equations", ["I.1.1"], r"I\.1\.1"),
        ("validation.catalog", ["rleu"], r"^validation\.catalog: .*rleu"),
        ("arms", {"store": {}}, r"^arms"),
        ("arms", {"main": {"seed": 3}}, r"^arms\.main\.seed: no such key"),
        ("arms", {"main": {"search": {"islnds": 2}}}, r"arms\.main: search\.islnds"),
        ("arms", {"main": {"search": {"generations": 2}}}, r"the same for all arms"),
        ("sandbox.timeout_factor", 2, r"^sandbox\.timeout_factor: is 2, must be at least 20"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_the_rule(plain, path, value, message):
    if path == "tasks.search.polynomial":
        plain["tasks"]["search"]["polynomial"] = {}
        value = {}
    with pytest.raises(ConfigError, match=message):
        checked(changed(plain, path, value))


def custom(plain, **task):
    entry = {"name": "mine", "formula": "x**2", "train": {"x": [0, 1]}, "ood": {"x": [1, 2]}}
    plain["tasks"]["search"]["custom"] = [{**entry, **task}]
    return plain


def test_a_custom_task_is_accepted(plain):
    assert resolve(custom(plain))


def test_null_leaves_out_a_family_and_stays_in_the_identity(plain):
    only = changed(custom(plain), "tasks.search.polynomial", None)
    only["tasks"]["search"].update(harmonic=None, spherical=None, feynman=None)
    resolved = resolve(only)
    families = asdict(families_of(resolved, "search"))
    assert [name for name, part in families.items() if part] == ["custom"]
    assert identity(resolved)["tasks"]["search"]["harmonic"] is None


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"formula": "x +* 2"}, r"mine"),
        ({"formula": "__import__('os')"}, r"mine"),
        ({"ood": {"x": [0.5, 2]}}, r"mine.*x"),
        ({"ood": {"y": [1, 2]}}, r"mine"),
        ({"train": {"x": [1, 0]}}, r"mine|custom"),
        ({"name": "../up"}, r"custom\.\d+\.name: is '\.\./up', must match"),
        ({"weight": 2}, r"custom\.\d+\.weight: no such key"),
        ({"ood": {"x": 1}}, r"custom\.\d+\.ood\.x: is 1, must be a list"),
    ],
    ids=[
        "no formula",
        "code",
        "overlap",
        "other variables",
        "reversed",
        "name",
        "key",
        "number",
    ],
)
def test_a_custom_task_that_cannot_work_is_refused_by_name(plain, task, message):
    with pytest.raises(ConfigError, match=message):
        checked(custom(plain, **task))


def test_an_unknown_preset_is_refused_with_the_names_there_are():
    named = r"no 'huge'; there are .*demo, overnight, paper, reference, seeds, smoke"
    with pytest.raises(ConfigError, match=named):
        load("huge")


def test_the_number_of_generations_is_no_part_of_the_identity(plain):
    more = changed(plain, "search.generations", 99)
    assert identity(resolve(plain)) == identity(resolve(more))
    assert "results" not in identity(resolve(plain))


def test_keys_that_differ_are_named(plain):
    other = changed(changed(plain, "seed", 2), "lab.width", 48)
    old, new = identity(resolve(plain)), identity(resolve(other))
    assert differing_keys(old, new) == ["lab.width", "seed"]


def test_an_arm_overrides_the_search_and_nothing_else(plain):
    plain["arms"] = {"main": {}, "wide": {"search": {"islands": 3, "seed": 9}}}
    resolved = resolve(plain)
    wide = arm_settings(resolved, "wide")
    assert (wide.search.islands, wide.search_seed) == (3, 9)
    assert wide.search.elites == resolved.search.elites
    assert arm_settings(resolved, "main").search_seed == resolved.seed


def test_fresh_tasks_are_of_the_searchs_families_so_many_times():
    settings = load("demo")
    few, more = (families_of(settings, name) for name in ("search", "remeasured"))
    times = settings.validation.fresh
    assert more.polynomial == replace(few.polynomial, count=times * few.polynomial.count)
    assert more.feynman == replace(few.feynman, boxes=times)
    parity = families_of(load("bias-parity"), "remeasured")
    names = [task.name for task in parity.custom]
    assert len(set(names)) == len(names) and f"even_well~{times - 1}" in names
    assert parity.polynomial is None
    (boxes,) = {task.boxes for task in parity.custom}
    suite = draw_suite("remeasured", parity, samples=settings.tasks.samples, seed=0)
    assert boxes > 1 and len(suite.tasks) == len(names) * boxes  # all with different names


def test_one_word_stands_for_a_list_of_it():
    assert resolve(seeds("known")).search.seeds == ("known",)
    assert resolve(seeds("[known, silu]")).search.seeds == ("known", "silu")


def seeds(written):
    return {**read_yaml(FOLDER / "config.yaml"), "search": {"seeds": written}}
