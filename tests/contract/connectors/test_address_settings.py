"""A setting that is an address is checked where it is set, whichever connector has it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from carteiro.connectors.metadata import ConnectorType
from carteiro.connectors.registry import Registry
from carteiro.errors import InvalidConfig
from provider_parts import documented
from smtp_parts import config as smtp

NAMED = re.compile(r"from|reply|sender|email|address|account_?name", re.IGNORECASE)
NO_ADDRESS = {
    ("aliyun-direct-mail", "fromAlias"): "a name",
    ("aws-ses-mail", "emailAddressIdentityArn"): "an ARN",
    ("aws-ses-mail", "feedbackForwardingEmailAddressIdentityArn"): "an ARN",
    ("logto-email", "senderName"): "a name",
    ("mailjunky-email-service", "fromName"): "a name",
    ("sendgrid-email-service", "fromName"): "a name",
    ("simple-mail-transfer-protocol", "localAddress"): "an address of this machine",
    ("smtp2go-email-service", "senderName"): "a name",
}
WRONG = [
    "not an address",
    "a@example.com, b@example.com",
    "a@example.com; b@example.com",
    "Acme <a@example.com> <b@example.com>, c@example.com",
    "Acme <nobody>",
    "Acme",
    "a@localhost",
    "@example.com",
]


def config_of(factory_id: str) -> dict[str, Any]:
    if factory_id == "simple-mail-transfer-protocol":
        return smtp(25)
    return documented(factory_id)


def fields() -> list[tuple[str, str]]:
    """The fields of all email connectors whose name speaks of an address."""
    return [
        (factory.metadata.id, field.alias or name)
        for factory in Registry.discover().factories()
        if factory.kind is ConnectorType.EMAIL and factory.__module__.startswith("carteiro.")
        for name, field in factory.config_model.model_fields.items()
        if NAMED.search(name)
    ]


@pytest.mark.parametrize(
    ("factory_id", "field"), [found for found in fields() if found not in NO_ADDRESS]
)
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_address_is_refused_by_its_place(
    factory_id: str, field: str, wrong: str
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        Registry.discover().get(factory_id).parse({**config_of(factory_id), field: wrong})

    assert caught.value.issues[0]["path"] == [field]


@pytest.mark.parametrize(
    ("factory_id", "field"), [found for found in fields() if found not in NO_ADDRESS]
)
@pytest.mark.parametrize("right", ["a@example.com", "jörg@exämple.com"])
def test_one_address_is_taken(factory_id: str, field: str, right: str) -> None:
    Registry.discover().get(factory_id).parse({**config_of(factory_id), field: right})


def test_the_exceptions_are_fields() -> None:
    assert set(NO_ADDRESS) <= set(fields())


@pytest.mark.parametrize("wrong", ["not an address", "a@example.com, b@example.com"])
@pytest.mark.parametrize("kind", [{"html": "<p>{{code}}</p>"}, {"template": "sign-in"}])
def test_a_delivery_of_mailgun_answers_to_one_mailbox(kind: dict[str, str], wrong: str) -> None:
    config = documented("mailgun-email")
    deliveries = {"Generic": {**kind, "subject": "s", "replyTo": wrong}}
    factory = Registry.discover().get("mailgun-email")

    with pytest.raises(InvalidConfig) as caught:
        factory.parse({**config, "deliveries": deliveries})
    deliveries["Generic"]["replyTo"] = "{{organization.name}} <help@example.com>"
    factory.parse({**config, "deliveries": deliveries})

    assert caught.value.issues[0]["path"] == ["deliveries", "Generic"]
    assert "replyTo" in caught.value.issues[0]["message"]


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("Errors-To", "bounces@example.com", "nobody"),
        ("Errors-To", "Bounces <bounces@example.com>", "a@example.com, b@example.com"),
        ("Disposition-Notification-To", "a@example.com", "yes"),
        ("List-Unsubscribe", "<mailto:leave@example.com?subject=leave>", "leave@example.com"),
        ("List-Unsubscribe", "<https://e.com/?a=1,2>, <mailto:a@example.com>", "https://e.com/"),
        ("list-unsubscribe", "<https://example.com/leave>", "<mailto:nobody>"),
        ("List-Help", "<mailto:a@example.com> (help)", "<javascript:alert(1)>"),
        ("List-Post", "NO", "<ftp://example.com>"),
    ],
)
def test_a_custom_header_that_holds_addresses_holds_addresses(
    name: str, right: str, wrong: str
) -> None:
    factory = Registry.discover().get("simple-mail-transfer-protocol")
    factory.parse(smtp(25, customHeaders={name: right}))

    with pytest.raises(InvalidConfig) as caught:
        factory.parse(smtp(25, customHeaders={name: wrong}))

    assert caught.value.issues[0]["path"][0] == "customHeaders"
