"""The encodings of requests."""

import base64
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import form_body, json_body, json_object, text_at
from carteiro.connectors.http.api import given as given_members
from carteiro.connectors.http.client import HttpReply
from carteiro.connectors.http.credentials import basic_credentials, hmac_base64, http_date
from carteiro.connectors.providers.scaleway_tem import ScalewayTemConnector
from carteiro.connectors.providers.sendgrid import SendGridConnector
from carteiro.errors import DeliveryFailed, InvalidResponse
from carteiro.testing.clock import FrozenClock
from provider_parts import documented

TEXT = st.text(st.characters(codec="utf-8"))


@given(st.dictionaries(TEXT.filter(bool), TEXT | st.none()))
def test_a_form_is_read_back_without_what_is_absent(fields: dict[str, str | None]) -> None:
    read = parse_qsl(form_body(fields).decode(), keep_blank_values=True)

    assert form_body(fields).isascii()
    assert dict(read) == {name: value for name, value in fields.items() if value is not None}


def test_half_characters_become_something_that_can_be_sent() -> None:
    assert json_body({"a": "\ud83d\ude00 \ud800"}) == '{"a":"😀 \ufffd"}'.encode()
    assert form_body({"a": "x\ud800y"}).isascii()


@pytest.mark.parametrize("value", [float("nan"), object(), b"x"])
def test_what_json_cannot_express_is_a_clear_error(value: object) -> None:
    with pytest.raises(DeliveryFailed, match="cannot be written as JSON"):
        json_body({"a": value})


@pytest.mark.parametrize("text", ["", "[]", "nope", "[" * 100_000, "3"])
def test_an_answer_that_is_no_object_is_an_empty_one(text: str) -> None:
    assert json_object(text) == {}


def test_text_is_found_at_a_path_or_not_at_all() -> None:
    value = {"a": [{"b": 7, "c": True, "d": None}]}

    assert text_at(value, "a", 0, "b") == "7"
    for path in (["a", 0, "c"], ["a", 0, "d"], ["a", 1], ["a", "b"], ["x"], ["a", 0, "b", "y"]):
        assert text_at(value, *path) is None


def test_what_is_absent_is_left_out_of_an_object_and_what_is_empty_stays() -> None:
    assert given_members({"a": None, "b": "", "c": 0, "d": []}) == {"b": "", "c": 0, "d": []}


def test_credentials_are_those_of_the_standards() -> None:
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    # RFC 7617 §2, RFC 4231 §4.3, RFC 9110 §5.6.7.
    assert basic_credentials("Aladdin", "open sesame") == "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    signed = hmac_base64(b"Jefe", "what do ya want for nothing?")
    assert base64.b64decode(signed).hex() == digest
    assert http_date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"


async def test_a_success_without_its_id_names_the_place_where_it_should_be() -> None:
    http: Any = None  # nothing is sent
    services = Services(http=http, clock=FrozenClock())
    connector = ScalewayTemConnector(
        ScalewayTemConnector.parse(documented("scaleway-tem")), services
    )

    with pytest.raises(InvalidResponse, match=r'answered without "emails\.0\.id"'):
        connector.receipt(HttpReply(status=200, headers={}, body=b'{"emails": [{}]}'))


@pytest.mark.parametrize(
    ("status", "end", "seconds"),
    [(429, 42, 42.0), (429, -42, 0.0), (503, 42, 9.0), (429, None, 9.0)],
    ids=["a window", "a window that has ended", "another refusal", "no window"],
)
def test_a_throttling_provider_may_say_when_its_window_ends(
    status: int, end: int | None, seconds: float
) -> None:
    http: Any = None  # nothing is sent
    clock = FrozenClock()
    connector = SendGridConnector(
        SendGridConnector.parse(documented("sendgrid-email-service")),
        Services(http=http, clock=clock),
    )
    said = "soon" if end is None else str(clock.now() // 1000 + end)
    headers = {"X-RateLimit-Reset": said, "Retry-After": "9"}

    assert connector.retry_after(HttpReply(status=status, headers=headers, body=b"")) == seconds
