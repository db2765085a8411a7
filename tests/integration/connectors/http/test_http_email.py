"""HTTP Email on the wire: the recorded requests, the signatures, and what each answer means."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from carteiro.clock import SystemClock
from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.http_email import HttpEmailConnector
from carteiro.errors import ConnectorError, Disposition
from carteiro.model.addresses import EmailAddress, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message
from carteiro.testing.clock import FrozenClock
from carteiro.testing.http_sink import NOT_GZIP, Answer, HttpSink, redirect, refused, throttled

Open = Callable[..., HttpEmailConnector]
PAYLOAD = {
    "code": "123456",
    "locale": "fr",
    "uiLocales": "fr-CA fr",
    "application": {"id": "a1", "name": "<i>Acme & Co</i>"},
    "link": "https://e.x/?a=1&b=2",
}
"""The payload of the recorded requests."""
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_KEY = "whsec_" + base64.b64encode(b"an older key of 24 bytes").decode()


def message(**changes: Any) -> Message:
    given_ = {
        "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "to": parse_address("to@e.com"),
        "type": TemplateType.SIGN_IN,
        "payload": PAYLOAD,
        "created_at": 0,
    }
    return Message(**{**given_, **changes})


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def open_(sink: HttpSink, clock: FrozenClock) -> AsyncIterator[Open]:
    """Open the connector towards the sink."""
    http = HttpClient(EgressPolicy(enabled=False), timeout=30)

    def make(**config: str) -> HttpEmailConnector:
        parsed = HttpEmailConnector.parse({"endpoint": sink.url, **config})
        return HttpEmailConnector(parsed, Services(http=http, clock=clock))

    yield make
    await http.close()


async def failure(connector: HttpEmailConnector, sent: Message | None = None) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await connector.send(sent or message())
    assert caught.value.code in {"connector.general", "connector.rate_limit_exceeded"}
    return caught.value


async def test_the_request_is_the_recorded_one(open_: Open, sink: HttpSink) -> None:
    receipt = await open_(authorization="Bearer x").send(message(ip="1.2.3.4"))

    request = sink.requests[0]
    assert request.method == "POST"
    assert request.headers["authorization"] == "Bearer x"
    assert request.headers["content-type"] == "application/json"
    assert request.body.decode() == (
        '{"to":"to@e.com","type":"SignIn","payload":{"code":"123456","locale":"fr",'
        '"uiLocales":"fr-CA fr","application":{"id":"a1","name":"<i>Acme & Co</i>"},'
        '"link":"https://e.x/?a=1&b=2"},"ip":"1.2.3.4"}'
    )
    assert receipt.detail == "HTTP 200"


@pytest.mark.parametrize("ip", [None, ""])
async def test_without_ip_and_authorization_neither_is_sent(
    open_: Open, sink: HttpSink, ip: str | None
) -> None:
    await open_().send(message(ip=ip))

    request = sink.requests[0]
    assert request.json() == {"to": "to@e.com", "type": "SignIn", "payload": PAYLOAD}
    assert "authorization" not in request.headers
    assert not [name for name in request.headers if name.startswith("webhook-")]


async def test_the_query_of_the_endpoint_is_kept(open_: Open, sink: HttpSink) -> None:
    await open_(endpoint=f"http://127.0.0.1:{sink.port}/p?q=1&r=a%20b").send(message())

    assert sink.requests[0].path == "/p?q=1&r=a%20b"


@pytest.mark.parametrize("kind", list(TemplateType))
async def test_every_type_passes_with_its_own_name(
    open_: Open, sink: HttpSink, kind: TemplateType
) -> None:
    await open_().send(message(type=kind))

    assert sink.requests[0].json()["type"] == kind.value


@pytest.mark.parametrize("reply", [Answer(s, b"") for s in (200, 201, 202, 204)] + [NOT_GZIP])
async def test_any_2xx_means_taken_over(open_: Open, sink: HttpSink, reply: Answer) -> None:
    sink.script.append(reply)

    assert (await open_().send(message())).detail == f"HTTP {reply.status}"


ANSWERS = [
    *((status, Disposition.PERMANENT) for status in (300, 301, 302, 303, 304, 307, 308)),
    *((status, Disposition.PERMANENT) for status in (400, 401, 403, 404, 409, 410, 413, 422, 451)),
    *((status, Disposition.TRANSIENT) for status in (408, 425, 500, 501, 502, 503, 507)),
    (504, Disposition.UNKNOWN),
    (429, Disposition.THROTTLED),
]


@pytest.mark.parametrize(("status", "disposition"), ANSWERS)
async def test_every_other_status_is_a_failure_with_its_disposition(
    open_: Open, sink: HttpSink, status: int, disposition: Disposition
) -> None:
    sink.script.append(refused(status))

    assert (await failure(open_())).disposition is disposition
    assert len(sink.requests) == 1


@pytest.mark.parametrize(("status", "body"), [(400, '{"a":1}'), (503, "busy")])
async def test_the_error_is_the_recorded_one(
    open_: Open, sink: HttpSink, status: int, body: str
) -> None:
    sink.script.append(refused(status, body))

    assert (await failure(open_())).data == {"message": body}


async def test_an_empty_refusal_says_its_status(open_: Open, sink: HttpSink) -> None:
    sink.script.append(refused(500))

    assert (await failure(open_())).data == {"message": "The endpoint answered HTTP 500."}


async def test_a_redirect_says_that_it_is_not_followed(open_: Open, sink: HttpSink) -> None:
    sink.script.append(redirect("http://169.254.169.254/"))

    error = await failure(open_())

    assert error.data is not None
    assert "redirects" in error.data["message"]
    assert "169.254" not in str(error.data)


async def test_retry_after_is_obeyed_as_seconds_or_a_date(
    open_: Open, sink: HttpSink, clock: FrozenClock
) -> None:
    clock.set(1_445_412_420_000)  # Wed, 21 Oct 2015 07:27:00 GMT
    sink.script.extend([throttled("7"), throttled("Wed, 21 Oct 2015 07:28:00 GMT")])

    waits = [(await failure(open_())).retry_after for _ in range(2)]

    assert waits == [7.0, 60.0]


async def test_an_echo_of_the_request_is_scrubbed(open_: Open, sink: HttpSink) -> None:
    echo = f"Bearer s3cr3t {KEY} 123456 https://e.x/?a=1&b=2"
    sink.script.append(refused(400, echo))

    error = await failure(open_(authorization="Bearer s3cr3t", signingKey=KEY))

    assert error.data == {"message": "[…] […] […] […]"}


@pytest.mark.parametrize("endpoint", ["not a url", "ftp://e.x/", "/p"])
async def test_an_endpoint_that_is_no_address_fails_when_it_is_used(
    open_: Open, endpoint: str
) -> None:
    error = await failure(open_(endpoint=endpoint))

    assert error.disposition is Disposition.PERMANENT
    assert error.data == {"message": "The endpoint is not an http(s) address."}


def expected_signature(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Standard Webhooks 1.0.0, from its text: HMAC-SHA256 over ``id.timestamp.body``."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def test_the_independent_signature_gives_the_published_vector() -> None:
    published = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    signature = expected_signature(
        KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )

    assert signature == published


async def test_a_signed_request_verifies(open_: Open, sink: HttpSink, clock: FrozenClock) -> None:
    clock.set(1_614_265_330_999)
    sent = message(payload={"name": "Zoë 🎉 שלום"})

    await open_(signingKey=KEY, authorization="Bearer x").send(sent)

    request = sink.requests[0]
    assert request.headers["webhook-id"] == sent.id
    assert request.headers["webhook-timestamp"] == "1614265330"
    assert request.headers["webhook-signature"] == expected_signature(
        KEY, sent.id, "1614265330", request.body
    )
    assert request.headers["authorization"] == "Bearer x"


async def test_while_keys_are_switched_old_and_new_receivers_verify(
    open_: Open, sink: HttpSink, clock: FrozenClock
) -> None:
    connector = open_(signingKey=KEY, previousSigningKey=OLD_KEY)

    await connector.send(message())

    request = sink.requests[0]
    stamp = request.headers["webhook-timestamp"]
    assert request.headers["webhook-signature"].split(" ") == [
        expected_signature(key, message().id, stamp, request.body) for key in (KEY, OLD_KEY)
    ]


async def test_the_library_of_the_standard_takes_our_requests(open_: Open, sink: HttpSink) -> None:
    # Its verifier reads the machine's clock, so here the sender has to as well.
    http = HttpClient(EgressPolicy(enabled=False))
    config = HttpEmailConnector.parse({"endpoint": sink.url, "signingKey": KEY})

    await HttpEmailConnector(config, Services(http=http, clock=SystemClock())).send(message())
    await http.close()

    request = sink.requests[0]
    assert Webhook(KEY).verify(request.body, dict(request.headers)) == request.json()


async def test_a_second_attempt_has_the_same_id_and_a_new_time(
    open_: Open, sink: HttpSink, clock: FrozenClock
) -> None:
    connector = open_(signingKey=KEY)

    await connector.send(message())
    clock.advance(60)
    await connector.send(message())

    first, second = (request.headers for request in sink.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 60
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize(
    "payload",
    [
        {"n": float("nan")},
        {"n": float("inf")},
        {"n": object()},
        {"n": b"bytes"},
        {("a", "b"): 1},
        {"n": {1, 2}},
    ],
)
async def test_a_payload_that_json_cannot_express_is_refused_and_not_sent(
    open_: Open, sink: HttpSink, payload: dict[Any, Any]
) -> None:
    error = await failure(open_(), message(payload=payload))

    assert error.disposition is Disposition.PERMANENT
    assert sink.requests == []


async def test_a_payload_without_an_end_is_refused_and_not_sent(
    open_: Open, sink: HttpSink
) -> None:
    payload: dict[str, Any] = {}
    payload["self"] = payload

    assert (await failure(open_(), message(payload=payload))).disposition is Disposition.PERMANENT
    assert sink.requests == []


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner)
)


@pytest.fixture(scope="module")
async def lasting_sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as endpoint:
        yield endpoint


@given(
    payload=st.dictionaries(st.text(st.characters()), NESTED, max_size=4),
    local=st.text(st.characters(), min_size=1),
    key=st.sampled_from(["", KEY]),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_any_values_make_a_well_formed_request_or_a_clear_error(
    lasting_sink: HttpSink, payload: dict[str, Any], local: str, key: str
) -> None:
    http = HttpClient(EgressPolicy(enabled=False))
    config = {"endpoint": lasting_sink.url, **({"signingKey": key} if key else {})}
    connector = HttpEmailConnector(
        HttpEmailConnector.parse(config), Services(http=http, clock=FrozenClock())
    )
    lasting_sink.requests.clear()
    sent = message(payload=payload, to=EmailAddress(local, "e.com"))

    refusal = await attempt(connector, sent)
    await http.close()

    if refusal is not None:
        assert refusal.message == "The payload cannot be written as JSON."
        assert lasting_sink.requests == []
        return
    (request,) = lasting_sink.requests
    told = {"to": f"{local}@e.com", "type": "SignIn", "payload": payload}
    assert request.json() == json.loads(clean(json.dumps(told, ensure_ascii=False)))
    if key:
        assert request.headers["webhook-signature"] == expected_signature(
            key, sent.id, request.headers["webhook-timestamp"], request.body
        )


async def attempt(connector: HttpEmailConnector, sent: Message) -> ConnectorError | None:
    try:
        await connector.send(sent)
    except ConnectorError as error:
        return error
    return None


def clean(text: str) -> str:
    """What a half of a surrogate pair becomes in every well-formed encoding."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
