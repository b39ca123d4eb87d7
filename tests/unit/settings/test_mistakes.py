"""Every mistake of a configuration is named, in one message, and no secret is repeated."""

import re
from pathlib import Path

import pytest
import yaml

from actmine.llm.access import require_no_secrets
from actmine.settings import configuration as config
from actmine.settings.configuration import ConfigError, merge, read_yaml, resolve
from actmine.settings.frozen import require_writable
from actmine.tasks.named import resolve_named

PLANTED = "sk-planted-0123456789"


def configured(text):
    """The default configuration with a piece of YAML laid over it, as a run reads it."""
    return merge(read_yaml(config.FOLDER / "config.yaml"), yaml.safe_load(text))


def refused(text):
    """The lines of the message with which it is refused."""
    with pytest.raises(ConfigError) as error:
        resolve_named(configured(text))
    return str(error.value).splitlines()


def model(**entry):
    """A configuration with one language model, as YAML."""
    entry = {"kind": "llm", "model": "openai/own", "price": {"input": 0, "output": 0}, **entry}
    return yaml.safe_dump({"mutation": {"mutators": [entry]}})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("lab: {learning_rate: 1e-3}", 1e-3),  # a text to YAML 1.1
        ("lab: {learning_rate: +1E-3}", 1e-3),
        ("lab: {learning_rate: '.5e-2'}", 5e-3),
        ("lab: {width: 1e2}", 100),
        ("lab: {width: 64.0}", 64),
        ("lab: {width: '64.0'}", 64),
        ("search: {generations: '2e1'}", 20),
        ("search: {per_niche: 3.0}", 3),
        ("search: {per_niche: 'null'}", None),
        ("budget: {tokens: 1e6}", 1_000_000),
        ("budget: {usd: 1e-2}", 0.01),
        ("container: 'null'", None),
    ],
)
def test_a_number_counts_however_it_is_written(text, number):
    settings = resolve(configured(text))
    ((section, value),) = yaml.safe_load(text).items()
    found = getattr(settings, section)
    if isinstance(value, dict):
        found = getattr(found, next(iter(value)))
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lab: {learning_rate: 1e-3x}", "lab.learning_rate: is '1e-3x', must be a number"),
        ("lab: {learning_rate: 1e400}", "lab.learning_rate: is inf, must be a finite number"),
        ("lab: {learning_rate: true}", "lab.learning_rate: is True, must be a number"),
        ("lab: {width: true}", "lab.width: is True, must be a whole number"),
        ("lab: {width: 64.5}", "lab.width: is 64.5, must be a whole number"),
        ("lab: {width: .inf}", "lab.width: is inf, must be a finite"),
        ("lab: {depth: .nan}", "lab.depth: is nan, must be a finite"),
        ("seed: -1", "seed: is -1, must be at least 0"),
        ("seed: 1e30", "seed: is 1000000000000000019884624838656, must be at most 922337"),
        ("budget: {usd: .inf}", "budget.usd: is inf, must be a finite number"),
        ("transfer: {learning_rates: [1, .inf]}", "transfer.learning_rates.1: is inf, must"),
        ("search: {generations: 10000}", "search.generations: is 10000, must be at most 9999"),
        ("lab: {width: 1e9}", "lab.width: is 1000000000, must be at most 65536"),
        ("lab: {learning_rate: 1e300}", "lab.learning_rate: is 1e+300, must be at most 1000"),
        (
            "fitness: {target: {weights: {harmonic: 1e308}}}",
            "fitness.target.weights.harmonic: is 1e+308, must be at most 1000000000",
        ),
        (
            "mutation: {operators: {explore: 1e308}}",
            "mutation.operators.explore: is 1e+308, must be at most 1000000000",
        ),
        ("search: {evidence: 1}", "search.evidence: is 1, must be below 1"),
        ("accept_code_change: 1", "accept_code_change: is 1, must be true or false"),
        (
            "validation: {robustness: {flat: {depth: .inf}}}",
            "validation.robustness.flat: lab.depth: is inf, must be a finite",
        ),
        (
            "arms: {main: {search: {elites: 2.5}}}",
            "arms.main: search.elites: is 2.5, must be a whole number",
        ),
    ],
)
def test_a_number_that_cannot_be_is_refused(text, line):
    (told,) = refused(text)
    assert told.startswith(line)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2024", "2024"),
        ("2026_11_28", "20261128"),
        ("2024-01-01", "2024-01-01"),
        ("no", "False"),
    ],
)
def test_a_name_that_yaml_takes_for_something_else_is_to_be_quoted(value, told):
    (line,) = refused(f"run: {value}")
    assert line.startswith(f"run: is {told}, must be a text: put it in quotes, or YAML")
    assert "on a command line it has to begin with a letter" in line
    assert resolve(configured(f"run: '{value}'")).run == value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('run: "abc\\n"', "run"),
        ('arms: {"wide\\n": {}}', r"arms.wide\n"),
        ('validation: {robustness: {"wide\\n": {width: 8}}}', r"validation.robustness.wide\n"),
        (model(model="openai/own\n"), "mutation.mutators.0.model"),
        (model(name="own\n"), "mutation.mutators.0.name"),
        (model(key_env="OWN_KEY\n"), "mutation.mutators.0.key_env"),
        (model(api_base="http://127.0.0.1/v1\n"), "mutation.mutators.0.api_base"),
        (model(fallbacks=[{"model": "openai/b\n"}]), "mutation.mutators.0.fallbacks.0.model"),
        ('results: "ab\\nc"', "results"),
        ('transfer: {folders: {cifar10: "a\\nb"}}', "transfer.folders.cifar10"),
        ('container: "docker://a\\n"', "container"),
    ],
)
def test_no_line_break_passes_at_the_end_of_a_name(text, key):
    (line,) = refused(text)
    assert line.startswith(f"{key}: is ")


