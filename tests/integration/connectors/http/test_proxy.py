"""https requests through the operator's proxy: CONNECT, and the guard as far as it can see."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trustme

from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind
from carteiro.connectors.http.client import HttpClient
from carteiro.errors import DeliveryFailed, Disposition, InvalidSettings
from carteiro.settings import read_settings
from carteiro.testing.http_sink import HttpSink
from proxy_parts import ConnectProxy

NAME = "api.example.invalid"
"""No resolver knows it: only the proxy leads there."""
Behind = Callable[..., HttpClient]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def api(authority: trustme.CA) -> AsyncIterator[HttpSink]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(NAME, "localhost").configure_cert(context)
    async with HttpSink(tls=context) as sink:
        yield sink


@pytest.fixture
async def behind(authority: trustme.CA) -> AsyncIterator[Behind]:
    made: list[HttpClient] = []

    def client(port: int, *, bypass: str = "", guard: bool = True, **login: str) -> HttpClient:
        tls = ssl.create_default_context()
        authority.configure_trust(tls)
        way = Proxy(kind=ProxyKind.HTTP, host="127.0.0.1", port=port, **login)
        policy = EgressPolicy(enabled=guard, proxies=Proxies(https=way, bypass=bypass))
        made.append(HttpClient(policy, tls=tls, timeout=5.0))
        return made[-1]

    yield client
    for opened in made:
        await opened.close()


async def post(client: HttpClient, url: str) -> Any:
    return await client.post(url, data=b"{}", headers={"Authorization": "Bearer k"})


async def failure(client: HttpClient, url: str) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await post(client, url)
    return caught.value


async def test_https_goes_through_the_tunnel_that_is_kept(api: HttpSink, behind: Behind) -> None:
    async with ConnectProxy(api.port, login=("ana", "s3cret")) as proxy:
        client = behind(proxy.port, user="ana", password="s3cret")
        replies = [await post(client, f"https://{NAME}/send") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert proxy.asked == [(NAME, 443)]
    assert [request.headers["host"] for request in api.requests] == [NAME] * 3
    assert all("proxy-authorization" not in request.headers for request in api.requests)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::1]", "169.254.169.254"]
)
async def test_the_proxy_is_not_asked_for_what_is_closed_as_far_as_we_can_see(
    api: HttpSink, behind: Behind, host: str
) -> None:
    async with ConnectProxy(api.port) as proxy:
        refused = await failure(behind(proxy.port), f"https://{host}/")

    assert "private, local or reserved" in refused.message
    assert refused.disposition is Disposition.PERMANENT
    assert (proxy.asked, api.connections) == ([], 0)


async def test_without_the_guard_the_proxy_is_asked_for_everything(
    api: HttpSink, behind: Behind
) -> None:
    async with ConnectProxy(api.port) as proxy:
        reply = await post(behind(proxy.port, guard=False), "https://localhost/")

    assert reply.ok
    assert proxy.asked == [("localhost", 443)]


@pytest.mark.parametrize("bypass", [NAME, "invalid", ".example.invalid", "a.test, EXAMPLE.invalid"])
async def test_a_host_on_the_list_goes_without_a_proxy(
    api: HttpSink, behind: Behind, bypass: str
) -> None:
    async with ConnectProxy(api.port) as proxy:
        failed = await failure(behind(proxy.port, bypass=bypass), f"https://{NAME}/")

    assert "its name cannot be resolved" in failed.message
    assert proxy.asked == []


async def test_a_list_of_other_hosts_is_no_way_around_the_proxy(
    api: HttpSink, behind: Behind
) -> None:
    async with ConnectProxy(api.port) as proxy:
        await post(behind(proxy.port, bypass="ample.invalid, api.example"), f"https://{NAME}/")

    assert proxy.asked == [(NAME, 443)]


async def test_plain_http_is_not_for_the_proxy(behind: Behind) -> None:
    async with HttpSink() as plain, ConnectProxy(plain.port) as proxy:
        reply = await post(behind(proxy.port, guard=False), plain.url)

    assert reply.ok
    assert proxy.asked == []


async def test_a_proxy_that_is_away_or_refuses_is_named_and_nothing_was_sent(
    api: HttpSink, behind: Behind
) -> None:
    away = await failure(behind(1), f"https://{NAME}/")
    async with ConnectProxy(api.port, login=("ana", "right")) as proxy:
        client = behind(proxy.port, user="ana", password="wr0ng-pass")
        refused = await failure(client, f"https://{NAME}/")

    assert away.message == "The proxy cannot be reached."
    assert refused.message == "The proxy did not connect to the endpoint (HTTP 407)."
    assert {away.disposition, refused.disposition} == {Disposition.TRANSIENT}
    assert "wr0ng-pass" not in repr(refused) + repr(client.egress.proxies)


class TestSettings:
    def test_ours_count_before_the_environments(self) -> None:
        common = {"HTTPS_PROXY": "http://common:1", "no_proxy": "a.test"}

        own = read_settings({**common}, https_proxy="http://own:3128").proxies
        taken = read_settings({**common}).proxies
        none = read_settings({**common}, https_proxy="").proxies

        assert (own.https and own.https.host, own.bypass) == ("own", "a.test")
        assert (taken.https and taken.https.port, taken.smtp) == (1, None)
        assert none.https is None

    @pytest.mark.parametrize(
        "url", ["socks5h://u:p%40ss@[::1]:1080", "socks5://h:1080", "http://h:3128", "h:3128"]
    )
    def test_a_mail_proxy_speaks_socks_or_http(self, url: str) -> None:
        proxy = read_settings({}, smtp_proxy=url).proxies.smtp

        assert proxy is not None
        assert proxy.host in {"::1", "h"}
        assert proxy.password in {"p@ss", ""}

    @pytest.mark.parametrize(
        ("name", "url"),
        [
            ("https_proxy", "socks5://h:1080"),
            ("https_proxy", "http://h"),
            ("https_proxy", "http://h:99999"),
            ("smtp_proxy", "socks4://h:1"),
            ("smtp_proxy", "http://:1"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_without_its_password(
        self, name: str, url: str
    ) -> None:
        with pytest.raises(InvalidSettings) as caught:
            read_settings({}, **{name: url.replace("//", "//u:s3cret@")})

        assert caught.value.message.startswith(f"CARTEIRO_{name.upper()}: expected ")
        assert "s3cret" not in caught.value.message
