"""Asking the DNS: what it says is read, and what it does wrong is an error with an end."""

from __future__ import annotations

import pytest

from carteiro.errors import NameUnavailable
from carteiro.senders.asking import Inquiry, server_of
from carteiro.senders.reception import Reception, reception_of
from dns_parts import DnsServer, Manner

ZONE = {
    "short.test": {"TXT": ["one", "two"]},
    "huge.test": {"TXT": "x" * 60_000},
    "long.test": {"TXT": "y" * 3000},
    "hop1.test": {"CNAME": "hop2.test"},
    "hop2.test": {"CNAME": "short.test"},
    "loop1.test": {"CNAME": "loop2.test"},
    "loop2.test": {"CNAME": "loop1.test"},
    **{f"chain{n}.test": {"CNAME": f"chain{n + 1}.test"} for n in range(40)},
    "takes.test": {"MX": ["20 b.test.", "10 a.test."]},
    "null.test": {"MX": "0 ."},
    "odd.test": {"MX": ["0 .", "10 a.test."]},
    "address.test": {"A": "127.0.0.1"},
    "six.test": {"AAAA": "::1"},
    "nothing.test": {"TXT": "no mail here"},
}


@pytest.mark.parametrize(
    ("name", "found", "exists"),
    [
        ("short.test", ("one", "two"), True),
        ("hop1.test", ("one", "two"), True),
        ("long.test", ("y" * 3000,), True),
        ("huge.test", ("x" * 60_000,), True),
        ("address.test", (), True),
        ("missing.test", (), False),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_texts_are_read_whole_by_udp_or_tcp(
    name: str, found: tuple[str, ...], exists: bool
) -> None:
    async with DnsServer(ZONE) as server:
        texts = await server.asking(5, 20).texts(name)

    assert (tuple(sorted(texts.found)), texts.exists) == (found, exists)
    assert ("tcp" in {way for _, _, way in server.asked}) is (len("".join(found)) > 1232)


@pytest.mark.parametrize("manner", list(Manner), ids=str)
async def test_whatever_a_server_does_wrong_ends_as_one_error(manner: Manner) -> None:
    async with DnsServer(ZONE, default=manner) as server:
        with pytest.raises(NameUnavailable, match=r"short\.test"):
            await server.dns.texts("short.test")


@pytest.mark.parametrize("name", ["loop1.test", "chain0.test"])
async def test_a_chain_without_an_end_is_not_followed_for_ever(name: str) -> None:
    async with DnsServer(ZONE) as server:
        with pytest.raises(NameUnavailable):
            await server.dns.texts(name)


@pytest.mark.parametrize("name", ["a..test", "x" * 64 + ".test", "a." * 130 + "test", ".", ""])
async def test_a_name_that_is_none_is_an_error_and_not_asked(name: str) -> None:
    async with DnsServer({}) as server:
        found = await _answer(server, name)

    assert found in ({"unavailable"}, set())


async def _answer(server: DnsServer, name: str) -> set[str]:
    try:
        return set((await server.dns.texts(name)).found)
    except NameUnavailable:
        return {"unavailable"}


async def test_a_server_that_is_not_there_is_an_error() -> None:
    async with DnsServer({}) as server:
        gone = server.dns
    with pytest.raises(NameUnavailable):
        await gone.texts("short.test")


async def test_an_inquiry_asks_nothing_twice_and_has_an_end() -> None:
    async with DnsServer(ZONE) as server:
        inquiry = Inquiry(server.asking(5, 20), most=3)
        for _ in range(3):
            await inquiry.texts("Short.test")
        for name in ("a.test", "b.test"):
            await inquiry.texts(name)
        with pytest.raises(NameUnavailable, match="Too many questions"):
            await inquiry.texts("c.test")

    assert len(server.asked) == 3


async def test_nobody_waits_for_each_question_of_a_server_that_is_silent() -> None:
    async with DnsServer({}, default=Manner.HANGS) as server:
        inquiry = Inquiry(server.asking(0.05, 0.1), silences=2)
        for name in ("a.test", "b.test", "c.test", "d.test"):
            with pytest.raises(NameUnavailable):
                await inquiry.texts(name)

    assert {name for name, _, _ in server.asked} == {"a.test", "b.test"}


@pytest.mark.parametrize(
    ("domain", "reception"),
    [
        ("takes.test", Reception.TAKES),
        ("odd.test", Reception.TAKES),
        ("null.test", Reception.REFUSES),
        ("address.test", Reception.TAKES),
        ("six.test", Reception.TAKES),
        ("nothing.test", Reception.NOWHERE),
        ("missing.test", Reception.NO_DOMAIN),
    ],
)
async def test_a_domain_takes_mail_or_says_that_it_does_not(
    domain: str, reception: Reception
) -> None:
    async with DnsServer(ZONE) as server:
        assert await reception_of(server.asking(5, 20), domain) is reception


async def test_the_preferred_host_for_mail_comes_first() -> None:
    async with DnsServer(ZONE) as server:
        found, exists = await server.asking(5, 20).exchanges("takes.test")

    assert exists
    assert [one.host for one in found] == ["a.test", "b.test"]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
        (" 9.9.9.9 ", ("9.9.9.9", 53)),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(text: str, server: tuple[str, int]) -> None:
    assert server_of(text) == server


@pytest.mark.parametrize("text", ["", "dns.test", "127.0.0.1:x", "127.0.0.1:0", "1.2.3.4:70000"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the setting says which one it is
        server_of(text)
