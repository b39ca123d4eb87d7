"""Memory of the training process."""

import subprocess
import sys
from pathlib import Path

import pytest

from actmine.lab.allocation import keep_freed_memory

LIBRARY = Path(__file__).resolve().parents[3] / "workflow_scripts"
STEPS = """
import resource, sys
import torch
from actmine.lab.allocation import keep_freed_memory
if sys.argv[1] == "kept" and not keep_freed_memory():
    raise SystemExit("not available")
torch.set_num_threads(1)
weight = torch.ones(36, 64, 64, requires_grad=True)
for step in range(101):
    if step == 1:  # the first one touches the libraries' own pages too
        start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    x = torch.ones(36, 128, 64)
    for _ in range(2):
        x = torch.sin(torch.baddbmm(x, x, weight)) + torch.erf(x)
    x.sum().backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)
"""


def page_faults(how):
    done = subprocess.run(
        [sys.executable, "-c", STEPS, how],
        env={"PYTHONPATH": str(LIBRARY)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not keep_freed_memory(), reason="the C library has no mallopt")
def test_freed_tensors_are_reused_instead_of_faulted_in_anew():
    assert page_faults("kept") * 3 < page_faults("returned")
