"""Estimates what candidates from a language model cost, before any is asked for."""

import argparse
from collections.abc import Sequence

from actmine.functions.catalog import CATALOG, Known
from actmine.lab.fitness import FamilyLoss
from actmine.llm import gateway
from actmine.llm.brief import brief
from actmine.llm.prices import price_of
from actmine.llm.prompt import Draft, Operator, Shown, write_prompt
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
    parser.add_argument("--preset", choices=presets(), help="instead of the default")


def run(args: argparse.Namespace) -> int:
    """Prints tokens and US dollars at litellm's own list prices, without any discount."""
    if min(args.candidates, args.reply_tokens, args.requests) <= 0:
        raise ConfigError("--candidates, --reply-tokens and --requests must be above 0")
    same, own = prompt_tokens(load(args.preset), args.models[0])
    requests = args.candidates * args.requests
    read, written = requests * (same + own), requests * args.reply_tokens
    print(
        f"{args.candidates:,} candidates, {args.requests:g} requests each: a prompt of about "
        f"{same + own:,} tokens, {same:,} of them the same in all, and a reply of "
        f"{args.reply_tokens:,}; {read / _MILLION:.1f} million tokens in, "
        f"{written / _MILLION:.1f} million out"
    )
    for model in args.models:
        price = price_of(model)
        usd = price.usd(prompt_tokens=round(read), completion_tokens=round(written))
        print(f"{model}: {usd:.2f} USD ({price.input:g} in, {price.output:g} out per million)")
    return 0


def prompt_tokens(settings: Settings, model: str) -> tuple[int, int]:
    """Tokens of an ordinary prompt: those that all prompts share, and its own."""
    parent, second, *others = (_shown(known, settings) for known in CATALOG[:4])
    draft = Draft(
        operator=Operator.CROSSOVER, parent=parent, second=second, inspirations=tuple(others)
    )
    system, user = write_prompt(draft, brief(settings))
    shared, own = _tokens([system[1], user[1]], model)
    return shared, own


def _tokens(texts: Sequence[str], model: str) -> list[int]:
    litellm = gateway.load()
    return [int(litellm.token_counter(model=model, text=text)) for text in texts]


def _shown(known: Known, settings: Settings) -> Shown:
    """A catalog function as a prompt would show it; numbers of ordinary length."""
    families = [name for name in FAMILIES if getattr(settings.tasks.search, name)]
    return Shown(
        name=known.name,
        source=known.source,
        fitness=0.123,
        standard_error=0.0456,
        flops=12,
        families=tuple(
            FamilyLoss(family=f, train=0.987, id=0.987, ood=0.987) for f in families
        ),
    )
