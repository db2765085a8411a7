"""Where people may be sent back to: addresses as parsed, and nothing that could be read twice."""

from __future__ import annotations

import pytest

from carteiro.oidc.redirects import is_registered, origin_of

CALLBACK = "https://app.test/callback"


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        (CALLBACK, CALLBACK),
        (CALLBACK, "HTTPS://APP.TEST/callback"),
        (CALLBACK, "https://app.test:443/callback"),
        ("http://x.com", "http://x.com/"),
        ("http://x.com/", "http://x.com"),
        ("https://app.test/a?b=1&c", "https://app.test/a?b=1&c"),
        ("myapp://callback", "myapp://callback"),
        ("com.example.app:/back", "com.example.app:/back"),
        ("https://*.app.test/cb", "https://pr-12.app.test/cb"),
        ("https://pr-*-web.app.test/cb", "https://pr-12-web.app.test/cb"),
        ("https://*.eu.app.test/cb", "https://a.eu.app.test/cb"),
        ("https://app.test/*", "https://app.test/any/where"),
        ("https://app.test/*/cb", "https://app.test/a/b/cb"),
        ("https://app.test/*", "https://app.test/"),
        ("https://app.test/*", "https://app.test/a%2fb/..c/d..%20/...%2f"),
        ("https://app.test/*/a/*/b", "https://app.test/1/a/2/b"),
        ("https://app.test/*b*b*c", "https://app.test/bbc"),
        ("https://app.test/*b*b*c", "https://app.test/xbbc"),
        ("https://app.test/*ab*ab", "https://app.test/abab"),
        ("https://app.test/**", "https://app.test/"),
        ("https://a*b*c.app.test/cb", "https://axbyc.app.test/cb"),
        ("https://a*b*c.app.test/cb", "https://abbbc.app.test/cb"),
        ("https://**.app.test/cb", "https://ab.app.test/cb"),
    ],
)
def test_an_address_is_the_registered_one_however_it_is_spelt(registered: str, asked: str) -> None:
    assert is_registered(registered, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "https://app.test/callback/",
        "https://app.test/Callback",
        "https://app.test/callback?next=/",
        "https://app.test/callback?",
        "https://app.test/callback#x",
        "https://app.test/callback#",
        "https://app.test/callback%00",
        "https://app.test/callback%0d%0aSet-Cookie:a=b",
        "https://app.test/callback\r\nLocation: https://evil.test",
        "https://app.test/callback\x00",
        "https://app.test/callback ",
        " https://app.test/callback",
        "\thttps://app.test/callback",
        "https://app.test/../callback",
        "https://app.test/x/../callback",
        "https://app.test/x/%2e%2e/callback",
        "https://app.test/./callback",
        "https://app.test//callback",
        "https://app.test/callback/../../evil",
        "https://app.test/callback\U0001f600",
        "https://app\U0001d5ba.test/callback",
        "https://app.test\\callback",
        "https:\\\\app.test\\callback",
        "https:/app.test/callback",
        "https:app.test/callback",
        "//app.test/callback",
        "/callback",
        "callback",
        "",
        "http://app.test/callback",
        "https://app.test:8443/callback",
        "https://app.test:0443x/callback",
        "https://app.test:99999/callback",
        "https://app.test./callback",
        "https://app.test.evil.test/callback",
        "https://evil.test/https://app.test/callback",
        "https://evilapp.test/callback",
        "https://sub.app.test/callback",
        "https://app.test@evil.test/callback",
        "https://user@app.test/callback",
        "https://app.test%2f@evil.test/callback",
        "https://evil.test\\@app.test/callback",
        "https://evil.test#@app.test/callback",
        "https://evil.test?@app.test/callback",
        "https://app.test%00.evil.test/callback",
        "https://\u0430pp.test/callback",
        "https://app\u3002test/callback",
        "https://[::1]/callback",
        "https://*/callback",
        "https://*.test/callback",
        "javascript:alert(1)//app.test/callback",
        "data:text/html,https://app.test/callback",
        "myapp://callback",
    ],
    ids=repr,
)
def test_nothing_else_is_the_registered_one(asked: str) -> None:
    assert not is_registered(CALLBACK, asked)


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://*.app.test/cb", "https://app.test/cb"),
        ("https://*.app.test/cb", "https://a.b.app.test/cb"),
        ("https://*.app.test/cb", "https://.app.test/cb"),
        ("https://*.app.test/cb", "https://evil.test/.app.test/cb"),
        ("https://*.app.test/cb", "https://evil.test?.app.test/cb"),
        ("https://*.app.test/cb", "https://*.app.test/cb"),
        ("https://pr-*.app.test/cb", "https://pr-.app.test/cb"),
        ("https://*.test/cb", "https://evil.test/cb"),
        ("https://app.*/cb", "https://app.test/cb"),
        ("https://*/cb", "https://evil/cb"),
        ("https://a.test:*/cb", "https://a.test:1/cb"),
        ("https://a.test/cb?*", "https://a.test/cb?evil=1"),
        ("https://a.test/cb?x=*", "https://a.test/cb?x=1"),
        ("https://a.test/*", "https://a.test/%2e%2e/x"),
        ("https://a.test/*", "https://a.test/x\U0001f600"),
        ("https://a.test/app/*", "https://a.test/app/..%2fx"),
        ("https://a.test/app/*", "https://a.test/app/%2e%2e%2Fx"),
        ("https://a.test/app/*", "https://a.test/app/x%2f..%2fx"),
        ("https://a.test/app/*", "https://a.test/app/x%5c..%5Cx"),
        ("https://a.test/app/*", "https://a.test/app/x%2f.."),
        ("https://a.test/app/*", "https://a.test/app/..;a=b/x"),
        ("https://a.test/app/*", "https://a.test/app/%252e%252e%252fx"),
        ("https://a.test/app/*", "https://a.test/app/%2e/x"),
        ("https://a.test/*/cb", "https://a.test/cb"),
        ("https://a.test/ab*ba", "https://a.test/aba"),
        ("https://a.test/*x*y*", "https://a.test/yx"),
        ("https://a.test/*x*y*", "https://a.test/y"),
        ("https://a.test/*ab*ab*", "https://a.test/xxab"),
        ("https://a.test/*b*cb", "https://a.test/acb"),
        ("https://a.test/*ab*b", "https://a.test/ab"),
        ("https://a*b*c.a.test/cb", "https://abyc.a.test/cb"),
        ("https://a*b*c.a.test/cb", "https://axbc.a.test/cb"),
        ("https://a*b*c.a.test/cb", "https://axc.a.test/cb"),
        ("https://**.a.test/cb", "https://a.a.test/cb"),
    ],
)
def test_a_star_stands_for_part_of_a_label_or_a_path_only(registered: str, asked: str) -> None:
    assert not is_registered(registered, asked)


@pytest.mark.parametrize(
    ("registered", "asked", "fits"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://localhost:3000/cb", "http://localhost:51004/cb", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1/cb", "http://localhost:51004/cb", False),
        ("https://localhost/cb", "https://localhost:51004/cb", False),
        ("http://app.test/cb", "http://app.test:51004/cb", False),
    ],
)
def test_the_port_of_ones_own_machine_does_not_count_for_native_applications(
    registered: str, asked: str, fits: bool
) -> None:
    assert is_registered(registered, asked, loopback=True) is fits
    assert not is_registered(registered, asked)


def test_a_pattern_of_many_stars_is_no_slower() -> None:
    pattern = "https://a.test/" + "*a" * 500 + "b"

    assert not is_registered(pattern, "https://a.test/" + "a" * 8000)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        (CALLBACK, "https://app.test"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("https://app.test:443", "https://app.test"),
        ("myapp://callback", None),
        ("nonsense", None),
    ],
)
def test_an_origin_is_a_web_addresss(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin


def test_an_address_that_names_somebody_before_its_host_is_none() -> None:
    named = "myapp://user@callback"

    assert not is_registered(named, named)
    assert origin_of("https://user@app.test/") is None
