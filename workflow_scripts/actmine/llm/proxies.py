"""Keeps the environment's proxies from servers on this machine, and names them elsewhere."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")

# Why those of the environment cannot be used that HTTP clients are not shown, by variable.
_unusable: ContextVar[dict[str, str] | None] = ContextVar("unusable", default=None)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


@contextmanager
def direct_to_loopback(urls: Iterable[str | None]) -> Iterator[None]:
    """Within it, HTTP clients of this process use no proxy for addresses of this machine.

    They are not shown a proxy that they cannot use, like SOCKS without its package: it would
    fail them before they looked where they are to connect. `require_proxy` holds the others
    back instead.

    Args:
        urls: of all endpoints; none for a provider's own.
    """
    kept = {name: os.environ[name] for name in os.environ if name.lower() in _PROXIES}
    exempt = {name: os.environ[name] for name in os.environ if name.lower() == "no_proxy"}
    if not kept:
        yield
        return
    unusable = {name: why for name, url in kept.items() if (why := _why_unusable(url))}
    token = _unusable.set(unusable)
    hosts = [urlsplit(url).hostname or "" for url in urls if url]
    try:
        for name in (*unusable, *exempt):
            del os.environ[name]
        os.environ["no_proxy"] = _exempt(exempt, hosts)
        yield
    finally:
        _unusable.reset(token)
        del os.environ["no_proxy"]
        os.environ |= {**kept, **exempt}


def require_proxy(url: str) -> None:
    """Refuses an address that is to be reached through a proxy that cannot be used.

    Raises:
        ValueError: the message names the variable.
    """
    unusable = _unusable.get() or {}
    for scheme in (urlsplit(url).scheme, "all"):
        for name, why in unusable.items():
            if name.lower() == f"{scheme}_proxy" and not _is_direct(url):
                raise ValueError(f"{name}: {why}")


def proxy_variables(url: str) -> str:
    """The variable whose proxy stands before an address; empty if none does."""
    proxies = getproxies_environment()
    scheme = urlsplit(url).scheme
    name = f"{scheme if proxies.get(scheme) else 'all'}_proxy"
    if not url or not proxies.get(name.removesuffix("_proxy")) or _is_direct(url):
        return ""
    return name if name in os.environ else name.upper()


def _is_direct(url: str) -> bool:
    parts = urlsplit(url)
    return is_loopback(parts.hostname or "") or bool(proxy_bypass(parts.netloc))


def _why_unusable(url: str) -> str:
    import httpx

    try:
        httpx.AsyncHTTPTransport(proxy=url if "://" in url else f"http://{url}")
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        return str(error)
    return ""


def _exempt(given: dict[str, str], hosts: Iterable[str]) -> str:
    """The hosts without a proxy; httpx takes IPv6 addresses without brackets only."""
    listed = given.get("no_proxy") or given.get("NO_PROXY", "")
    entries = [entry.strip().strip("[]") for entry in listed.split(",")]
    return ",".join([*filter(None, entries), *_LOOPBACK, *filter(is_loopback, hosts)])
