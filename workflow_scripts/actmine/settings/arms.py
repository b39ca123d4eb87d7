"""Groups the arms of a run that differ in their seed alone: strategies that are compared."""

from collections import defaultdict
from collections.abc import Mapping

from actmine.settings.sections import Settings


def group_of(arm: str, settings: Settings) -> str:
    """What an arm is a repetition of: `<group>-<seed>` is one of `<group>`.

    An arm whose name does not end in its search's seed stands for its search's strategy.

    Args:
        settings: the configuration as the arm sees it.
    """
    ending = f"-{settings.search_seed}"
    if arm.endswith(ending) and arm != ending:
        return arm.removesuffix(ending)
    return settings.search.strategy


def repeated_groups(by_arm: Mapping[str, Settings]) -> dict[str, tuple[str, ...]]:
    """The groups that have two seeds or more, each with its arms, in their order.

    Args:
        by_arm: the configuration as each arm sees it.
    """
    arms: dict[str, dict[int, str]] = defaultdict(dict)
    for arm, settings in by_arm.items():
        arms[group_of(arm, settings)].setdefault(settings.search_seed, arm)
    return {name: tuple(seeds.values()) for name, seeds in arms.items() if len(seeds) > 1}
