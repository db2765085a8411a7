"""In whose words and under whose name a mail goes out, where several levels have a say."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.delivery.workspaces.letterhead import Letterhead, Level
from carteiro.delivery.workspaces.open_connector import OpenConnector, first_of
from carteiro.errors import ConnectorNotFound, SealBroken
from carteiro.model.addresses import EmailAddress, Mailbox, Sender, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Rendered
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.templates.choose import ChoiceReason, Found, Placed, TemplateIndex
from carteiro.testing.outbox import OutboxConnector

SIGN_IN = TemplateType.SIGN_IN
FROM = parse_address("from@template.test")
TEMPLATES = Mailbox(parse_address("answers@template.test"))
NEAR, NEXT = (Mailbox(parse_address(f"answers@{name}.test")) for name in ("near", "next"))


def way(connector: OutboxConnector | None, problem: Any = None) -> OpenConnector:
    row = ConnectorRow(
        tenant_id="default",
        id="c1",
        type="Email",
        connector_id="outbox",
        config_sealed=b"",
        metadata="{}",
        sync_profile=False,
        enable_token_storage=False,
        created_at=0,
    )
    return OpenConnector(row, connector, problem)


def level(
    *keys: tuple[str, str], name: str | None = None, reply_to: Mailbox | None = None
) -> Level:
    index = TemplateIndex((id_, tag, SIGN_IN) for id_, tag in keys)
    return Level(index=index, from_name=name, reply_to=reply_to)


def head(*levels: Level, own: int | None = None, ways: int = 2) -> Letterhead:
    return Letterhead(levels=levels, route=[way(OutboxConnector()) for _ in range(ways)], own=own)


def words(
    name: str | None = None, address: EmailAddress | None = None, reply_to: Mailbox | None = None
) -> Rendered:
    return Rendered(subject="S", text="T", sender=Sender(name, address), reply_to=reply_to)


def connector(letterhead: Letterhead, place: int = 0) -> OutboxConnector:
    found = letterhead.route[place].connector
    assert isinstance(found, OutboxConnector)
    return found


ORGANIZATIONS = level(name="Near", reply_to=NEAR)
APPLICATIONS = level(name="Next", reply_to=NEXT)
TENANTS = level()


@pytest.mark.parametrize(
    ("at", "name", "reply_to"),
    [
        (0, "Template", TEMPLATES),
        (1, "Near", NEAR),
        (2, "Near", NEAR),
        (None, "Near", NEAR),
    ],
    ids=["its own", "the next", "the tenant's", "the connector's"],
)
def test_the_nearest_level_that_says_something_decides_and_its_template_goes_before_it(
    at: int | None, name: str, reply_to: Mailbox
) -> None:
    letterhead = head(ORGANIZATIONS, APPLICATIONS, TENANTS)

    signed = letterhead.signed(words("Template", reply_to=TEMPLATES), connector(letterhead), at)

    assert (signed.sender, signed.reply_to) == (Sender(name), reply_to)
    assert (signed.subject, signed.text) == ("S", "T")


@pytest.mark.parametrize(
    ("at", "says", "name"),
    [
        (0, None, "Next"),
        (1, None, "Next"),
        (1, "Template", "Template"),
        (2, "Template", "Next"),
        (None, "Template", "Next"),
    ],
)
def test_a_level_that_says_nothing_leaves_it_to_the_next(
    at: int | None, says: str | None, name: str
) -> None:
    letterhead = head(level(), APPLICATIONS, TENANTS)

    signed = letterhead.signed(words(says), connector(letterhead), at)

    assert (signed.sender.name, signed.reply_to) == (name, NEXT)


@pytest.mark.parametrize("at", [0, 1, None])
def test_where_no_level_says_anything_the_template_is_left_as_it_is(at: int | None) -> None:
    letterhead = head(level(), TENANTS)
    content = words("Template", FROM, TEMPLATES)

    assert letterhead.signed(content, connector(letterhead), at) == content


def test_a_tenant_without_overrides_sends_its_templates_as_they_are() -> None:
    letterhead = head(level(name="Never said"))
    content = words("Template", FROM, TEMPLATES)

    assert letterhead.signed(content, connector(letterhead), 0) is content


@pytest.mark.parametrize(
    ("own", "at", "through", "kept"),
    [
        (None, 0, 0, True),
        (None, 2, 1, True),
        (0, 0, 0, True),
        (0, 0, 1, False),
        (0, 1, 0, False),
        (0, 1, 1, True),
        (0, 2, 0, False),
        (0, 2, 1, True),
        (1, 0, 0, True),
        (1, 1, 0, True),
        (1, 1, 1, False),
        (1, 2, 0, False),
        (0, None, 0, True),
        (0, None, 1, True),
    ],
)
def test_the_address_of_a_template_leaves_by_the_connector_that_it_belongs_to_and_by_no_other(
    own: int | None, at: int | None, through: int, kept: bool
) -> None:
    letterhead = head(level(), level(), TENANTS, own=own)

    signed = letterhead.signed(words("Template", FROM), connector(letterhead, through), at)

    assert signed.sender == (Sender("Template", FROM) if kept else Sender())


def test_a_name_alone_belongs_to_no_connector() -> None:
    letterhead = head(level(), TENANTS, own=0)

    signed = letterhead.signed(words("Template"), connector(letterhead, 1), 0)

    assert signed.sender == Sender("Template")


def test_what_an_override_put_in_front_and_cannot_be_used_is_no_way() -> None:
    broken, sound = way(None, SealBroken()), way(OutboxConnector())

    def ways(*route: OpenConnector, levels: int) -> list[OpenConnector]:
        some = [level() for _ in range(levels)]
        return list(Letterhead(levels=some, route=route).ways)

    assert ways(broken, sound, levels=2) == [sound]
    assert ways(broken, levels=2) == [broken], "somebody has to say why"
    assert ways(broken, sound, levels=1) == [broken, sound]


def test_a_tenant_alone_has_the_template_that_is_found_and_no_second_one() -> None:
    alone = head(level(("t-en", "en"), ("t-pt", "pt-BR")))

    assert alone.choices(SIGN_IN, "pt-BR", "en") == (
        Placed(0, Found("t-pt", "pt-BR", SIGN_IN, ChoiceReason.EXACT)),
    )
    assert alone.choices(SIGN_IN, "ja", "pt-BR") == (
        Placed(0, Found("t-pt", "pt-BR", SIGN_IN, ChoiceReason.FALLBACK_LANGUAGE)),
    )
    assert list(alone.choices(TemplateType.REGISTER, "en", "en")) == []
    assert not alone.is_overriding(Placed(0, Found("t-en", "en", SIGN_IN, ChoiceReason.EXACT)))


def test_over_levels_each_template_has_its_place_and_the_last_is_the_tenants() -> None:
    letterhead = head(level(("o-fr", "fr")), level(("a-en", "en")), level(("t-en", "en")))

    found = letterhead.choices(SIGN_IN, "en", "fr")

    assert [(one.level, one.found.id) for one in found] == [(1, "a-en"), (2, "t-en"), (0, "o-fr")]
    assert [letterhead.is_overriding(one) for one in found] == [True, False, True]


@pytest.mark.parametrize(("sms", "named"), [(False, "Email"), (True, "Sms")])
def test_where_there_is_no_way_the_error_names_what_is_not_set_up(sms: bool, named: str) -> None:
    with pytest.raises(ConnectorNotFound) as missing:
        first_of([], sms=sms)

    assert missing.value.data == {"type": named}


def test_the_first_way_is_the_one_and_says_why_it_cannot_be_used() -> None:
    problem, sound = SealBroken(), way(OutboxConnector())

    assert first_of([sound, way(None, problem)], sms=False) == (sound.row, sound.connector)
    with pytest.raises(SealBroken) as raised:
        first_of([way(None, problem), sound], sms=False)
    assert raised.value is problem
    with pytest.raises(ConnectorNotFound):
        first_of([way(None)], sms=False)
