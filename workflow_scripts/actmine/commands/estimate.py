"""Estimates what candidates from a language model cost, before any is asked for."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from actmine.evolution.advice import BEST, MEMORY_TOKENS
from actmine.functions.catalog import CATALOG, Known, compared
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.llm import gateway
from actmine.llm.brief import brief
from actmine.llm.draft import Aspect, Draft, Operator, Review, Shown
from actmine.llm.known import KnownScore
from actmine.llm.prices import price_of
from actmine.llm.prompt import QUESTION, write_advice, write_prompt
from actmine.llm.recall import recall
from actmine.number_text import counted
from actmine.records.candidate import Origin
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.settings.configuration import ConfigError, load, presets
from actmine.settings.sections import Settings
from actmine.tasks.suite import FAMILIES

_MILLION = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="as litellm writes it")
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument(
        "--reply-tokens", type=int, default=800, help="of a reply, its thoughts included"
    )
    parser.add_argument(
        "--requests", type=float, default=1.3, help="per candidate, repairs included"
    )
    parser.add_argument(
        "--advice-every",
        type=int,
        metavar="N",
        help="generations between two requests for advice, as mutation.advice has it",
    )
    parser.add_argument("--preset", choices=presets(), help="instead of the default")


def run(args: argparse.Namespace) -> int:
    """Prints tokens and US dollars at litellm's own list prices, without and with a cache."""
    asked_for = (args.candidates, args.reply_tokens, args.requests)
    if not all(0 < number < inf for number in asked_for):  # nor nan
        raise ConfigError("--candidates, --reply-tokens and --requests must be above 0, finite")
    if args.advice_every is not None and args.advice_every < 1:
        raise ConfigError("--advice-every must be 1 or more")
    prices = {model: price_of(model, configured=False) for model in args.models}
    settings = load(args.preset)
    parts = prompt_tokens(settings, args.models[0])
    requests = args.candidates * args.requests
    asked = advice_requests(settings, args.candidates, every=args.advice_every)
    advice = advice_tokens(settings, args.models[0]) if asked else 0
    read = requests * parts.all + asked * advice
    written = (requests + asked) * args.reply_tokens
    print(
        f"{counted(args.candidates, 'candidate')}, requests for each {args.requests:g}: a "
        f"prompt of about {parts.all:,} tokens and a reply of {args.reply_tokens:,}; "
        f"{read / _MILLION:.1f} million tokens in, {written / _MILLION:.1f} million out"
    )
    print(
        f"of a prompt {parts.same:,} tokens are the same in all of a run, {parts.known:,} of "
        f"them the table of known functions; {parts.memory:,} are the same in a generation, "
        f"what was tried; {parts.own:,} are a prompt's own"
    )
    if asked:
        print(
            f"of these are {counted(asked, 'request')} for advice, with a prompt of about "
            f"{advice:,} tokens"
        )
    for model, price in prices.items():
        first, cached = (
            price.usd(
                prompt_tokens=round(read),
                completion_tokens=round(written),
                cached_tokens=round(served),
            )
            for served in (0, requests * parts.same)
        )
        told = f", {cached:.2f} USD with what is the same from a cache" * (cached < first)
        print(
            f"{model}: {first:.2f} USD ({price.input:g} in, {price.output:g} out per million)"
            f"{told}"
        )
    return 0


def advice_requests(settings: Settings, candidates: int, *, every: int | None) -> int:
    """How many requests for advice go with so many candidates, on whatever islands.

    Args:
        every: generations between two; none for what the settings have, mostly no advice.
    """
    planned = settings.mutation.advice
    every = every or (planned.every if planned else 0)
    return candidates // (settings.search.candidates_per_island * every) if every else 0


def advice_tokens(settings: Settings, model: str) -> int:
    """Tokens of a request for advice in a search that has tried much."""
    tried = [_tried(place, known) for place, known in enumerate([*CATALOG, *CATALOG])]
    leader, *others = (_shown(known, settings) for known in CATALOG[: BEST + 1])
    review = Review(
        memory=recall(tried, tokens=MEMORY_TOKENS), leader=leader, best=tuple(others)
    )
    messages = write_advice(review, brief(settings, _table(settings)))
    return sum(_tokens([text for _, text in messages], model))


@dataclass(frozen=True, kw_only=True)
class PromptTokens:
    """Tokens of an ordinary prompt.

    Attributes:
        same: what all prompts of a run begin with.
        known: of these, the table of known functions.
        memory: what all prompts of a generation have next.
        own: the rest.
    """

    same: int
    known: int
    memory: int
    own: int

    @property
    def all(self) -> int:
        """Of the whole prompt."""
        return self.same + self.memory + self.own


def prompt_tokens(settings: Settings, model: str) -> PromptTokens:
    """Tokens of an ordinary prompt: a crossover in a search that has tried much."""
    tried = [_tried(place, known) for place, known in enumerate([*CATALOG, *CATALOG])]
    parent, second, *others = (_shown(known, settings) for known in CATALOG[:4])
    draft = Draft(
        operator=Operator.CROSSOVER,
        parent=parent,
        second=second,
        inspirations=tuple(others),
        memory=recall(tried, tokens=settings.mutation.memory),
        leader=parent,
        focus=str(Aspect.TAILS),
    )
    (_, bare), _ = write_prompt(draft, brief(settings))
    (_, system), (_, user) = write_prompt(draft, brief(settings, _table(settings)))
    shared, _, own = user.partition(QUESTION)
    same, without, memory, rest = _tokens([system, bare, shared, own], model)
    return PromptTokens(same=same, known=same - without, memory=memory, own=rest)


def _table(settings: Settings) -> list[KnownScore]:
    """What prompts tell of the known functions."""
    listed = compared(settings.validation.catalog)
    return [_scored(known, settings) for known in listed if known.origin is not Origin.PAPER]


def _tokens(texts: Sequence[str], model: str) -> list[int]:
    litellm = gateway.load()
    return [int(litellm.token_counter(model=model, text=text)) for text in texts]


def _families(settings: Settings) -> list[str]:
    return [name for name in FAMILIES if getattr(settings.tasks.search, name)]


def _contributions(settings: Settings) -> tuple[Contribution, ...]:
    """Numbers of ordinary length."""
    names = _families(settings)
    return tuple(
        Contribution(family=name, share=1 / len(names), fitness=-0.123) for name in names
    )


def _scored(known: Known, settings: Settings) -> KnownScore:
    """A catalog function as the table of a prompt has it."""
    return KnownScore(
        name=known.name,
        formula=known.formula,
        fitness=-0.123,
        standard_error=0.0456,
        contributions=_contributions(settings),
        within_guard=True,
    )


def _tried(place: int, known: Known) -> Tried:
    """An idea with a formula of ordinary length."""
    return Tried(
        candidate_id=str(place),
        name=known.name,
        formula=known.formula,
        generation=1,
        parents=("parent",),
        parent=known.name,
        status=Status.SCORED,
        shape=("flat|linear|monotone|smooth|pointwise", "wave|wave|wavy|pointwise")[place % 2],
        fitness=0.123,
        gain=-0.123,
        gain_error=0.0456,
    )


def _shown(known: Known, settings: Settings) -> Shown:
    """A catalog function as a prompt would show it."""
    return Shown(
        name=known.name,
        source=known.source,
        fitness=0.123,
        standard_error=0.0456,
        flops=12,
        families=tuple(
            FamilyLoss(family=name, train=0.987, id=0.987, ood=0.987)
            for name in _families(settings)
        ),
        contributions=_contributions(settings),
        id_ratio=0.987,
    )
