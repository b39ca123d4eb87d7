"""Keeps the environment's proxies from servers on this machine, and names them elsewhere."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


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

    Where all addresses are such, they see no proxy at all: one that they cannot use, like SOCKS
    without its package, would fail them before they looked where they are to connect.

    Args:
        urls: of all endpoints; none for a provider's own.
    """
    kept = {name: os.environ[name] for name in os.environ if name.lower() in _VARIABLES}
    hosts = [urlsplit(url).hostname or "" if url else "" for url in urls]
    try:
        if kept:
            for name in kept:
                del os.environ[name]
            if not all(map(is_loopback, hosts)):
                os.environ |= {**kept, "no_proxy": _exempt(kept, hosts)}
                os.environ.pop("NO_PROXY", None)
        yield
    finally:
        os.environ.pop("no_proxy", None)
        os.environ |= kept


def _exempt(kept: dict[str, str], hosts: Iterable[str]) -> str:
    """The hosts without a proxy; httpx takes IPv6 addresses without brackets only."""
    given = kept.get("no_proxy") or kept.get("NO_PROXY", "")
    entries = [entry.strip().strip("[]") for entry in given.split(",")]
    return ",".join([*filter(None, entries), *_LOOPBACK, *filter(is_loopback, hosts)])


def proxy_variables(url: str = "") -> str:
    """The variables whose proxy stands before an address, or all that name one; maybe none."""
    proxies = getproxies_environment()
    parts = urlsplit(url)
    if url and (is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc)):
        return ""
    scheme = parts.scheme if parts.scheme in proxies else "all"
    wanted = (scheme,) if url else ("http", "https", "all")
    names = [f"{name}_proxy" for name in wanted if proxies.get(name)]
    return " and ".join(name if name in os.environ else name.upper() for name in names)
