"""What a stage's hash notices: every file of ours that the stage can run, and no other."""

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkouts import ROOT

SCRIPTS = ROOT / "workflow_scripts"
DATA = (".csv", ".j2", ".yaml")
FILES = sorted(
    path.relative_to(SCRIPTS).as_posix()
    for path in SCRIPTS.rglob("*")
    if path.suffix in (".py", *DATA)
)
STAGES = [name for name in FILES if "/" not in name]
HANDLERS = [name for name in FILES if name.endswith("/handlers.py")]
LAB = [name for name in FILES if name.startswith("actmine/lab/")]
IMPORT = re.compile(r"from actmine\S* import \w")
# These import by names that are put together while they run. `__main__` is no stage, and the
# child's modules stand whole in the code of its parent.
BY_NAME = {
    "actmine/__main__.py",
    "actmine/lab/accelerator_process.py",
    "actmine/sandbox/zygote.py",
}

# Imports each module in a process of its own, after what they have in common, and warms those
# up that answer for a child.
LOADED = """
import json, os, sys
from importlib import import_module
import numpy, pandas, scipy.stats, yaml
for name in sys.argv[1:]:
    if os.fork() == 0:
        module = import_module(name)
        if hasattr(module, "warm_up"):
            from actmine.sandbox import zygote
            zygote._warm(name)
        files = [getattr(module, "__file__", None) for module in sys.modules.values()]
        print(json.dumps([name, [file for file in files if file]]), flush=True)
        os._exit(0)
    os.wait()
"""


def loaded_from(folder):
    """The module `code_hash` of a copy, which hashes that copy."""
    spec = importlib.util.spec_from_file_location("copied", folder / "actmine/code_hash.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the scripts and the package, and its `code_hash`."""
    folder = tmp_path_factory.mktemp("code") / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder, loaded_from(folder)


@pytest.fixture(scope="module")
def noticed(copied):
    """The stages that notice an edit, for every file: those whose code it is part of."""
    _, code = copied
    parts = {stage: code.file_hashes(stage) for stage in STAGES}
    return {name: {stage for stage in STAGES if name in parts[stage]} for name in FILES}


@pytest.mark.parametrize(
    ("name", "of_training"),
    [("train.py", True), ("actmine/files.py", True), ("seal.py", False)],
)
def test_a_stages_hash_changes_with_an_edit_of_its_own_code_alone(copied, name, of_training):
    folder, code = copied
    path, before = folder / name, code.digest("train.py")
    text = path.read_bytes()
    path.write_bytes(text + b"\n# edited\n")
    code.digest.cache_clear()
    code._hash.cache_clear()
    assert (code.digest("train.py") != before) is of_training
    path.write_bytes(text)
    code.digest.cache_clear()
    code._hash.cache_clear()


def test_every_script_is_noticed_by_its_own_stage_alone(noticed):
    assert [name for name in STAGES if noticed[name] != {name}] == []


def test_every_file_is_noticed_unless_only_the_plan_or_what_shows_a_run_uses_it(
    noticed, copied
):
    folder, code = copied
    rules = [*ROOT.glob("rules/*.smk"), ROOT / "Snakefile"]
    planning = folder / "planning.py"
    lines = (line for path in rules for line in path.read_text().splitlines())
    planning.write_text("\n".join(line for line in lines if IMPORT.match(line)))
    users = (folder / "actmine" / name for name in ("__main__.py", "api.py"))
    shown = folder.glob("snakemake_logger_plugin_actmine/*.py")
    commands = [*users, *shown, *folder.glob("actmine/commands/*.py")]
    used = {*code.file_hashes(planning), *code.file_hashes(*commands)}
    assert [name for name in FILES if not noticed[name] and name not in used] == []


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("actmine/lab/shard.py", {"train.py"}),
        ("actmine/evolution/edits.py", {"propose.py"}),
        ("aggregate.py", {"aggregate.py"}),
        ("pick_champions.py", {"pick_champions.py"}),
        ("actmine/report/page.html.j2", {"write_report.py"}),
        ("actmine/llm/prompts/parts/task.j2", {"propose.py"}),
        ("actmine/champion/card.md.j2", {"champion.py"}),
        ("actmine/transfer/benchmarks/clrs_sampler.py",
         {"aggregate_transfer.py", "load_benchmark.py", "transfer.py"}),
    ],
)  # fmt: skip
def test_an_edit_is_noticed_by_the_stages_that_run_it(noticed, name, stages):
    assert noticed[name] == stages