def test_all_wrong_keys_are_named_at_once_with_the_nearest_right_ones():
    told = "\n".join(
        refused(
            """
            {sed: 1, runn: a, lab: {widht: 1, dpeth: 2},
             fitness: {clp: 3, target: {regoin: id}},
             search: {islnds: 1, ladder: [{stps: 3}]}, arms: {wide: {serch: {}}},
             mutation: {mutators: [{kind: embedded, wieght: 2}]},
             validation: {robustness: {deep: {batc: 3}}}}
            """
        )
    )
    for wrong, right in {
        "sed": "seed",
        "runn": "run",
        "lab.widht": "width",
        "lab.dpeth": "depth",
        "fitness.clp": "clip",
        "fitness.target.regoin": "region",
        "search.islnds": "islands",
        "search.ladder.0.stps": "steps",
        "arms.wide.serch": "search",
        "mutation.mutators.0.wieght": "weight",
        "lab.batc": "batch",
    }.items():
        assert f"{wrong}: no such key (did you mean {right}?)" in told
    assert "search.ladder.0.steps: missing" in told


def test_all_wrong_values_are_named_at_once():
    lines = refused(
        "{seed: -1, lab: {width: 0, depth: 0}, fitness: {clip: 0, aggregation: mean}}"
    )
    assert [line.partition(":")[0] for line in lines] == [
        "seed",
        "fitness.aggregation",
        "fitness.clip",
        "lab.depth",
        "lab.width",
    ]
    lines = refused(
        "{lab: {batch: 4096}, search: {remeasure_slots: 99, ladder: [{steps: 999}]}}"
    )
    assert [line.partition(":")[0] for line in lines] == [
        "lab.batch",
        "search.ladder.0.steps",
        "search.remeasure_slots",
    ]
    lines = refused("{search: {seeds: [rleu, gleu]}, validation: {catalog: [slu]}}")
    assert all("(did you mean " in line for line in lines)
    assert [line.partition(":")[0] for line in lines] == [
        "validation.catalog",
        "search.seeds",
        "search.seeds",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "search: 20",
            "search: is 20, must be a mapping, e.g. search: {generations: 20} (the ",
        ),
        ("lab: wide", "lab: is 'wide', must be a mapping, e.g. lab: {width: 64} (the networks"),
        ("budget: 3", "budget: is 3, must be a mapping (hard limits"),
        ("mutation: {mutators: [3]}", "mutation.mutators.0: is 3, must be a mapping (a maker"),
        (
            "search: {ladder: 3}",
            "search.ladder: is 3, must be a list, e.g. ladder: [{steps: 25, keep: 3, margin: 0",
        ),
        (
            "search: {per_niche: few}",
            "search.per_niche: is 'few', must be a whole number or null",
        ),
        ("lab: {device: gpu}", "lab.device: is 'gpu' (did you mean cuda?), must be one of cpu"),
        ("transfer: {device: GPU}", "transfer.device: is 'GPU' (did you mean cuda?), must be"),
    ],
)
def test_what_a_key_takes_is_told_in_plain_words_with_what_is_meant(text, line):
    (told,) = refused(text)
    assert told.startswith(line)


