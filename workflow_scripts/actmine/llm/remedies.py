"""Words an outcome for one endpoint: where, what, and what to do about it."""

import re

from actmine.llm.keys import key_variable
from actmine.llm.outcome import Outcome
from actmine.llm.providers import provider_of
from actmine.llm.proxies import proxy_variables
from actmine.settings.models import Endpoint

# Providers whose addresses end before the version, which litellm appends.
_OWN_PROTOCOL = frozenset({"anthropic", "gemini", "ollama", "ollama_chat"})
_PARAMETERS = {
    r"max_(completion_)?tokens": "set max_tokens to what it allows; if it wants the other name "
    "of it, extra: {max_completion_tokens: N} sends that one alone",
    r"temperature": "set temperature: null, which leaves it out",
    r"\bseed\b": "set extra: {seed: null}, which leaves it out",
}


def where(endpoint: Endpoint) -> str:
    """A model and its address, as messages name them."""
    return f"{endpoint.model} at {endpoint.host}"


def what(outcome: Outcome, status: int | None) -> str:
    """What the endpoint does, after its name."""
    return outcome.what.format(status=status)


def remedy(outcome: Outcome, endpoint: Endpoint, *, words: str, url: str) -> str:
    """What to do, with this endpoint's own variables and keys.

    Args:
        words: of the error.
        url: where the request went; empty if it went nowhere.
    """
    proxy = proxy_variables(url)
    return outcome.remedy.format(
        key=key_variable(endpoint) or "the key",
        check_key=_check_key(endpoint),
        proxy=proxy or "the proxy",
        through=f"; the way there leads through the proxy of {proxy}" if proxy else "",
        path=_path(endpoint),
        parameter=_parameter(words),
    )


def _check_key(endpoint: Endpoint) -> str:
    variable = key_variable(endpoint)
    if variable:
        return f"check the key in {variable}"
    return "name the environment variable with its key in key_env"


def _path(endpoint: Endpoint) -> str:
    """What may be wrong with an address."""
    base, provider = endpoint.api_base or "", provider_of(endpoint.model)
    if not base:
        return "name another model, or set api_base"
    if "/chat/completions" in base:
        return "leave /chat/completions out of api_base; it is appended"
    versioned = bool(re.search(r"/v\d", base))
    if provider in _OWN_PROTOCOL:
        ends = f"with {provider}/ it ends before /v1" if versioned else "it is not there"
        return f"correct api_base: {ends}; a server of OpenAI's protocol is openai/NAME"
    if not versioned:
        return "is /v1 missing at the end of api_base?"
    return "correct api_base: it mostly ends in /v1, with nothing behind it"


def _parameter(words: str) -> str:
    """Which parameter to change, where the error names one."""
    for pattern, advice in _PARAMETERS.items():
        if re.search(pattern, words):
            return advice
    return "correct the model's name or its parameters"
