"""Says which provider litellm asks for a model, read from its files without importing it."""

import difflib
import json
import re
from functools import cache
from pathlib import Path

from actmine.llm.prices import litellm_folder, price_table
from actmine.settings.models import Endpoint

AZURE = frozenset({"azure", "azure_ai"})  # an address there is that of one's own account
_OWN = "openai/{name} with api_base for a server of your own that speaks OpenAI's protocol"


class ModelError(ValueError):
    """A model that cannot be asked as it is configured."""


def provider_of(model: str) -> str:
    """The provider that a model's name begins with, or that its bare name belongs to.

    Empty if litellm knows neither.
    """
    prefix, slash, _ = model.partition("/")
    if slash and prefix in _providers():
        return prefix
    known = price_table().get(model, {})
    return str(known.get("litellm_provider") or "") if known.get("mode") == "chat" else ""


def require_provider(endpoint: Endpoint) -> None:
    """Refuses a model that no provider is named for.

    Raises:
        ModelError: with the names that may be meant.
    """
    model = endpoint.model
    if provider_of(model):
        return
    prefix, slash, name = model.partition("/")
    raise ModelError(
        f"mutation.mutators[].model: {model!r} begins with no provider that litellm knows; "
        f"write {_meant(endpoint, prefix=prefix if slash else '', name=name or model)}"
    )


def _meant(endpoint: Endpoint, *, prefix: str, name: str) -> str:
    """What to write instead."""
    model = endpoint.model
    if endpoint.api_base is not None:
        return f"openai/{model} for a server that speaks OpenAI's protocol, as most do"
    listed = [each for each in price_table() if each.endswith(f"/{name}") and provider_of(each)]
    close = difflib.get_close_matches(prefix.lower(), sorted(_providers()), n=1)
    if close:
        return f"{close[0]}/{name}, or {_OWN.format(name=model)}"
    if listed:
        return f"{min(listed, key=len)}, or {_OWN.format(name=model)}"
    return f"PROVIDER/{name}, e.g. ollama/{name}, or {_OWN.format(name=model)}"


@cache
def _providers() -> frozenset[str]:
    """All prefixes of models that litellm takes."""
    types = Path(litellm_folder(), "types", "utils.py").read_text(encoding="utf-8")
    names = types.partition("\nclass LlmProviders(")[2].partition("\nclass ")[0]
    others = Path(litellm_folder(), "llms", "openai_like", "providers.json").read_bytes()
    listed = re.findall(r'^    [A-Z0-9_]+ = "([^"]+)"', names, re.MULTILINE)
    return frozenset({*listed, *json.loads(others)})