def test_keys_joined_by_dots_are_shown_nested():
    (told,) = refused("search.ladder.steps: 5")
    assert told.startswith("search.ladder.steps: no such key (write search: {ladder: {steps: …")


@pytest.mark.parametrize(
    ("arm", "line"),
    [
        (
            "{serch: {islands: 2}}",
            "arms.main.serch: no such key (did you mean search?); allowed are search, "
            "mutation, fitness",
        ),
        ("{search: 4}", "arms.main.search: is 4, must be a mapping"),
        ("{fitness: {clp: 3}}", "arms.main.fitness.clp: no such key; allowed are target"),
    ],
)
def test_what_an_arm_cannot_override_is_told_once(arm, line):
    assert refused(f"arms: {{main: {arm}}}") == [line]


def test_what_a_search_can_be_paid_for_has_an_example():
    (line,) = refused("fitness: {target: growth}")
    example = re.search(r"e\.g\. target: (\{.*?\}\})", line)[1]
    assert "an arm of the preset biases" in line
    paid = resolve(configured(f"fitness: {{target: {example}}}")).fitness.target.weights
    assert paid == {"polynomial": 1, "harmonic": 0, "spherical": 0, "feynman": 0}


def test_examples_of_the_schema_are_right():
    def examples(node, path=()):
        for key, inner in node.get("properties", {}).items():
            yield from examples(inner, (*path, key))
            yield from (((*path, key), example) for example in inner.get("examples", ()))

    found = list(examples(read_yaml(config.FOLDER / "schema.yaml")))
    assert len(found) > 4
    for path, value in found:
        for key in reversed(path):
            value = {key: value}
        assert resolve(configured(yaml.safe_dump(value)))


def test_weights_must_leave_tasks_to_be_paid_for():
    zero = "{polynomial: 0, harmonic: 0, spherical: 0, feynman: 0}"
    search, held_out = refused(f"fitness: {{target: {{weights: {zero}}}}}")
    assert search.startswith("fitness.target.weights: no family of tasks.search has a weight")
    assert "tasks.held_out" in held_out
    (line, _) = refused(f"arms: {{main: {{fitness: {{target: {{weights: {zero}}}}}}}}}")
    assert line.startswith("arms.main: fitness.target.weights: no family")


def test_a_weight_is_of_a_family_that_has_tasks():
    (line,) = refused("fitness: {target: {weights: {custom: 3, harmonic: 2}}}")
    assert line.startswith("fitness.target.weights.custom: is 3, and neither tasks.search nor")
    assert resolve(configured("fitness: {target: {weights: {custom: 0}}}"))


def test_held_out_tasks_must_tell_something_of_others():
    one = "{polynomial: {count: 1}, harmonic: null, spherical: null, feynman: null}"
    (line,) = refused(f"tasks: {{held_out: {one}}}")
    assert line.startswith("tasks.held_out: one task counts, which tells nothing about others")
    weights = "{harmonic: 0, spherical: 0, feynman: 0}"
    (line,) = refused(
        f"{{tasks: {{held_out: {{polynomial: {{count: 1}}}}}},"
        f" arms: {{a: {{fitness: {{target: {{weights: {weights}}}}}}}}}}}"
    )
    assert line.startswith("arms.a: tasks.held_out: one task counts")
    (line,) = refused(f"{{tasks: {{search: {one}}}, validation: {{fresh: 1}}}}")
    assert line.startswith("validation.fresh: is 1, and one task of tasks.search counts")
    boxes = {
        "name": "a",
        "formula": "x",
        "boxes": 2,
        "train": {"x": [0, 1]},
        "ood": {"x": [1, 2]},
    }
    others = dict.fromkeys(("polynomial", "harmonic", "spherical", "feynman"))
    assert resolve(
        merge(configured("{}"), {"tasks": {"held_out": {**others, "custom": [boxes]}}})
    )


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("./x", "x"),
        ("x/", "x"),
        ("a//b/./c", "a/b/c"),
        (" x ", "x"),
        ("../x", "../x"),
        ("/x//y/", "/x/y"),
        ("~/x", "/home/me/x"),
        ("$HOME/x", "/home/me/x"),
        ('${SCRATCH}/it\'s "x"', '/scratch/it\'s "x"'),
        ("a~b", "a~b"),
        ("übung", "übung"),
    ],
)
def test_a_path_has_one_spelling_and_is_read_as_a_shell_reads_it(monkeypatch, given, read):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("SCRATCH", "/scratch")
    folders = {"results": given, "transfer": {"folders": {"cifar10": given}}}
    settings = resolve(configured(yaml.safe_dump(folders)))
    assert settings.results == settings.transfer.folders["cifar10"] == read


