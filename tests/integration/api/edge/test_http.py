"""The HTTP client, its guard, and the HTTP connector's own words."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks import Webhook

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import LARGEST_REPLY, HttpClient
from carteiro.connectors.providers.http_email import HttpEmailConnector
from carteiro.errors import ConnectorError, DeliveryFailed, Disposition, InvalidConfig
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import Answer, HttpSink

PAYLOAD = {
    "code": "123456",
    "locale": "fr",
    "uiLocales": "fr-CA fr",
    "application": {"id": "a1", "name": "<i>Acme & Co</i>"},
    "link": "https://e.x/?a=1&b=2",
}


def message(kind: TemplateType = TemplateType.SIGN_IN, ip: str | None = None) -> Message:
    return Message(
        id="msg1", to=parse_address("to@e.com"), type=kind, payload=PAYLOAD, created_at=0, ip=ip
    )


async def send(config: dict[str, Any], **changes: Any) -> Any:
    http = HttpClient(EgressPolicy(enabled=False))
    services = Services(http=http, clock=FrozenClock())
    connector = HttpEmailConnector(HttpEmailConnector.parse(config), services)
    try:
        return await connector.send(message(**changes))
    finally:
        await http.close()


async def test_the_request_is_the_references() -> None:  # captures: http-email
    async with HttpSink() as sink:
        await send({"endpoint": f"{sink.url}?q=1", "authorization": "Bearer x"}, ip="1.2.3.4")

    got = sink.requests[0]
    assert (got.method, got.path) == ("POST", "/hook?q=1")
    assert got.headers["authorization"] == "Bearer x"
    assert got.headers["content-type"] == "application/json"
    expected = {"to": "to@e.com", "type": "SignIn", "payload": PAYLOAD, "ip": "1.2.3.4"}
    assert got.body == json.dumps(expected, separators=(",", ":")).encode()


async def test_without_authorization_and_ip_both_are_absent() -> None:  # captures: noauth
    async with HttpSink() as sink:
        await send({"endpoint": sink.url})

    assert "authorization" not in sink.requests[0].headers
    assert list(json.loads(sink.requests[0].body)) == ["to", "type", "payload"]


@pytest.mark.parametrize("kind", TemplateType)
async def test_every_type_passes(kind: TemplateType) -> None:
    async with HttpSink() as sink:
        await send({"endpoint": sink.url}, kind=kind)

    assert json.loads(sink.requests[0].body)["type"] == kind


async def test_a_request_verifies_with_standard_webhooks() -> None:
    new, old = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2))
    async with HttpSink() as sink:
        await send({"endpoint": sink.url, "signingKey": new, "previousSigningKey": old})

    headers, body = sink.requests[0].headers, sink.requests[0].body
    stamped = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    import hashlib
    import hmac

    for key, given in zip((new, old), headers["webhook-signature"].split(" "), strict=True):
        digest = hmac.new(base64.b64decode(key[6:]), stamped, hashlib.sha256).digest()
        assert given == "v1," + base64.b64encode(digest).decode()
    assert headers["webhook-id"] == "msg1"


def test_the_library_signs_as_the_standard_publishes() -> None:
    # The example of the Standard Webhooks specification.
    from datetime import UTC, datetime

    signer = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    moment = datetime.fromtimestamp(1614265330, UTC)

    signature = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", moment, '{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"endpoint": 1},
        {"endpoint": "https://e.test", "authorization": "a\r\nX: y"},
        {"endpoint": "https://e.test", "signingKey": "short"},
    ],
)
def test_a_bad_config_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig):
        HttpEmailConnector.parse(config)


@pytest.mark.parametrize(
    ("answer", "disposition", "text"),
    [
        (Answer(400, b'{"a":1}'), "permanent", '{"a":1}'),
        (Answer(410, b"gone"), "permanent", "gone"),
        (Answer(429, b"slow"), "throttled", "slow"),
        (Answer(500, b"no"), "transient", "no"),
        (Answer(503, b"busy"), "transient", "busy"),
        (Answer(408, b""), "transient", ""),
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/"}), "permanent", "redirect"),
        (Answer(500, b"x" * 100_000), "transient", "x" * 2048),
        (Answer(500, endless=True), "transient", ""),
        (Answer(drop=True), "unknown", ""),
    ],
)
async def test_each_answer_is_sorted(answer: Answer, disposition: str, text: str) -> None:
    async with HttpSink(answer) as sink:
        with pytest.raises(ConnectorError) as failure:
            await asyncio.wait_for(send({"endpoint": sink.url}), 5)

    assert failure.value.disposition == disposition
    assert text in failure.value.data["message"]
    assert len(failure.value.data["message"]) < 3000


async def test_retry_after_is_told() -> None:
    async with HttpSink(Answer(429, b"", {"Retry-After": "7"})) as sink:
        with pytest.raises(ConnectorError) as failure:
            await send({"endpoint": sink.url})

    assert failure.value.retry_after == 7


@pytest.mark.parametrize(
    "endpoint", ["not a url", "ftp://e.test", "https://", "file:///etc/passwd", "http://[bad"]
)
async def test_an_endpoint_that_is_none_is_a_connector_error(
    endpoint: str,
) -> None:  # captures: bad url
    with pytest.raises(DeliveryFailed) as failure:
        await send({"endpoint": endpoint})

    assert failure.value.disposition is Disposition.PERMANENT
    assert "123456" not in str(failure.value.data)


async def test_a_hung_endpoint_ends_at_the_timeout() -> None:
    http = HttpClient(EgressPolicy(enabled=False))
    async with HttpSink() as sink:
        await http.post(sink.url, data=b"{}", headers={})
        sink.answer = Answer(hang=True)
        with pytest.raises(DeliveryFailed) as failure:
            await http.post(sink.url, data=b"{}", headers={}, timeout=0.2)
        await http.close()

    assert failure.value.disposition is Disposition.UNKNOWN


async def test_a_reply_is_cut_and_inflated_within_bounds() -> None:
    bomb = gzip.compress(b"x" * 5_000_000)
    http = HttpClient(EgressPolicy(enabled=False))
    async with HttpSink(Answer(200, bomb, {"Content-Encoding": "gzip"})) as sink:
        reply = await http.post(sink.url, data=b"", headers={})
        await http.close()

    assert len(reply.body) == LARGEST_REPLY


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://localhost/",
    ],
)
async def test_the_guard_refuses_what_is_not_public(url: str) -> None:
    http = HttpClient(EgressPolicy(enabled=True))
    with pytest.raises(DeliveryFailed) as failure:
        await http.post(url, data=b"", headers={}, timeout=3)
    await http.close()

    refusals = ("CARTEIRO_EGRESS_ALLOW", "not an http(s) address")
    assert any(text in failure.value.message for text in refusals)
    assert failure.value.disposition is Disposition.PERMANENT


async def test_the_guard_wants_https() -> None:
    http = HttpClient(EgressPolicy(enabled=True))
    with pytest.raises(DeliveryFailed) as failure:
        await http.post("http://example.com/", data=b"", headers={})
    await http.close()

    assert "https" in failure.value.message


async def test_an_allowed_network_is_reached_and_its_neighbour_is_not() -> None:
    http = HttpClient(EgressPolicy(enabled=True, allow=[ip_network("127.0.0.1/32")]))
    async with HttpSink() as sink:
        reply = await http.post(sink.url, data=b"", headers={})
        with pytest.raises(DeliveryFailed):
            await http.post(sink.url.replace("127.0.0.1", "127.0.0.2"), data=b"", headers={})
        await http.close()

    assert reply.ok


async def test_a_name_is_checked_where_it_leads_each_time() -> None:
    class Rebinding(EgressPolicy):
        def __init__(self) -> None:
            super().__init__(enabled=True)
            self.asked: list[str] = []

        def permits(self, address: str) -> bool:
            self.asked.append(address)
            return super().permits(address)

    policy = Rebinding()
    http = HttpClient(policy)
    with pytest.raises(DeliveryFailed):
        await http.post("https://localhost/", data=b"", headers={})
    await http.close()

    assert set(policy.asked) <= {"127.0.0.1", "::1"}
    assert policy.asked
