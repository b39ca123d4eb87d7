"""What a job imports: each heavy library only where its stage has a use for it."""

import json
import re
import subprocess
import sys

import pytest

from actmine.gate.static import Refusal, admit
from checkouts import ROOT

SCRIPTS = ROOT / "workflow_scripts"
HEAVY = (
    *("cattrs", "cma", "jsonschema", "litellm", "matplotlib", "pandas", "pytorch_lightning"),
    *("rdkit", "rocrate", "scipy", "statsmodels", "sympy", "torch"),
)
# The libraries that a stage's imports may load; all else is imported by what needs it.
NEEDED = {
    "aggregate": {"pandas"},
    "aggregate_external": {"pandas"},
    "aggregate_transfer": {"pandas", "scipy"},
    "corroborate": {"pandas"},
    "load_benchmark": {"pandas", "scipy"},
    "pick_champions": {"pandas"},
    "plot_tasks": {"matplotlib"},
    "transfer": {"pandas", "scipy"},
    "validate": {"pandas"},
    "write_report": {"matplotlib", "pandas"},
}
CANDIDATES_RUN_IN = ("gate", "lab", "sandbox", "transfer")
LOADED = """
import json, os, sys
from importlib import import_module
import numpy, yaml
for name in sys.argv[1:]:
    if os.fork() == 0:
        import_module(name)
        print(json.dumps([name, list(sys.modules)]), flush=True)
        os._exit(0)
    os.wait()
"""
# Answers what it is asked about two functions, after the start of a warm process.
ANSWERED = """
import sys
import numpy as np
from importlib import import_module
from actmine.gate.handlers import check_request
from actmine.gate.probes import Probes
from actmine.sandbox import zygote
handlers = import_module(sys.argv[1])
zygote._warm(handlers.__name__)
warm, x = set(sys.modules), np.ones((4, 8), dtype=np.float32)
for line in ("torch.tanh(x) * F.softplus(x)", "x - x.mean()"):
    source = f"def activation(x):\\n    return {line}\\n"
    request = check_request(source, Probes(rows=64, width=8, key="")) | {"calls": 1}
    for kind in sys.argv[2:]:
        handlers.HANDLERS[kind](request, {"x": x}, None)
print(*(set(sys.modules) - warm))
"""


@pytest.mark.slow
def test_a_stage_starts_with_the_libraries_that_it_needs():
    stages = sorted(path.stem for path in SCRIPTS.glob("*.py"))
    loaded = dict(json.loads(line) for line in said(LOADED, *stages).splitlines())
    heavy = {stage: set(HEAVY).intersection(names) for stage, names in loaded.items()}
    assert heavy == {stage: NEEDED.get(stage, set()) for stage in stages}


def test_who_imports_the_package_waits_for_nothing():
    loaded = "import sys, actmine; dir(actmine); print(*sys.modules)"
    names = said(loaded).split()
    assert not {"numpy", "yaml", "argparse", *HEAVY}.intersection(names)
    assert [name for name in names if name.startswith("actmine.")] == []


def test_the_list_of_commands_is_told_without_importing_them():
    loaded = "import sys\nfrom actmine.__main__ import main\ntry: main(['--help'])\n"
    loaded += "except SystemExit: print(*sys.modules)"
    names = said(loaded).splitlines()[-1].split()
    assert not set(HEAVY).intersection(names)
    assert [name for name in names if name.startswith("actmine.commands.")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "kinds"), [("gate", ("check", "sample")), ("champion", ("time", "sample"))]
)
def test_no_child_of_the_gate_or_the_champion_imports_anything_more(room, kinds):
    assert said(ANSWERED, f"actmine.{room}.handlers", *kinds).split() == []


def test_torch_is_imported_where_candidates_run_alone():
    """It takes longer than all else in most jobs; a child tells what its parent must know."""
    texts = {path: path.read_text() for path in SCRIPTS.rglob("*.py")}
    importing = {
        path
        for path, text in texts.items()
        if re.search(r"^ *(import|from) torch\b", text, re.M)
    }
    named = {path.relative_to(SCRIPTS / "actmine").as_posix() for path in importing}
    others = {name for name in named if name.split("/")[0] not in CANDIDATES_RUN_IN}
    # The last three for a type alone: they give a user's own process a module.
    users = {"api.py", "champion/torch_module.py", "activations/published.py"}
    assert others == {"champion/handlers.py", "capability.py", *users}
    calling = {path.name for path, text in texts.items() if "cpu_capability()" in text}
    assert calling == {"capability.py", "worker.py", "zygote.py", "retraining.py"}


@pytest.mark.parametrize(
    "call",
    [
        *("torch.zeros_like(x, device='meta')", "x.to('meta')", "torch.addr(x, x[0], x[0])"),
        *("F.mse_loss(x, x)", "F.smooth_l1_loss(x, x)", "F.huber_loss(x, x)"),
        *("F.nll_loss(x, x)", "F.cross_entropy(x, x)", "x.addr(x[0], x[0])"),
    ],
)
def test_a_warm_process_leaves_out_what_no_source_may_call(call):
    with pytest.raises(Refusal):
        admit(f"def activation(x):\n    return {call}\n")


def said(code, *words):
    """What a fresh process prints."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
