"""The egress guard at the socket: no spelling, no name reaches a closed address (checklist 64)."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from carteiro.connectors.http.client import HttpClient
from carteiro.errors import DeliveryFailed, Disposition
from carteiro.testing.http_sink import HttpSink, redirect

Guarded = Callable[..., HttpClient]


class ScriptedNames(AbstractResolver):
    """Every name has the next list of addresses; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


async def refusal(client: HttpClient, url: str) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await client.post(url, data=b"{}", headers={})
    assert caught.value.disposition is Disposition.PERMANENT
    return caught.value


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1"),
        *("0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "10.0.0.1"),
        *("169.254.169.254", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]"),
        *("[2002:7f00:1::]", "[fe80::1]", "100.100.100.200", "192.168.1.1", "255.255.255.255"),
    ],
)
async def test_no_spelling_of_a_closed_address_is_connected_to(
    guarded: Guarded, sink: HttpSink, scheme: str, host: str
) -> None:
    await refusal(guarded(), f"{scheme}://{host}:{sink.port}/")

    assert sink.connections == 0


async def test_a_name_that_points_inside_is_refused(guarded: Guarded, sink: HttpSink) -> None:
    client = guarded(resolver=ScriptedNames(["127.0.0.1", "::1", "10.0.0.1"]))

    error = await refusal(client, f"https://innocent.example.test:{sink.port}/")

    assert "CARTEIRO_EGRESS_ALLOW" in error.message
    assert sink.connections == 0


async def test_a_name_that_is_rebound_is_refused_when_it_points_inside(guarded: Guarded) -> None:
    names = ScriptedNames(["127.0.0.2"], ["127.0.0.1"])
    async with HttpSink(host="0.0.0.0") as sink:
        url = f"http://rebinding.example.test:{sink.port}/"
        first, second = (guarded("127.0.0.2/32", resolver=names) for _ in range(2))

        reply = await first.post(url, data=b"{}", headers={})
        await refusal(second, url)

        assert reply.ok
        assert sink.connections == 1


async def test_among_several_addresses_only_an_open_one_is_connected_to(guarded: Guarded) -> None:
    names = ScriptedNames(["127.0.0.1", "127.0.0.2"])
    async with HttpSink(host="0.0.0.0") as sink:
        client = guarded("127.0.0.2/32", resolver=names)

        reply = await client.post(f"http://both.example.test:{sink.port}/", data=b"{}", headers={})

        assert reply.ok
        assert sink.connections == 1


async def test_a_redirect_to_the_metadata_address_is_not_followed(
    guarded: Guarded, sink: HttpSink
) -> None:
    sink.script.append(redirect("http://169.254.169.254/latest/meta-data/"))

    reply = await guarded("127.0.0.0/8").post(sink.url, data=b"{}", headers={})

    assert reply.status == 307
    assert len(sink.requests) == 1


async def test_plain_http_needs_a_network_that_was_opened(guarded: Guarded, sink: HttpSink) -> None:
    elsewhere: Any = ScriptedNames(["93.184.215.14"])

    error = await refusal(guarded("10.0.0.0/8", resolver=elsewhere), "http://public.example.test/")

    assert "must be https" in error.message
    assert "CARTEIRO_EGRESS_ALLOW" in error.message
    assert (await guarded("127.0.0.0/8").post(sink.url, data=b"{}", headers={})).ok
