"""The built-in service's config and branding (connectors.md §6, §9 tests 41 to 62)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.clock import SystemClock
from carteiro.connectors.builtin.branding import Branding, holds_address
from carteiro.connectors.contract import Connector, Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.builtin import BuiltinConnector
from carteiro.errors import Issue, NotSupportedByConnector
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered
from carteiro.testing.outbox import OutboxRelay

Issues = Callable[[type[Connector], Any], list[Issue]]

REFUSED = [
    "https://example.com",
    "See https://example.com for more",
    "HTTPS://Example.COM/path",
    "www.example.com",
    "See WWW.EXAMPLE.COM for more",
    "example.com",
    "contact example.com only",
    "foo.bar/path",
    "x.y",
    "a.b.c.com",
    "user@example.com",
    "a.b/c",
    "p.s.a.com",
]
ACCEPTED = [
    "SomeCompany p.s.a. | os. Some Street 12/34 60-123 Poznań, PL | KRS 0001221212",
    "Company P.S.A.",
    "Company S.A.",
    "Company P.C.",
    "Acme Inc.",
    "e.g. this",
    "St. Louis",
    "",
]
RELAXED = ["12.5", "v1.2", "Acme, Inc. 12.5 km", "1.a", "(Company S.A.)", "S.A.: since 1990"]
"""The reference refuses these; none of them can be an address."""
STILL_REFUSED = ["St.Louis", "Ltd.Co.", "1.2.3.4", "12.5.com", "v1.2/x", "(x.y)", "http://1.2"]
"""These look like false positives as well, but nobody knows which endings become domains."""


@pytest.mark.parametrize("field", ["senderName", "companyInformation"])
@pytest.mark.parametrize("text", REFUSED + STILL_REFUSED)
def test_branding_with_an_address_is_one_issue_on_its_field(
    issues: Issues, field: str, text: str
) -> None:
    found = issues(BuiltinConnector, {field: text})

    assert [(issue["code"], issue["path"]) for issue in found] == [("custom", [field])]


@pytest.mark.parametrize("field", ["senderName", "companyInformation"])
@pytest.mark.parametrize("text", ACCEPTED + RELAXED)
def test_branding_without_an_address_is_accepted(issues: Issues, field: str, text: str) -> None:
    assert issues(BuiltinConnector, {field: text}) == []


REFERENCE_RULE = re.compile(
    r"(?:(?<=^)|(?<=[^\w.]))(?:https?:\/\/)?(?:www\.)?[A-Za-z0-9_#%+.:=@~-]{1,256}"
    r"\.[a-zA-Z0-9()]{1,6}\b(?:[-a-zA-Z0-9()@:%_+.~#?&\/=]*)",
    re.ASCII,
)
"""The rule as connectors.md §6 describes it, without its exemptions: a refusal needs a hit."""


@given(st.text(st.sampled_from("aZé1 .:/@-()#%?|,\nwhtps_\U0001f600"), max_size=30))
def test_nothing_is_refused_that_the_reference_accepts(text: str) -> None:
    if holds_address(text):
        assert REFERENCE_RULE.search(text)


@pytest.mark.parametrize("text", REFUSED)
@given(
    before=st.sampled_from(["", "Acme ", "e.g. ", "S.A., ", "12.5 ", "(", "|", "\n"]),
    after=st.sampled_from(["", " ", ", S.A.", " v1.2", "|", "\n"]),
)
def test_an_address_is_found_among_harmless_words(text: str, before: str, after: str) -> None:
    assert holds_address(before + text + after)


@pytest.mark.parametrize("unit", ["-a", "a.", "a@", "-a:", "http://", "-"])
def test_a_huge_text_is_read_in_one_go(unit: str) -> None:
    assert not holds_address(unit * 100_000)


@pytest.mark.parametrize(
    "logo",
    [
        *("", "not a url", "logo.png", "http://example.com/logo.png", "javascript:alert(1)"),
        *("data:image/png;base64,AAAA", "ftp://example.com/a.png", "https://", "https:///a.png"),
        *("https://exa mple.com/a.png", "https://example.com/a.png\r\nX: y", "https://[::1"),
        *("//example.com/a.png", " https://example.com/a.png", "https://example.com/\x00.png"),
    ],
)
def test_a_logo_that_is_not_an_https_address_is_refused(issues: Issues, logo: str) -> None:
    found = issues(BuiltinConnector, {"appLogo": logo})

    assert [(issue["code"], issue["path"], issue["validation"]) for issue in found] == [
        ("invalid_string", ["appLogo"], "url")
    ]


@pytest.mark.parametrize(
    "logo", ["https://example.com/logo.png", "HTTPS://cdn.example.com:8443/a/b.jpg?v=2#x"]
)
def test_a_logo_with_an_https_address_is_accepted(issues: Issues, logo: str) -> None:
    assert issues(BuiltinConnector, {"appLogo": logo}) == []


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"senderName": ""},
        {"endpoint": "x", "tokenEndpoint": "y", "resource": "z", "appId": "i", "appSecret": "s"},
        {"unknown": 1},
    ],
)
def test_nothing_is_required_and_the_fields_of_the_reference_are_taken(
    issues: Issues, config: dict[str, Any]
) -> None:
    assert issues(BuiltinConnector, config) == []


@pytest.mark.parametrize("field", ["senderName", "companyInformation", "appLogo", "endpoint"])
@pytest.mark.parametrize(("value", "received"), [(None, "null"), (3, "number"), ([], "array")])
def test_a_value_of_another_type_is_an_issue(
    issues: Issues, field: str, value: object, received: str
) -> None:
    assert issues(BuiltinConnector, {field: value}) == [
        {
            "code": "invalid_type",
            "expected": "string",
            "received": received,
            "path": [field],
            "message": f"Expected string, received {received}",
        }
    ]


MESSAGE = Message(
    id="m1",
    to=parse_address("to@example.com"),
    type=TemplateType.SIGN_IN,
    payload={"code": "735201"},
    created_at=0,
    content=Rendered(subject="s", text="t"),
)


def connector(relay: OutboxRelay | None, **config: str) -> BuiltinConnector:
    services = Services(
        http=HttpClient(EgressPolicy(enabled=True)), clock=SystemClock(), relay=relay
    )
    return BuiltinConnector(BuiltinConnector.parse(config), services)


async def test_the_mail_leaves_by_the_relay_under_the_sender_name() -> None:
    relay = OutboxRelay("no-reply@mail.example.com")
    service = connector(relay, senderName="Acme")

    receipt = await service.send(MESSAGE)

    assert relay.outbox.messages == [MESSAGE]
    assert relay.sender_names == ["Acme"]
    assert receipt.provider_id == "outbox-1"
    assert service.from_email == "no-reply@mail.example.com"


async def test_a_blank_sender_name_is_none() -> None:
    relay = OutboxRelay()

    await connector(relay, senderName="").send(MESSAGE)

    assert relay.sender_names == [None]


def test_branding_is_what_the_tenant_configured() -> None:
    logo = "https://example.com/logo.png"

    branding = connector(None, senderName="Acme", companyInformation="", appLogo=logo).branding()

    assert branding == Branding(sender_name="Acme", company_information=None, app_logo=logo)


async def test_without_a_relay_nothing_can_be_sent() -> None:
    service = connector(None)

    with pytest.raises(NotSupportedByConnector) as caught:
        await service.send(MESSAGE)

    assert "CARTEIRO_RELAY_URL" in caught.value.message
    assert service.from_email is None
