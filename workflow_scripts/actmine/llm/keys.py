"""Says which variable holds a model's key, and what is wrong with it before a request."""

from collections.abc import Mapping

from actmine.llm import gateway
from actmine.llm.providers import AZURE, provider_of
from actmine.llm.redaction import MIN_CHARACTERS
from actmine.settings.models import Endpoint

_KEYLESS = frozenset({"ollama", "ollama_chat"})  # on this machine, where no address is set
_OTHER_NAMES = {"gemini": ("GOOGLE",)}  # the beginnings of variables that it reads too


def key_variable(endpoint: Endpoint) -> str:
    """The environment variable that holds an endpoint's key; empty if it has none."""
    provider = provider_of(endpoint.model)
    is_own = endpoint.api_base is not None and provider not in AZURE
    if endpoint.key_env or is_own or provider in _KEYLESS:
        return endpoint.key_env or ""
    return f"{provider.upper()}_API_KEY"


def key_fault(endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    """What is wrong with a model's key; empty if nothing is."""
    return _missing_key(endpoint, environ) or _unfit_key(endpoint, environ)


def _missing_key(endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    """What is said of a key that the environment does not hold; empty if it does."""
    variable, provider = key_variable(endpoint), provider_of(endpoint.model)
    needed = [variable] if variable else []
    if provider in AZURE and endpoint.api_base is None:
        needed.append(f"{provider.upper()}_API_BASE")
    missing = [name for name in needed if not environ.get(name, "").strip()]
    if missing and endpoint.key_env is None and provider not in AZURE:
        # litellm, which takes seconds to load, knows the others.
        missing = sorted(gateway.load().validate_environment(endpoint.model)["missing_keys"])
    if variable in missing and "GOOGLE_API_KEY" in missing:
        missing = [variable]  # either will do
    if not missing:
        return ""
    return (
        f"{endpoint.model} needs {', '.join(missing)}, which the environment does not hold; "
        "export it, name another variable in key_env, or set api_base for a server of your own"
    )


def _unfit_key(endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    """Why a key cannot be sent, by the name of its variable; empty if it can."""
    names = [endpoint.key_env] if endpoint.key_env else []
    if not names and (endpoint.api_base is None or key_variable(endpoint)):
        # litellm has several names for some; all begin with the provider's.
        provider = provider_of(endpoint.model)
        first = (*_OTHER_NAMES.get(provider, ()), provider.partition("_")[0].upper())
        names = sorted(
            name for name in environ if name.endswith("_API_KEY") and name.startswith(first)
        )
    for name in names:
        key = environ[name].strip()
        if not (key.isascii() and key.isprintable()):
            return (
                f"{name} holds a line break, a control character or a letter beyond ASCII,"
                " as no key does; export the key alone"
            )
    if endpoint.key_env and len(environ[endpoint.key_env].strip()) < MIN_CHARACTERS:
        return (
            f"{endpoint.key_env} holds fewer than {MIN_CHARACTERS} characters; such a key"
            " cannot be told from ordinary words and kept out of what a run writes. Export a"
            " longer one; for a server that wants none, set key_env to null"
        )
    return ""
