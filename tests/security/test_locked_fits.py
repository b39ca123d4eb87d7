"""What is benign works behind all locks: nothing is left to import or open."""

import re

import numpy as np
import pytest

from actmine.functions.catalog import CATALOG
from actmine.gate.handlers import check_request
from actmine.lab import handlers as lab_handlers
from actmine.lab.measure import fit_limits, lab_settings, measurement
from actmine.lab.work import prepare
from actmine.sandbox.host import Sandbox
from actmine.settings.measurements import SEARCH
from attacks import LIMITS
from gate_sources import SOURCES
from probed import PROBES

SPECIAL = """
def activation(x):
    y = torch.special.digamma(2 + x * x) + torch.special.i0e(x) + torch.special.log_ndtr(x)
    y = y + torch.lgamma(2 + x * x) + torch.erfinv(torch.tanh(x) * 0.9) + torch.sinc(x)
    y = y + torch.special.expit(x) + torch.special.xlog1py(x, x * x) + torch.special.erfcx(x)
    z = torch.fft.fft(torch.sort(x, dim=-1).values, dim=-1)
    z = torch.fft.ifft(z * torch.sigmoid(z.abs()), dim=-1).real
    return x + 0.1 * torch.tanh(y + z / (1 + x.std(dim=-1, keepdim=True)))
"""


@pytest.fixture(scope="module")
def work(smoke, smoke_suite):
    what = measurement(SEARCH, smoke_suite, smoke)
    prepared, _ = prepare(smoke_suite, replicates=what.replicates, settings=lab_settings(smoke))
    return lab_handlers.request_arrays(prepared)


def fit(trainer, work, smoke, source):
    request = lab_handlers.fit_request(source, lab_settings(smoke))
    return trainer.run(request, work, limits=fit_limits(smoke.sandbox, []))


@pytest.mark.parametrize("known", CATALOG, ids=lambda known: known.key)
def test_every_known_function_trains_behind_all_locks(trainer, work, smoke, known):
    reply = fit(trainer, work, smoke, known.source)
    assert reply.ok, reply.reason
    assert reply.layers["landlock"].startswith("on") and reply.layers["seccomp"] == "on"


def test_special_functions_and_transforms_train_behind_all_locks(trainer, work, smoke):
    reply = fit(trainer, work, smoke, SPECIAL)
    assert reply.ok, reply.reason


def test_locks_change_no_bit_of_a_fit(work, smoke, trainer):
    source = "def activation(x):\n    return F.gelu(x) + 0.1 * torch.sin(x)"
    locked = fit(trainer, work, smoke, source)
    with Sandbox(lab_handlers, isolation="gate-only") as open_lab:
        free = fit(open_lab, work, smoke, source)
    assert all(np.array_equal(locked.arrays[n], free.arrays[n]) for n in locked.arrays)


@pytest.mark.parametrize("name", SOURCES)
def test_every_benign_source_is_checked_behind_all_locks(gate, name):
    reply = gate.run(check_request(SOURCES[name], PROBES), {}, limits=LIMITS)
    refused = ("PermissionError", "OSError", "ImportError", "ModuleNotFoundError", "No module")
    assert reply.ok or not any(word in reply.reason for word in refused), reply.reason
    assert not re.match(r"\w+(Error|Exception): ", reply.reason), reply.reason
