"""What a function of a user's is worth: the gate's verdict, its fitness, who is above it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from actmine.functions.catalog import Known, compared
from actmine.gate.examine import Examination, examine
from actmine.lab.fitness import Fitness
from actmine.lab.measure import Lab
from actmine.lab.session import Session, open_session
from actmine.number_text import counted
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings
from actmine.validation.statistics import t_interval

Ladder = list[tuple[float, str]]  # fitness and name, the lowest first


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What became of a source.

    Attributes:
        source: what was judged; empty if there was nothing to read.
        accepted: whether the gate let it in; that its training fails is another matter.
        status: `accepted` if it was not trained, `scored`, or how it ended.
        reason: why it is refused, or why its training failed; empty if neither.
        coupling: `pointwise`, `feature-coupled` or `batch-coupled`; none if refused.
        flops: FLOPs per input element; none where none were counted.
        fitness: mean log ratio of ReLU's OOD loss to its own, higher is better; none if it
            was not trained, or failed.
        fitness_se: its standard error.
        low, high: ends of its 95% interval (Student's t over tasks); none if one task counts.
        rank: its place among `among` known functions, 1 the best; none if it is not ranked.
        next_above: the known function that is next better; none above the best.
        id_ratio: in-distribution loss, in multiples of ReLU's.
        within_guard: whether a search would keep it, by that ratio.
        seconds: of its training; none if it was not trained.
    """

    source: str = ""
    accepted: bool
    status: Status
    reason: str = ""
    coupling: str | None = None
    flops: float | None = None
    fitness: float | None = None
    fitness_se: float | None = None
    low: float | None = None
    high: float | None = None
    rank: int | None = None
    among: int | None = None
    next_above: str | None = None
    id_ratio: float | None = None
    within_guard: bool | None = None
    seconds: float | None = None


def judge(source: str, *, sandbox: Sandbox, settings: Examination) -> Standing:
    """The gate's verdict, without any training."""
    verdict = examine(source, sandbox=sandbox, settings=settings)
    return Standing(
        source=source,
        accepted=verdict.status is Status.ACCEPTED,
        status=verdict.status,
        reason=f"{verdict.layer}: {verdict.reason}" if verdict.layer else "",
        coupling=verdict.coupling.value if verdict.coupling else None,
        flops=verdict.flops,
    )


def measure(
    judged: Sequence[Standing], settings: Settings, *, tell: Callable[[str], None]
) -> Iterator[Standing]:
    """Trains what the gate accepted, on the search tasks, and ranks it among the known.

    What is measured is kept in the run's store, the known functions too.

    Args:
        tell: is given a line if known functions have to be measured first, before they are.
    """
    if not any(one.accepted for one in judged):
        yield from judged
        return
    known = compared(settings.validation.catalog)

    def tell_missing(lab: Lab) -> None:
        if missing := sum(not lab.holds(function.source) for function in known):
            tell(f"measuring {counted(missing, 'known function')} once, to compare with")

    with open_session(settings, SEARCH, before=tell_missing) as session:
        ladder = _ladder(session, known)
        for one in judged:
            yield _measured(one, session, ladder) if one.accepted else one


def _ladder(session: Session, known: Sequence[Known]) -> Ladder:
    """The fitness of the known functions, measured once per lab and suite."""
    scored = ((session.score(function.source)[1], function.name) for function in known)
    return sorted((fitness.value, name) for fitness, name in scored if fitness is not None)


def _measured(judged: Standing, session: Session, ladder: Ladder) -> Standing:
    evaluation, fitness = session.score(judged.source)
    standing = trained(judged, evaluation, fitness)
    if fitness is None:
        return standing
    better = [name for value, name in ladder if value > fitness.value]
    return replace(
        standing,
        rank=len(better) + 1,
        among=len(ladder),
        next_above=better[0] if better else None,
    )


def trained(judged: Standing, evaluation: Evaluation, fitness: Fitness | None) -> Standing:
    """What training adds to the gate's verdict, without a rank."""
    standing = replace(
        judged, status=evaluation.status, seconds=evaluation.timings.get("wall_s")
    )
    if fitness is None:
        return replace(standing, reason=f"lab: {evaluation.reason}")
    ends = t_interval(fitness) if fitness.freedom else None
    return replace(
        standing,
        fitness=fitness.value,
        fitness_se=fitness.standard_error,
        low=ends.low if ends else None,
        high=ends.high if ends else None,
        id_ratio=fitness.id_ratio,
        within_guard=fitness.within_guard,
    )
