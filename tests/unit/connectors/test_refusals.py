"""What is read out of a refusal, and what is never told of it."""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote

import pytest

from carteiro.connectors.contract import Services
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.providers.http_email import HttpEmailConnector
from carteiro.connectors.registry import Registry
from carteiro.connectors.scrub import scrub
from carteiro.errors import ConnectorError, Disposition
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import CODE, LINK, sample_message
from provider_parts import documented

LONG = "x" * 3_000


def refusal(
    factory_id: str, status: int, body: Any, headers: dict[str, str] | None = None
) -> ConnectorError:
    http: Any = None
    factory = Registry.discover().get(factory_id)
    connector: Any = factory(
        factory.parse(documented(factory_id)), Services(http=http, clock=FrozenClock())
    )
    text = body if isinstance(body, str) else json.dumps(body)
    reply = HttpReply(status=status, headers=headers or {}, body=text.encode())
    found: ConnectorError = connector.refused(reply, sample_message())
    return found


@pytest.mark.parametrize(
    ("factory_id", "status", "body", "disposition"),
    [
        ("resend-email", 409, {"name": "concurrent_idempotent_requests", "message": LONG}, "transient"),
        ("resend-email", 409, {"name": "invalid_idempotent_request", "message": "m"}, "unknown"),
        ("scaleway-tem", 403, {"type": "quotas_exceeded", "message": LONG}, "throttled"),
        ("aws-ses-mail", 400, {"__type": "com.amazonaws#LimitExceededException", "message": LONG}, "throttled"),
        ("aliyun-direct-mail", 400, {"Message": LONG, "Code": "Throttling.User"}, "throttled"),
        ("brevo-email", 400, {"code": "duplicate_parameter", "message": "m"}, "unknown"),
        ("mailersend-email", 421, {"message": "maintenance"}, "transient"),
        ("mailjet-email", 400, {"ErrorCode": "send-0008", "ErrorMessage": LONG}, "permanent"),
        ("sendgrid-email-service", 504, "", "unknown"),
        ("sendgrid-email-service", 502, "", "transient"),
    ],
)  # fmt: skip
def test_a_refusal_is_sorted_however_much_it_says(
    factory_id: str, status: int, body: Any, disposition: str
) -> None:
    error = refusal(factory_id, status, body)

    assert error.disposition == Disposition(disposition)
    assert len(error.message) < 800
    assert len(json.dumps(error.data)) < 5_000


def test_mailjet_names_its_error_wherever_it_stands() -> None:
    error = {"ErrorCode": "send-0008", "ErrorMessage": "not a sender"}
    bodies = [{"Messages": [{"Errors": [error]}]}, {"Errors": [error], "Messages": []}, error]

    for body in bodies:
        assert "(HTTP 400, send-0008): not a sender." in refusal("mailjet-email", 400, body).message


@pytest.mark.parametrize(
    "text",
    [
        quote(quote(html.escape(LINK), safe=""), safe=""),
        quote(quote(LINK, safe=""), safe=""),
        LINK.replace("&", "\\u0026").replace("+", "\\u002B").replace("=", "\\u003d"),
        "".join(f"\\u{ord(character):04x}" for character in LINK),
        LINK.replace("/", "\\/"),
    ],
)
def test_the_link_is_found_however_it_is_spelled(text: str) -> None:
    clean = scrub(f"before {text} after", secrets=(), payload={"link": LINK})

    assert clean == "before […] after"


@pytest.mark.parametrize("length", range(280, 305))
def test_no_part_of_a_code_is_left_where_a_quote_is_cut(length: int) -> None:
    hidden = "".join(f"\\u{ord(digit):04x}" for digit in CODE)
    body = '{"errors": [{"message": "' + "x" * length + hidden + '"}]}'

    error = refusal("sendgrid-email-service", 400, body)

    told = error.message + json.dumps(error.data)
    assert f"x{CODE[:3]}" not in told
    assert hidden not in told


def test_numbers_that_json_cannot_write_are_told_as_text() -> None:
    error = refusal("smtp2go-email-service", 400, '{"data": {"error": "x", "n": NaN, "i": 1e999}}')

    assert json.dumps(error.data, allow_nan=False)


def test_aliyun_does_not_repeat_the_request_that_it_could_not_verify() -> None:
    message = f"Specified signature is not matched. server string to sign is:POST&%2F&{quote(LINK)}"

    error = refusal(
        "aliyun-direct-mail", 400, {"Code": "SignatureDoesNotMatch", "Message": message}
    )

    assert "Check accessKeySecret." in error.message
    assert "POST&" not in error.message + json.dumps(error.data)


@pytest.mark.parametrize("length", [24, 25, 26, 31, 32, 64])
@pytest.mark.parametrize("padded", [True, False])
def test_every_signing_key_that_is_long_enough_is_taken(length: int, padded: bool) -> None:
    encoded = base64.b64encode(bytes(range(length))).decode()
    key = "whsec_" + (encoded if padded else encoded.rstrip("="))

    HttpEmailConnector.parse({"endpoint": "https://e.test/", "signingKey": key})


@pytest.mark.parametrize(
    ("factory_id", "blank"),
    [
        ("aws-ses-mail", "emailAddress"),
        ("postmark-mail", "replyTo"),
        ("aliyun-direct-mail", "endpoint"),
    ],
)
def test_a_blank_optional_field_is_none(factory_id: str, blank: str) -> None:
    http: Any = None
    factory = Registry.discover().get(factory_id)

    config = factory.parse({**documented(factory_id), blank: ""})

    assert factory(config, Services(http=http, clock=FrozenClock()))


def test_an_endpoint_in_capitals_is_signed_as_it_is_sent() -> None:
    http: Any = None
    factory = Registry.discover().get("azure-communication-email")
    config = documented("azure-communication-email")
    shouted = {**config, "endpoint": config["endpoint"].replace("my", "My")}
    services = Services(http=http, clock=FrozenClock())

    requests = [
        factory(factory.parse(each), services).request(sample_message())
        for each in (config, shouted)
    ]

    assert requests[0].headers == requests[1].headers
