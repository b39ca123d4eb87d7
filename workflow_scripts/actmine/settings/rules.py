"""Combinations of settings that each key alone allows and that cannot work together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actmine.settings.models import MutationSettings, Mutator
from actmine.settings.secret_names import is_secret_parameter
from actmine.settings.sections import Rung, SearchSettings, Settings

# How a model is reached; two entries may ask it with other parameters, not in other ways.
_ACCESS = ("api_base", "key_env", "price", "requests_per_minute", "fallbacks")


def contradictions(settings: Settings) -> Iterator[str]:
    """What cannot work, each in one sentence that names the key and the remedy."""
    lab, samples = settings.lab, settings.tasks.samples
    if lab.batch > samples.train:
        yield (
            f"lab.batch: is {lab.batch}, above tasks.samples.train ({samples.train}); "
            "lower it, or draw more training rows"
        )
    yield from _ladder(settings.search.ladder, steps=lab.steps, elites=settings.search.elites)
    yield from _weights(settings)
    yield from _mutators(settings.mutation)
    yield from _slots(settings.search)


def _ladder(ladder: Sequence[Rung], *, steps: int, elites: int) -> Iterator[str]:
    """Rungs that do not ascend, or that would never stop a fit."""
    below = 0
    for number, rung in enumerate(ladder):
        path = f"search.ladder.{number}"
        if not below < rung.steps < steps:
            yield (
                f"{path}.steps: is {rung.steps}, must be above {below} and below lab.steps "
                f"({steps}); rungs ascend, and the end of a fit is none"
            )
        if rung.keep > elites:
            yield (
                f"{path}.keep: is {rung.keep}, above search.elites ({elites}), so that it "
                "would never stop a fit; lower it"
            )
        below = rung.steps


def _slots(search: SearchSettings) -> Iterator[str]:
    """Measuring again that leaves no room for what is new."""
    slots, again = search.candidates_per_island, search.remeasure_slots
    if again >= slots:
        yield (
            f"search.remeasure_slots: is {again}, not below search.candidates_per_island "
            f"({slots}); lower it, or nothing new is ever tried"
        )
    if search.rotate_every != 1:
        return
    if search.elites >= slots:
        yield (
            f"search.rotate_every: is 1, and search.elites ({search.elites}) fill all "
            f"search.candidates_per_island ({slots}) slots of every new draw; keep fewer elites"
        )
    if search.islands > 1 and (search.migration_every or search.reset_every):
        yield (
            "search.rotate_every: is 1, and islands cannot meet in a generation that changes "
            "its tasks; set it to 2 or more, or migration_every and reset_every to null"
        )


def _weights(settings: Settings) -> Iterator[str]:
    """Suites of which too few tasks count, and weights of tasks that there are none of."""
    weights, tasks = settings.fitness.target.weights, settings.tasks
    counted = {
        suite: sum(
            size for family, size in families.sizes.items() if weights.get(family, 1) > 0
        )
        for suite, families in (("search", tasks.search), ("held_out", tasks.held_out))
    }
    for suite, count in counted.items():
        if count == 0:
            yield (
                f"fitness.target.weights: no family of tasks.{suite} has a weight above 0; "
                "give one to a family that has tasks"
            )
    for family, weight in weights.items():
        if weight > 0 and not tasks.search.sizes[family] + tasks.held_out.sizes[family]:
            yield (
                f"fitness.target.weights.{family}: is {weight:g}, and neither tasks.search nor "
                f"tasks.held_out has {family} tasks; leave it out, or give it some"
            )
    if counted["held_out"] == 1:
        yield (
            "tasks.held_out: one task counts, which tells nothing about others; "
            "draw two or more, by count or boxes"
        )
    fresh = settings.validation.fresh
    if fresh * counted["search"] == 1:
        yield (
            f"validation.fresh: is {fresh}, and one task of tasks.search counts, so that the "
            "champion is chosen by one, which tells nothing about others; raise it"
        )


def _mutators(mutation: MutationSettings) -> Iterator[str]:
    """Mutators that cannot be told apart, or lack a model, or could ask for nothing."""
    titles: set[str] = set()
    ways: dict[str | None, tuple[object, ...]] = {}
    for number, mutator in enumerate(mutation.mutators):
        path = f"mutation.mutators.{number}"
        if (mutator.kind == "llm") != (mutator.model is not None):
            yield (
                f"{path}.model: an llm entry names its model, as litellm writes it "
                "(anthropic/claude-sonnet-4-5, openai/NAME with api_base, ollama/NAME); "
                "an embedded one has none, nor has a queue"
            )
        if mutator.kind == "queue" and (unfit := _unfit(mutator)):
            yield (
                f"{path}: a queue is answered by files, whoever writes them, and takes no "
                f"{', '.join(unfit)}; leave that out"
            )
        yield from _kept_secrets(mutator.extra, f"{path}.extra")
        if mutator.title in titles:
            yield (
                f"{path}.name: there are two mutators {mutator.title!r}; give one a "
                "`name` of its own"
            )
        titles.add(mutator.title)
        way = tuple(getattr(mutator, key) for key in _ACCESS)
        if ways.setdefault(mutator.model, way) != way:
            yield (
                f"{path}: {mutator.model} is reached in another way than by the entry before "
                f"it; {', '.join(_ACCESS)} belong to the model, so repeat them"
            )
    yield from _idle(mutation)
    operators = mutation.operators
    if mutation.asks_models and not any(
        (operators.rewrite, operators.explore, operators.simplify)
    ):
        yield (
            "mutation.operators: only crossover has a weight, which takes two parents and "
            "cannot start a search; give another operator a weight"
        )


def _idle(mutation: MutationSettings) -> Iterator[str]:
    """Entries that are never asked, and advice that nobody gives or reads."""
    adviser, advice = mutation.adviser, mutation.advice
    if not mutation.makers:
        yield "mutation.mutators: none has a weight above 0; give one to who is to fill slots"
    for number, mutator in enumerate(mutation.mutators):
        if mutator.weight == 0 and mutator is not adviser:
            yield (
                f"mutation.mutators.{number}.weight: is 0, so that {mutator.title} is never "
                "asked; name it in mutation.advice.model, give it a weight, or leave it out"
            )
    if advice is None:
        return
    if adviser is None:
        named = [mutator.title for mutator in mutation.mutators if mutator.asked]
        told = f"one of {', '.join(named)}" if named else "a model or a queue among mutators"
        which = f"there is no {advice.model}" if advice.model else "there is nobody"
        yield f"mutation.advice.model: {which} to be asked; name {told}"
    elif not any(mutator.asked for mutator in mutation.makers):
        yield (
            "mutation.advice: stands in prompts, and no mutator with a weight is sent any; "
            "add a model or a queue, or set advice to null"
        )


def _unfit(mutator: Mutator) -> list[str]:
    """The keys that an entry sets and that only a model's request could heed."""
    return [key for key in (*_ACCESS, "extra") if getattr(mutator, key)]


def _kept_secrets(value: Any, path: str) -> Iterator[str]:
    """Parameters with a secret's name, at any depth: they would stand in run.yaml."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if is_secret_parameter(str(key), inner):
                yield (
                    f"{path}.{key}: has the name of a secret, which the run's files would keep;"
                    " a key stands in the environment variable that key_env names"
                )
            else:
                yield from _kept_secrets(inner, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _kept_secrets(inner, f"{path}.{number}")