@pytest.mark.parametrize(
    "path",
    ["$NO_SUCH_NAME/x", "${x", "{a}", "a{b}", "~nobody_here/x", "a\nb", "\udcff", "a\tb", ""],
)
def test_a_path_that_snakemake_cannot_have_is_refused(path):
    values = merge(configured("{}"), {"results": path})
    with pytest.raises(ConfigError, match=r"^results: is .*, must be a path in UTF-8, without"):
        resolve(values)


@pytest.mark.parametrize("key", ["container", "run"])
def test_a_text_is_utf_8(key):
    with pytest.raises(ConfigError, match=rf"^{key}: is '\\udcff', must "):
        resolve(merge(configured("{}"), {key: "\udcff"}))


def test_a_folder_in_which_nothing_can_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "link").symlink_to(tmp_path)
    require_writable(tmp_path / "link/new/demo")
    for name, why in {
        "file": "Not a directory",
        "dangling": "dangling is a link to nothing",
        "loop": "loop is a link to nothing",
        "n" * 300: "File name too long",
    }.items():
        for path in (tmp_path / name, tmp_path / name / "demo"):
            with pytest.raises(ConfigError, match=f"cannot be written .*{why}"):
                require_writable(path)
    with pytest.raises(ConfigError, match="/proc/demo cannot be written"):
        require_writable(Path("/proc/demo"))


@pytest.mark.parametrize(
    "entry",
    [
        {"api_base": f"http://me:{PLANTED}@127.0.0.1/v1"},
        {"api_base": f"http://{PLANTED}@127.0.0.1/v1"},
        {"api_base": f"http://127.0.0.1/v1?token={PLANTED}"},
        {"api_base": f"http://127.0.0.1/v1#{PLANTED}"},
        {"api_base": f"http://127.0.0.1/v1;key={PLANTED}"},
        {"api_base": f"http://127.0.0.1/v1%3Ftoken%3D{PLANTED}"},
        {"api_base": f"me:{PLANTED}@127.0.0.1"},
        {"fallbacks": [{"model": "openai/b", "api_base": f"https://me:{PLANTED}@h/v1"}]},
        {"fallbacks": [{"model": "openai/b", "key_env": PLANTED}]},
        {"key_env": PLANTED},
        {"model": f"openai/https://me:{PLANTED}@h"},
        {"extra": f"api_key={PLANTED}"},
        {"extra": {"api_key": PLANTED}},
        {"extra": {"headers": {"x": PLANTED}}},
        {"extra": {"extra_body": {"auth": {"api-key": PLANTED}}}},
        {"extra": {"extra_body": {"accessToken": PLANTED}}},
        {"extra": {"extra_body": {"tools": [{"Authorization": f"Bearer {PLANTED}"}]}}},
        {"extra": {"extra_body": {"client_secret": [1, PLANTED]}}},
        {"extra": {"extra_body": {"db_passwd": 12345678}}},
        {"extra": {"vertex_credentials": {"x": PLANTED}}},
        {"extra": {"extra_body": {"next": {"url": f"https://me:{PLANTED}@h/"}}}},
        {"extra": {"extra_body": {"next": [f"https://h/x?a=b&access_token={PLANTED}"]}}},
        {"extra": {"extra_body": {"head": f"Authorization: bearer {PLANTED}"}}},
        {"apikey": PLANTED},
    ],
)
def test_what_may_hold_a_key_is_refused_and_not_repeated(entry):
    for text in (
        model(**entry),
        yaml.safe_dump({"arms": {"main": yaml.safe_load(model(**entry))}}),
    ):
        lines = refused(text)
        assert "mutation.mutators.0." in lines[0]
        assert PLANTED not in "\n".join(lines)


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        ({"n": 8}, "extra.n"),
        ({"service_tier": "priority"}, "extra.service_tier"),
        ({"api_version": "2024-10-21"}, "extra.api_version"),
        ({"extra_body": {"n": 8}}, "extra.extra_body.n"),
        ({"extra_body": {"service_tier": "priority"}}, "extra.extra_body.service_tier"),
        ({"generationConfig": {"candidateCount": 8}}, "extra.generationConfig"),
        (
            {"extra_body": {"generation_config": {"maxOutputTokens": 99_999}}},
            "extra.extra_body.generation_config",
        ),
    ],
)
def test_what_changes_the_price_of_a_request_is_refused(extra, place):
    (line,) = refused(model(extra=extra))
    assert line.startswith(f"mutation.mutators.0.{place}: cannot stand here (this ")


