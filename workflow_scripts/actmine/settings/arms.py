"""Groups the arms of a run: by what they repeat, and by what they are paid for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from actmine.settings.configuration import arm_settings
from actmine.settings.sections import Settings


def groups(by_arm: Mapping[str, Settings]) -> dict[str, str]:
    """What each arm is a repetition of.

    `<group>-<seed>` is one of `<group>`. An arm whose name does not end in its search's seed
    stands for its search's strategy; or for itself, where an arm before it does so under
    settings that differ from its own in more than the seed.

    Args:
        by_arm: the configuration as each arm sees it.
    """
    found: dict[str, str] = {}
    alike: dict[str, Settings] = {}
    for arm, settings in by_arm.items():
        ending, strategy = f"-{settings.search_seed}", settings.search.strategy
        if arm.endswith(ending):
            found[arm] = arm.removesuffix(ending)
        else:
            same = alike.setdefault(strategy, _without_seed(settings))
            found[arm] = strategy if same == _without_seed(settings) else arm
    return found


def _without_seed(settings: Settings) -> Settings:
    return replace(settings, search=replace(settings.search, seed=None))


def repeated_groups(by_arm: Mapping[str, Settings]) -> dict[str, tuple[str, ...]]:
    """The groups that have two seeds or more, each with its arms, in their order.

    Args:
        by_arm: the configuration as each arm sees it.
    """
    arms: dict[str, dict[int, str]] = defaultdict(dict)
    for arm, group in groups(by_arm).items():
        arms[group].setdefault(by_arm[arm].search_seed, arm)
    return {name: tuple(seeds.values()) for name, seeds in arms.items() if len(seeds) > 1}


def paid_otherwise(settings: Settings) -> list[Settings]:
    """The settings of arms whose fitness is another than the run's, each such fitness once."""
    found: list[Settings] = []
    for arm, overrides in settings.arms.items():
        if "fitness" not in overrides:
            continue
        own = arm_settings(settings, arm)
        if own.fitness not in [one.fitness for one in (settings, *found)]:
            found.append(own)
    return found


def leaders_asked(settings: Settings) -> int:
    """How many known functions go to held-out tasks besides the paper's.

    They are those of `validation.leaders` and, of each further fitness, the best by it.
    """
    return settings.validation.leaders + len(paid_otherwise(settings))
