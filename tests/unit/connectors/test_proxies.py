"""Which connection takes which of the operator's proxies, and how their addresses are read."""

from __future__ import annotations

import base64

import pytest

from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind

HTTPS = Proxy(kind=ProxyKind.HTTP, host="web.test", port=3128)
SMTP = Proxy(kind=ProxyKind.SOCKS5, host="mail.test", port=1080)
KINDS = (ProxyKind.SOCKS5, ProxyKind.HTTP)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://p.test:3128", Proxy(kind=ProxyKind.HTTP, host="p.test", port=3128)),
        ("p.test:3128", Proxy(kind=ProxyKind.HTTP, host="p.test", port=3128)),
        ("socks5://[::1]:1080", Proxy(kind=ProxyKind.SOCKS5, host="::1", port=1080)),
        (
            "socks5://us%40er:p%3Aw@p.test:1080",
            Proxy(kind=ProxyKind.SOCKS5, host="p.test", port=1080, user="us@er", password="p:w"),
        ),
        (
            "http://user@p.test:80",
            Proxy(kind=ProxyKind.HTTP, host="p.test", port=80, user="user", password=""),
        ),
    ],
)
def test_an_address_is_read(url: str, proxy: Proxy) -> None:
    read = Proxy.parse(url, *KINDS)

    assert read == proxy
    assert "p:w" not in repr(read)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "p.test",
        "http://p.test",
        "http://:3128",
        "http://p.test:0",
        "http://p.test:99999",
        "http://p.test:port",
        "https://p.test:3128",
        "socks5h://p.test:1080",
    ],
)
def test_an_address_that_is_none_is_answered_with_what_is_expected(url: str) -> None:
    with pytest.raises(ValueError, match=r"^expected socks5:// or http:// with") as refused:
        Proxy.parse(url, *KINDS)
    assert str(refused.value) == ("expected socks5:// or http:// with [user:password@]host:port")


def test_a_proxy_with_a_user_is_told_who_asks() -> None:
    known = Proxy(kind=ProxyKind.HTTP, host="p.test", port=80, user="üser", password="p:w")

    token = base64.b64encode("üser:p:w".encode()).decode()
    assert known.headers == {"Proxy-Authorization": f"Basic {token}"}
    assert HTTPS.headers == {}


def test_mail_and_web_have_a_proxy_each_or_none() -> None:
    both = Proxies(https=HTTPS, smtp=SMTP)

    assert (both.for_https("a.test"), both.for_smtp("a.test")) == (HTTPS, SMTP)
    assert (Proxies().for_https("a.test"), Proxies().for_smtp("a.test")) == (None, None)


@pytest.mark.parametrize(
    ("bypass", "host", "direct"),
    [
        ("", "a.test", False),
        ("a.test", "a.test", True),
        ("a.test", "A.TEST", True),
        ("A.Test", "a.test", True),
        ("a.test", "sub.a.test", True),
        (".a.test", "sub.a.test", True),
        (".a.test", "a.test", True),
        ("a.test", "nota.test", False),
        ("a.test", "a.test.evil.test", False),
        ("sub.a.test", "a.test", False),
        ("x.test, a.test ,y.test", "a.test", True),
        ("x.test,,y.test", "a.test", False),
        ("x.test,*", "a.test", True),
        ("*.test", "a.test", False),
        ("Xa.test", "a.test", False),
        ("192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_host_on_the_list_goes_without_one(bypass: str, host: str, direct: bool) -> None:
    proxies = Proxies(https=HTTPS, smtp=SMTP, bypass=bypass)

    assert (proxies.for_https(host) is None) is direct
    assert (proxies.for_smtp(host) is None) is direct