def test_so_is_an_account_of_an_image():
    (line,) = refused(f"container: docker://me:{PLANTED}@registry/image")
    assert line.startswith("container: holds a password") and PLANTED not in line
    assert resolve(configured("container: docker://image:1@sha256:0123"))


def test_what_counts_tokens_holds_no_key():
    extra = {
        "max_completion_tokens": 400,
        "stop_token_ids": [1, 2],
        "skip_special_tokens": True,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    (mutator,) = resolve(configured(model(extra=extra))).mutation.mutators
    assert mutator.extra == extra


@pytest.mark.parametrize(
    "values",
    [
        {"run": PLANTED},
        {"mutation": {"mutators": [{"api_base": f"http://127.0.0.1/{PLANTED}/v1"}]}},
        {"arms": {PLANTED: {}}},
        {"no_such_key": [1, {"x": f"a{PLANTED}b"}]},
    ],
)
@pytest.mark.parametrize("name", ["MODEL_KEY", "MY_MODEL"])
def test_a_secret_of_the_environment_is_refused_wherever_it_stands(values, name):
    environ = {"HOME": "/root", name: f"{PLANTED}\n"}
    if name == "MY_MODEL":  # known because an entry names it
        values = {**values, "fallbacks": {"key_env": name}}
    with pytest.raises(ConfigError, match=f"that the variable {name} has") as error:
        require_no_secrets(values, environ)
    assert PLANTED not in str(error.value)
    require_no_secrets(values, {"HOME": "/root"})


def test_an_address_is_no_secret_whatever_its_variable_is_called():
    values = {"mutation": {"mutators": [{"api_base": "http://127.0.0.1:8080/v1"}]}}
    require_no_secrets(values, {"KEYCLOAK_URL": "http://127.0.0.1:8080"})


def test_faulty_tasks_are_told_together_and_beside_wrong_keys():
    regions = "train: {x: [0, 1]}, ood: {x: [1, 2]}"
    tasks = (
        f"[{{name: a, formula: 'sin(x', {regions}}}, {{name: b, formula: x, {regions}}},"
        f" {{name: c, formula: x + y, {regions}}},"
        f" {{name: d, formula: x ^ 2, boxs: 2, {regions}}}]"
    )
    text = f"{{serach: {{islands: 2}}, tasks: {{search: {{custom: {tasks}}}}}}}"
    key, unknown, *formulas = refused(text)
    assert key.startswith("serach: no such key (did you mean search?)")
    assert unknown.startswith("tasks.search.custom.3.boxs: no such key (did you mean boxes?)")
    assert [line.partition(": ")[2].partition(":")[0] for line in formulas] == [
        "custom task a",
        "custom task c",
        "custom task d",
    ]
    assert "no range for y in train and ood" in formulas[1]
    assert "write ** for powers" in formulas[2]
    alone = refused(text.replace("serach: {islands: 2}, ", "").replace("boxs: 2, ", ""))
    assert alone == formulas
