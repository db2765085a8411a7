"""Who a mail is from, as parsers that others wrote read it: one author, at any connector.

Every request of every connector has exactly one author, the configured address, and the wanted
name, whoever gave the name: the config, a template, a value. The readers are Python's two address
parsers and email-validator's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from author_parts import Author, parsed
from carteiro.connectors.contract import Services
from carteiro.connectors.http.api import HttpApiConnector
from carteiro.connectors.http.endpoint import HttpEndpointConnector
from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.mime import build
from carteiro.connectors.registry import Registry
from carteiro.model.addresses import EmailAddress, parse_mailbox
from carteiro.model.message import Message, TemplateSource
from carteiro.templates.compiled import compile_template
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_contract import fields
from provider_parts import contract_of, documented

ADDRESS = "no-reply@example.test"
NAME_FIELDS = {
    "aliyun-direct-mail": "fromAlias",
    "mailjunky-email-service": "fromName",
    "sendgrid-email-service": "fromName",
    "smtp2go-email-service": "senderName",
}
MAILBOX_FIELDS = {"aws-ses-mail": "emailAddress", "mailgun-email": "from"}
WITHOUT_NAME = {"azure-communication-email"}
"""Azure takes the sender's name from the resource, not from the request."""
FIXED = {"postmark-mail"}
"""The words, and the author with them, are the provider's and the config's."""


def factories() -> list[str]:
    """The email connectors that make a request with an author in it."""
    return [
        factory.metadata.id
        for factory in Registry.discover().factories()
        if factory.kind is ConnectorType.EMAIL
        and issubclass(factory, HttpApiConnector)
        and not issubclass(factory, HttpEndpointConnector)
        and factory.__module__.startswith("carteiro.")
    ]


def quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def with_name(factory_id: str, name: str) -> dict[str, Any]:
    """The documented config with this name before the address, as an administrator writes it."""
    config = documented(factory_id)
    if factory_id == "aliyun-direct-mail":
        config["accountName"] = ADDRESS
    if field := NAME_FIELDS.get(factory_id):
        return {**config, field: quoted(name)}
    return {**config, MAILBOX_FIELDS.get(factory_id, "fromEmail"): f"{quoted(name)} <{ADDRESS}>"}


def authors(factory_id: str, config: Mapping[str, Any], message: Message) -> list[Author]:
    http: Any = None  # nothing is sent
    factory: Any = Registry.discover().get(factory_id)
    connector = factory(factory.parse(config), Services(http=http, clock=FrozenClock()))
    found: list[Author] = contract_of(factory).author(fields(connector.request(message)))
    return found


def rendered(send_from: str | None, organization: str = "") -> Message:
    source = TemplateSource(subject="s", content="c", send_from=send_from)
    payload = {"organization": {"name": organization}, "code": "1"}
    return sample_message(content=compile_template(source).render(payload), payload=payload)


