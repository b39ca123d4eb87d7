"""Words what several runs together say of their arms: each run's lines, then all of them."""

from collections.abc import Iterator, Sequence
from math import exp

from actmine.number_text import counted
from actmine.validation.pooled_runs import (
    KNOWN,
    SHOWN_P,
    Gap,
    PooledGap,
    PooledRun,
    comparisons,
    gap,
    over_runs,
    pooled_gap,
    survival,
)
from actmine.validation.statistics import Interval


def pooled_text(pooled: Sequence[PooledRun], *, of: str) -> Iterator[str]:
    """The lines that are printed, of runs that differ in their seed alone.

    Args:
        of: the arm that is compared with each other one.
    """
    arms = [of, *(arm for arm in pooled[0].arms if arm != of)]
    width = 2 + max(len(name) for name in (*arms, *(run.name for run in pooled)))
    yield f"{counted(len(pooled), 'run')}; fitness on held-out tasks, 95% intervals over tasks."
    yield from _runs(pooled, arms, width)
    yield ""
    yield "Between arms, paired by task:"
    yield from _between(pooled, arms, width)
    yield ""
    yield "Over runs, with 95% intervals over runs:"
    yield from _arms(pooled, arms, width)
    yield ""
    yield from _differences([pooled_gap(pooled, *pair) for pair in comparisons(arms, of=of)])
    yield ""
    for arm in arms:
        yield _survival(pooled, arm)


def _runs(pooled: Sequence[PooledRun], arms: Sequence[str], width: int) -> Iterator[str]:
    yield (
        f"{'run':<{width}}{'arm':<{width}}{'search':>8}{'again':>8}{'held-out':>10}"
        f"{'- best known':>14}{'95%':>19}{'p':>9}{'survival':>10}  best known / champion"
    )
    for run in pooled:
        for arm in arms:
            one = run.arms[arm].outcome
            found = gap(run, arm, KNOWN)
            yield (
                f"{run.name:<{width}}{arm:<{width}}{_signed(one.searched):>8}"
                f"{_signed(one.remeasured):>8}{_signed(one.held_out):>10}"
                f"{_gap(found, width=14)}{_share(one.survival):>10}"
                f"  {one.known or '-'} / {one.champion or '-'}"
            )


def _between(pooled: Sequence[PooledRun], arms: Sequence[str], width: int) -> Iterator[str]:
    """The first arm against each other one."""
    of, *others = arms
    for run in pooled:
        for other in others:
            pair = f"{of} - {other}"
            yield f"{run.name:<{width}}{pair:<{2 * width}}{_gap(gap(run, of, other))}"


def _arms(pooled: Sequence[PooledRun], arms: Sequence[str], width: int) -> Iterator[str]:
    """Fitness, and what training each arm's candidates cost beside those of the first arm."""
    yield (
        f"{'arm':<{width}}{'held-out':>10}{'95%':>19}{'candidates':>12}{'their CPU s':>13}"
        f"{'/ ' + arms[0]:>{width + 2}}{'with seeds':>12}"
    )
    base = _mean_cpu_s(pooled, arms[0])
    for arm in arms:
        outcomes = [run.arms[arm].outcome for run in pooled]
        held_out = over_runs([one.held_out for one in outcomes])
        candidates = sum(one.candidates for one in outcomes) / len(outcomes)
        cpu_s = _mean_cpu_s(pooled, arm)
        whole = sum(one.cpu_s for one in outcomes) / len(outcomes)
        ratio = f"{cpu_s / base:.2f}" if base > 0 else "-"
        yield (
            f"{arm:<{width}}{_interval(held_out)}{candidates:>12.0f}{cpu_s:>13.1f}"
            f"{ratio:>{width + 2}}{whole:>12.1f}"
        )


def _mean_cpu_s(pooled: Sequence[PooledRun], arm: str) -> float:
    return sum(run.arms[arm].outcome.candidates_cpu_s for run in pooled) / len(pooled)


def _differences(found: Sequence[PooledGap]) -> Iterator[str]:
    named = [f"{one.better} - {one.worse}" for one in found]
    width = 2 + max(map(len, named))
    yield (
        f"{'held-out fitness':<{width}}{'mean':>10}{'95%':>19}{'loss':>8}"
        f"{'runs':>6}{'above 0':>9}   alone with p < {SHOWN_P:g}: above 0, below 0"
    )
    for name, one in zip(named, found, strict=True):
        ratio = f"{exp(-one.interval.mean):.2f}x" if one.interval else "-"
        yield (
            f"{name:<{width}}{_interval(one.interval)}{ratio:>8}{len(one.gaps):>6}{one.ahead:>9}"
            f"   {one.shown}, {one.reversed}"
        )


def _survival(pooled: Sequence[PooledRun], arm: str) -> str:
    found = survival(pooled, arm)
    basis = (
        f"of {counted(len(pooled), 'search', 'searches')} {len(found.shares)} gained on the "
        "best known function"
    )
    if found.median is None:
        return f"{arm}: median share of the gain that survives held-out tasks: {basis}"
    ends = found.interval
    sure = f"95% {ends.low:.2f} to {ends.high:.2f}; " if ends else ""
    return (
        f"{arm}: median share of the gain that survives held-out tasks: {found.median:.2f} "
        f"({sure}{basis})"
    )


def _gap(found: Gap | None, *, width: int = 10) -> str:
    if found is None:
        return f"{'-':>{width}}{'':>19}{'-':>9}"
    return f"{_interval(found.interval, width=width)}{found.p:>9.2g}"


def _interval(found: Interval | None, *, width: int = 10) -> str:
    """A mean in so many columns, its interval in nineteen."""
    if found is None:
        return f"{'-':>{width}}{'':>19}"
    ends = f"{found.low:+.3f} to {found.high:+.3f}"
    return f"{found.mean:>+{width}.3f}{ends:>19}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"
