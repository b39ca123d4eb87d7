"""Settings for tests: those of a preset with a few values changed, checked like a user's."""

from typing import Any

from actmine.records.rows import to_row
from actmine.settings.configuration import load, merge, resolve
from actmine.settings.models import ClientSettings
from actmine.settings.sections import FitnessSettings, Settings
from actmine.tasks.suite import Suite, draw_suite

# A search that starts from ReLU, as small as those whose figures docs/concepts.md has.
FROM_RELU = {"islands": 1, "candidates_per_island": 10, "seeds": ["relu"]}


def changed(settings: Settings, **values: Any) -> Settings:
    """The settings with these values laid over them, key by key."""
    return resolve(merge(to_row(settings), values))


def fitness(**values: Any) -> FitnessSettings:
    """The default rule of fitness, with some keys changed."""
    return changed(load(), fitness=values).fitness


def client(**values: Any) -> ClientSettings:
    """The default of how models are asked, with some keys changed."""
    return changed(load(), mutation={"client": values}).mutation.client


def drawn(
    name: str, *, seed: int, samples: dict[str, int] | None = None, **families: Any
) -> Suite:
    """A suite of these families alone."""
    values = to_row(load())
    values["tasks"] |= {"samples": samples or {}, "search": families}
    values["lab"]["batch"] = 2  # at most as many as there are rows
    tasks = resolve(values).tasks
    return draw_suite(name, tasks.search, samples=tasks.samples, seed=seed)