SPECIALS = '@:.,;()[]\\"'
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069<>]")
SHOWN = (
    st.lists(
        st.sampled_from([*SPECIALS, " ", "Acme", "ceo@bank.example", "é", "שלום", "山田", "’", "="])
        | st.characters(codec="utf-8", exclude_categories=["C", "Z", "Cs"]),
        min_size=1,
        max_size=30,
    )
    .map("".join)
    .map(lambda name: " ".join(name.split()))
    .filter(lambda name: name and "=?" not in name and not _HIDDEN.search(name))
)
"""Names that arrive as they are."""
HOSTILE = st.sampled_from(
    [
        "ceo@bank.example",
        "Acme: Team",
        "undisclosed-recipients:;",
        "a@b.example, c@d.example",
        'Eve" <e@vil.test>, "',
        "<e@vil.test>",
        "Eve (comment",
        "Eve\\",
        "Eve\r\nBcc: e@vil.test",
        "Eve\x00\x0b\x85\u2028",
        "\u202eelpmaxe.knab@oec\u2066",
        "=?utf-8?q?e=40vil=2Etest=2C?=",
        "=?utf-8?b?ZUB2aWwudGVzdCw=?= x",
        " \t ",
        "x" * 5000,
        "é," * 2000,
        "\ud800",
    ]
) | st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize("factory_id", factories())
class TestAuthors:
    @pytest.mark.parametrize("special", [*SPECIALS, "é@", "a" * 150 + ","])
    def test_a_special_in_the_configs_name_is_part_of_the_name(
        self, factory_id: str, special: str
    ) -> None:
        name = f"a {special} b"

        found = authors(factory_id, with_name(factory_id, name), rendered(None))

        assert found == [("" if factory_id in WITHOUT_NAME else name, ADDRESS)]

    def test_the_configs_name_arrives(self, factory_id: str) -> None:
        @settings(max_examples=25, deadline=None)
        @given(name=SHOWN)
        def prove(name: str) -> None:
            found = authors(factory_id, with_name(factory_id, name), rendered(None))

            assert found == [("" if factory_id in WITHOUT_NAME else name, ADDRESS)]

        prove()

    def test_a_value_as_name_arrives_without_quotes(self, factory_id: str) -> None:
        @settings(max_examples=25, deadline=None)
        @given(name=SHOWN, pattern=st.sampled_from(["{{organization.name}}", None]))
        def prove(name: str, pattern: str | None) -> None:
            send_from = pattern or f'"{{{{organization.name}}}}" <{ADDRESS}>'
            wanted = " ".join(name.replace('"', "").replace("\\", "").split())

            found = authors(factory_id, with_name(factory_id, ""), rendered(send_from, name))

            nameless = factory_id in WITHOUT_NAME | FIXED or "=?" in wanted
            assert [address for _, address in found] == [ADDRESS]
            assert nameless or found[0][0] == wanted

        prove()

    def test_no_name_brings_another_author(self, factory_id: str) -> None:
        @settings(max_examples=25, deadline=None)
        @given(configured=HOSTILE, value=HOSTILE)
        def prove(configured: str, value: str) -> None:
            config = with_name(factory_id, configured)
            for send_from in (
                None,
                "{{organization.name}}",
                f"{{{{organization.name}}}} <{ADDRESS}>",
            ):
                ((name, address),) = authors(factory_id, config, rendered(send_from, value))

                assert address == ADDRESS
                assert not _HIDDEN.search(name)
                assert "\x00" not in name
                assert len(name) <= 200

        prove()


@settings(max_examples=150, deadline=None)
@given(name=SHOWN | HOSTILE)
def test_a_mail_over_smtp_has_one_author(name: str) -> None:
    mailbox = parse_mailbox(f"{quoted(name)} <{ADDRESS}>")
    message = rendered(None)
    assert message.content is not None

    raw = build(message, message.content, sender=mailbox, reply_to=mailbox)
    mail = message_from_bytes(raw, policy=policy.compat32)

    for header in ("From", "Reply-To"):
        (text,) = mail.get_all(header)
        assert parsed(" ".join(text.split("\r\n "))) == [(mailbox.name or "", ADDRESS)]
    assert mail.get_all("Bcc") is None
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("factory_id", sorted(set(factories()) - FIXED))
def test_a_reply_address_is_one_mailbox_too(factory_id: str) -> None:
    source = TemplateSource(
        subject="s", content="c", reply_to="{{organization.name}} <help@example.test>"
    )
    payload = {"organization": {"name": "ceo@bank.example: x, y"}}
    message = sample_message(content=compile_template(source).render(payload))

    http: Any = None
    connector: Any = Registry.discover().open(
        factory_id, with_name(factory_id, "Acme"), Services(http=http, clock=FrozenClock())
    )
    texts = [text for text in leaves(fields(connector.request(message))) if "help@" in text]

    for text in texts:
        assert [address for _, address in parsed(text)] == ["help@example.test"]
    assert texts or factory_id == "aliyun-direct-mail"


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in leaves(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in leaves(inner)]
    return [value] if isinstance(value, str) else []


def test_the_address_of_the_author_is_the_one_that_was_parsed() -> None:
    assert parse_mailbox(f'"x" <{ADDRESS}>').address == EmailAddress("no-reply", "example.test")
