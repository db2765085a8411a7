"""Names and addresses in the words of providers (connectors §1.7, §4.8, §4.9)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.contract import Services
from carteiro.connectors.headers import (
    ascii_mailbox_text,
    display_name,
    header_text,
    mailbox_object,
    mailbox_text,
)
from carteiro.connectors.registry import Registry
from carteiro.model.addresses import EmailAddress, Mailbox, parse_mailbox
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_contract import fields
from provider_parts import documented

ADDRESS = EmailAddress("a", "b.test")
BOTH = ("smtp2go-email-service", "mailjunky-email-service")


def from_of(factory_id: str, *, name: str = "Acme", send_from: str | None = None) -> str:
    """What the provider is told, for a config's sender name and a template's sendFrom."""
    http: Any = None
    factory = Registry.discover().get(factory_id)
    config = {**documented(factory_id), "senderName": name, "fromName": name}
    connector: Any = factory(factory.parse(config), Services(http=http, clock=FrozenClock()))
    source = TemplateSource(subject="s", content="c", send_from=send_from)
    message = sample_message(content=compile_template(source).render({}))
    body = fields(connector.request(message))
    return body.get("sender") or body["from"]


@pytest.mark.parametrize("factory_id", BOTH)
@pytest.mark.parametrize(
    ("send_from", "expected"),
    [
        (None, "Acme <no-reply@example.test>"),
        ("", "Acme <no-reply@example.test>"),
        (" \r\n", "Acme <no-reply@example.test>"),
        ("Brand", "Brand <no-reply@example.test>"),
        ("n@e.test", "n@e.test"),
        ("Brand <n@e.test>", "Brand <n@e.test>"),
        ("My <App> <n@e.test>", "My App <n@e.test>"),
        ("Foo <>", "Foo <no-reply@example.test>"),
        ("Foo <n@e.test> x", '"Foo n@e.test x" <no-reply@example.test>'),
        ("<<n@e.test>>", "n@e.test"),
        ('"Foo" <n@e.test>', "Foo <n@e.test>"),
        ("Brand <bad<addr@e.test>", "Brand <badaddr@e.test>"),
        ("Legit\r\nBcc: evil@example.com <n@e.test>", '"LegitBcc: evil@example.com" <n@e.test>'),
        ("n@e.test\r\nBcc: x@y.test", '"n@e.testBcc: x@y.test" <no-reply@example.test>'),
    ],
)
def test_send_from_is_read_as_the_reference_reads_it(
    factory_id: str, send_from: str | None, expected: str
) -> None:
    assert from_of(factory_id, send_from=send_from) == expected


@pytest.mark.parametrize("factory_id", BOTH)
def test_the_configs_name_is_cleared_of_breaks_and_brackets(factory_id: str) -> None:
    name = "Evil\r\n<\n>Suffix"

    assert from_of(factory_id, name=name) == "EvilSuffix <no-reply@example.test>"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme, Inc.", '"Acme, Inc." <a@b.test>'),
        ('a "b" c', '"a \\"b\\" c" <a@b.test>'),
        ("group: x; y", '"group: x; y" <a@b.test>'),
        ("ceo@bank.example", '"ceo@bank.example" <a@b.test>'),
        ("Acme: Team", '"Acme: Team" <a@b.test>'),
        ("back\\slash", '"back\\\\slash" <a@b.test>'),
        ("Ação", '"Ação" <a@b.test>'),
        ("", "a@b.test"),
        (None, "a@b.test"),
    ],
)
def test_a_name_that_could_be_read_as_more_is_quoted(name: str | None, shown: str) -> None:
    assert mailbox_text(Mailbox(ADDRESS, name)) == shown


def test_a_name_beyond_ascii_is_encoded_where_the_provider_wants_ascii() -> None:
    long = ascii_mailbox_text(Mailbox(ADDRESS, "Ação e Reação " * 6))

    assert ascii_mailbox_text(Mailbox(ADDRESS, "Ação")) == "=?utf-8?b?QcOnw6Nv?= <a@b.test>"
    assert long.isascii()
    assert "\n" not in long
    # What looks like an encoded word is not decoded into something else on the other side.
    assert "=?utf-8?q?x?=" not in ascii_mailbox_text(Mailbox(ADDRESS, "=?utf-8?q?x?="))


@given(st.text())
def test_no_name_makes_a_second_line_or_another_address(name: str) -> None:
    mailbox = Mailbox(ADDRESS, name)

    for text in (mailbox_text(mailbox), ascii_mailbox_text(mailbox), header_text(name)):
        assert len(text.splitlines()) <= 1
    assert parse_mailbox(mailbox_text(mailbox)).address == ADDRESS
    assert "<" not in (display_name(mailbox) or "")
    assert mailbox_object(mailbox)["email"] == "a@b.test"