@pytest.mark.parametrize("stage", ["draw_suite.py", "list_catalog.py"])
def test_the_lab_is_no_part_of_the_tasks_or_the_catalog(noticed, stage):
    assert [name for name in LAB if stage in noticed[name]] == []


def test_a_training_is_measured_by_the_child_and_by_what_asks_it(copied):
    folder, code = copied
    measured = code.file_hashes(folder / "actmine/lab/measure.py")
    for name in ("lab/fit", "lab/ensemble", "lab/scoring", "gate/library", "sandbox/zygote"):
        assert f"actmine/{name}.py" in measured
    assert "actmine/lab/shard.py" not in measured


def test_a_table_is_part_of_the_modules_that_name_it_and_no_reason_to_measure_again(copied):
    folder, code = copied
    tables = [Path(name) for name in FILES if name.endswith(DATA)]
    for name in (name for name in FILES if name.endswith(".py")):
        text, around = (folder / name).read_text(), Path(name).parent
        beside = (one for one in tables if around in one.parents and f'"{one.name}"' in text)
        assert {one.as_posix() for one in beside} <= code.file_hashes(name).keys(), name
    measured = code.file_hashes("actmine/transfer/measure.py")
    assert "actmine/functions/table.csv" in measured
    assert "actmine/functions/catalog.yaml" not in measured


@pytest.mark.slow
@pytest.mark.parametrize("starts", [STAGES, HANDLERS], ids=["stages", "children"])
def test_what_python_imports_is_part_of_the_code(copied, starts):
    """Python's own account of what it has loaded; imports that a script puts off are absent."""
    folder, code = copied
    modules = {name.removesuffix(".py").replace("/", "."): name for name in starts}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *modules],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = dict(map(json.loads, done.stdout.splitlines()))
    assert loaded.keys() == modules.keys()
    for module, files in loaded.items():
        paths = (Path(file) for file in files)
        ours = {one.relative_to(folder).as_posix() for one in paths if folder in one.parents}
        around = [] if starts is STAGES else ["actmine/sandbox/zygote.py"]
        assert len(ours) > 1
        assert ours <= code.file_hashes(modules[module], *around).keys()


def test_forms_of_an_import(tmp_path):
    package = tmp_path / "actmine"
    package.mkdir()
    shutil.copy(SCRIPTS / "actmine/code_hash.py", package)
    (package / "__init__.py").write_text("")
    for name in ("plain", "within", "beside", "lazy", "typed", "text", "put_off", "docs"):
        (package / f"{name}.py").write_text('"""See actmine.docs."""\n')
    (tmp_path / "other.py").write_text("")
    (tmp_path / "stage.py").write_text(
        '"""Not actmine.docs."""\n'
        "import actmine.plain, other\nfrom actmine import within\n"
        "from actmine.typed import TYPE_CHECKING\n"
        'BOOT = "import sys; from actmine.text import main"\n'
        "def later():\n    from actmine.lazy import x\n"
    )
    (package / "plain.py").write_text("from . import beside\nfrom .put_off import x\n")
    found = set(loaded_from(tmp_path).file_hashes("stage.py"))
    modules = ("plain", "within", "beside", "lazy", "typed", "text", "put_off", "__init__")
    assert found == {"stage.py", "other.py", *(f"actmine/{name}.py" for name in modules)}


def test_no_module_of_a_stage_is_named_while_it_runs():
    """Such an import would be hidden: a name has to stand in the text as a whole."""
    hidden = set()
    for name in FILES:
        path = SCRIPTS / name
        tree = ast.parse(path.read_bytes()) if path.suffix == ".py" else ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).split(".")[-1]
                loads = called in ("import_module", "__import__", "run_module", "run_path")
                if loads and not isinstance(node.args[0], ast.Constant):
                    hidden.add(name)
            if isinstance(node, ast.JoinedStr) and re.search(
                r"actmine\.\S*\{", ast.unparse(node)
            ):
                hidden.add(name)
    assert hidden == BY_NAME
