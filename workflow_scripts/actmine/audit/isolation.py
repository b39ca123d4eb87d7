"""No measurement was made under other locks than the run asks for."""

from collections.abc import Iterator, Mapping

from actmine.audit.problem import Problem
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.sandbox.layers import Isolation
from actmine.settings.configuration import Config

_ALWAYS = frozenset(
    {"process", "environment", "descriptors", "rlimits", "privileges", "landlock", "seccomp"}
)


def problems(config: Config, one: Evaluation, *, file: str) -> Iterator[Problem]:
    """The layers that an evaluation should have been made under, and does not record."""
    if one.status is Status.REJECTED and not one.layers:
        return  # the static gate refused it: nothing ran
    asked = Isolation(config["sandbox"]["isolation"])
    if flaw := _flaw(asked, one.layers):
        yield Problem(file=file, what=f"{one.candidate_id}: {flaw}")


def _flaw(asked: Isolation, layers: Mapping[str, str]) -> str:
    told = layers.get("isolation")
    if told != asked.value:
        return f"was measured under the isolation {told}, and the run asks for {asked.value}"
    if missing := sorted(_ALWAYS - layers.keys()):
        return f"its record of layers says nothing of {missing[0]}"
    if asked is not Isolation.GATE_ONLY and layers["seccomp"] != "on":
        return f"seccomp was {layers['seccomp']}"
    if asked is Isolation.STRICT and not layers["landlock"].startswith("on"):
        return f"Landlock was {layers['landlock']}"
    return ""
