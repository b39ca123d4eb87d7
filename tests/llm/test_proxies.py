"""The environment's proxies: never before this machine, and named where one fails."""

import os
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ask
from actmine.llm.journal import Journal
from actmine.llm.proxies import is_loopback
from asking import MODEL, SETTINGS, endpoint, requests
from endpoint_cases import Case, plain
from endpoint_server import CaseServer

DEAD = "http://127.0.0.1:9"
SOCKS = "socks5://127.0.0.1:9"
CLIENT = replace(SETTINGS, backoff_s=0.0)
CASE = Case(name="", answer=plain, becomes="", sends=0, tokens=0)
ELSEWHERE = endpoint("http://model.test/v1", model="openai/elsewhere")


def proxies():
    return {name: os.environ[name] for name in os.environ if name.lower().endswith("_proxy")}


@pytest.fixture
def asked(tmp_path, monkeypatch):
    for name in proxies():
        monkeypatch.delenv(name)

    def go(model, *ways, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        before = proxies()
        try:
            return ask(
                requests(2, model=model),
                journal=Journal(tmp_path / "journal"),
                endpoints={way.model: [way] for way in ways},
                client=CLIENT,
                limits=Limits(),
                environ={},
            )
        finally:
            assert proxies() == before

    return go


@pytest.mark.parametrize("others", [(), (ELSEWHERE,)], ids=["alone", "beside another"])
@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_PROXY": DEAD},
        {"http_proxy": "127.0.0.1:9", "no_proxy": "model.test"},
        {"ALL_PROXY": SOCKS},
        {"all_proxy": "socks5h://127.0.0.1:9", "HTTP_PROXY": DEAD},
        {"HTTP_PROXY": DEAD, "NO_PROXY": "[::1], .corp,10.0.0.0/8"},
        {"HTTPS_PROXY": "ftp://127.0.0.1:9", "HTTP_PROXY": "socks4://x"},
    ],
    ids=lambda environ: " ".join(environ.values()),
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_stands_before_this_machine(asked, environ, others, host):
    with CaseServer() as server:
        url = server.begin(CASE).replace("127.0.0.1", host)
        replies = asked(MODEL, endpoint(url), *others, **environ)
    assert all(reply.text for reply in replies)


@pytest.mark.parametrize(
    ("url", "environ", "told"),
    [
        ("http://model.test/v1", {"HTTP_PROXY": DEAD}, "proxy that cannot be .* HTTP_PROXY,"),
        ("https://model.test/v1", {"https_proxy": DEAD}, "cannot be reached .* https_proxy,"),
        ("https://model.test/v1", {"ALL_PROXY": DEAD}, "cannot be reached .* ALL_PROXY,"),
        ("https://model.test/v1", {"ALL_PROXY": SOCKS}, "ALL_PROXY: Using SOCKS .* socksio"),
        ("http://model.test/v1", {"HTTP_PROXY": "ftp://x"}, "HTTP_PROXY: Unknown scheme"),
        ("http://model.test/v1", {"HTTPS_PROXY": DEAD}, "has no address"),
        ("http://model.test/v1", {"HTTP_PROXY": DEAD, "NO_PROXY": ".test"}, "has no address"),
    ],
)
def test_a_proxy_that_fails_is_named_and_nothing_is_charged(
    asked, tmp_path, url, environ, told
):
    with pytest.raises(ClientError, match=told):
        asked(MODEL, endpoint(url), **environ)
    assert Journal(tmp_path / "journal").spent("main", 1, before=(9, 0)).requests == 0


class Refusing(BaseHTTPRequestHandler):
    """A proxy that lets nobody through."""

    status = 403

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.send_error(self.status)

    def do_POST(self):
        self.send_error(self.status)


@pytest.mark.parametrize(
    ("scheme", "status", "told"),
    [
        ("https", 403, "through a proxy: ProxyError: 403 .*unset HTTPS_PROXY"),
        ("https", 407, "through a proxy: ProxyError: 407 .*unset HTTPS_PROXY"),
        ("http", 407, r"wants a password \(407\).*correct HTTP_PROXY"),
        ("http", 403, "by a page of the web .403.*through the proxy of HTTP_PROXY"),
    ],
)
def test_a_proxy_that_refuses_is_named(asked, monkeypatch, scheme, status, told):
    with HTTPServer(("127.0.0.1", 0), Refusing) as proxy:
        monkeypatch.setattr(Refusing, "status", status)
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        with pytest.raises(ClientError, match=told):
            asked(
                MODEL,
                endpoint(f"{scheme}://model.test/v1"),
                **{f"{scheme.upper()}_PROXY": address},
            )
        proxy.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "a.localhost", "::1"])
def test_loopback_has_many_names(host):
    assert is_loopback(host)
    assert not is_loopback("10.0.0.1") and not is_loopback("localhost.example.org")


def test_an_address_that_speaks_no_tls_is_told_apart_from_one_that_is_down(asked):
    with (
        CaseServer() as server,
        pytest.raises(ClientError, match=r"does not speak TLS.*http:// in api_base"),
    ):
        asked(MODEL, endpoint(server.begin(CASE).replace("http:", "https:")))
