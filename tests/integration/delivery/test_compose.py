"""From a reason to write to the words: whose template, in which language, with which values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.providers.builtin import BuiltinConfig, BuiltinConnector
from carteiro.delivery.compose import Letter, compose, notice_template
from carteiro.errors import InvalidLink, TemplateNotFound
from carteiro.flows.administer.mail.templates import Draft, delete_template, put_templates
from carteiro.flows.administer.tenant.settings import update_notices
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, TemplateSource
from carteiro.model.origin import Origin
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.outbox import OutboxConnector
from override_parts import draft, organization, override

from .conftest import T

CODE = {"code": "0427"}
SIGN_IN = TemplateType.SIGN_IN


class Own(OutboxConnector):
    """Has words for a code only, and counts how often it is asked for them."""

    def __init__(self, content: str | None = "own {{code}}") -> None:
        super().__init__()
        self.content, self.asked = content, 0

    def template(self, kind: TemplateType) -> Any:
        self.asked += 1
        if self.content is None:
            return None
        return TemplateSource(
            subject=f"own {kind}", content=self.content, content_type=ContentType.PLAIN
        )


class Theirs(OutboxConnector):
    """Its provider has the words."""

    capabilities = OutboxConnector.capabilities.model_copy(
        update={"templates": TemplateSupport.PROVIDER}
    )


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings) as opened:
        yield opened


async def written(
    world: World,
    connector: Any,
    *,
    kind: TemplateType = SIGN_IN,
    payload: dict[str, Any] = CODE,
    language: str = "en",
) -> Letter:
    workspace = await world.workspaces.of(T)
    return await compose(workspace, connector, kind, payload, language)


def words(letter: Letter) -> tuple[str, str]:
    assert letter.content is not None
    return letter.content.subject, letter.content.text


async def store(world: World, tag: str, kind: TemplateType, content: str) -> str:
    details = {"subject": f"{tag} {kind}", "content": content, "contentType": "text/plain"}
    (row,) = await put_templates(
        world, T, [Draft(language_tag=tag, template_type=kind, details=details)]
    )
    return row.id


async def fall_back_to(world: World, tag: str) -> None:
    info = {"autoDetect": True, "fallbackLanguage": tag}
    await update_experience(world, T, {"languageInfo": info})


async def test_where_the_provider_has_the_words_there_are_none(world: World) -> None:
    await store(world, "en", SIGN_IN, "{{code}}")

    assert await written(world, Theirs()) == Letter(content=None, template="provider")


@pytest.mark.parametrize(
    ("language", "fallback", "written_in"),
    [("pt-BR", "en", "pt-BR"), ("tlh", "fr", "fr"), ("tlh", "en", "en")],
)
async def test_prebuilt_words_have_the_senders_name_and_the_nearest_language(
    world: World, language: str, fallback: str, written_in: str
) -> None:
    await fall_back_to(world, fallback)
    branding = {
        "senderName": "Initech",
        "companyInformation": "Acme, Rua 1",
        "appLogo": "https://acme.test/logo.png",
    }
    connector = BuiltinConnector(BuiltinConfig.model_validate(branding), world.services)

    letter = await written(world, connector, language=language)

    assert letter.template == f"builtin:{written_in}"
    assert letter.content is not None
    assert letter.content.language == written_in
    assert letter.content.html is not None
    for shown in ("0427", "Initech", "Acme, Rua 1", "https://acme.test/logo.png"):
        assert shown in letter.content.html


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 minutu a"), (4, "4 minuty a"), (10, "10 minut a")]
)
async def test_a_prebuilt_mail_counts_the_minutes_as_its_language_does(
    world: World, minutes: int, said: str
) -> None:
    connector = BuiltinConnector(BuiltinConfig(), world.services)
    payload = {**CODE, "expiresInMinutes": minutes}

    letter = await written(world, connector, payload=payload, language="cs")

    assert letter.content is not None
    assert letter.content.html is not None
    assert f"Kód platí {said}" in letter.content.text
    assert f"Kód platí {said}" in letter.content.html


async def test_prebuilt_words_may_have_no_branding(world: World) -> None:
    connector = BuiltinConnector(BuiltinConfig(), world.services)

    letter = await written(world, connector)

    assert letter.content is not None
    assert "<img" not in (letter.content.html or "")


async def test_prebuilt_words_show_what_their_type_does(world: World) -> None:
    connector = BuiltinConnector(BuiltinConfig(), world.services)
    kind = TemplateType.ORGANIZATION_INVITATION

    letter = await written(world, connector, kind=kind, payload={"inviter": "Ana"})

    assert letter.content is not None


async def test_the_tenants_own_words_come_first(world: World) -> None:
    id_ = await store(world, "pt-BR", SIGN_IN, "tenant {{code}}")

    letter = await written(world, Own(), language="pt-BR")

    assert words(letter) == ("pt-BR SignIn", "tenant 0427")
    assert letter.template == f"{id_}:exact"


async def test_what_goes_out_names_the_revision_of_the_tenants_words(world: World) -> None:
    for content in ("first {{code}}", "second {{code}}"):
        await store(world, "en", SIGN_IN, content)

    letter = await written(world, Own())

    assert (words(letter)[1], letter.revision) == ("second 0427", 2)
    assert (await written(world, Own(), kind=TemplateType.REGISTER)).revision is None


async def test_the_tenants_fallback_is_taken_where_a_language_is_missing(world: World) -> None:
    await fall_back_to(world, "fr")
    id_ = await store(world, "fr", SIGN_IN, "tenant {{code}}")

    letter = await written(world, Own(), language="ja")

    assert letter.template == f"{id_}:fallback"


async def test_generic_words_serve_where_there_are_no_others(world: World) -> None:
    id_ = await store(world, "en", TemplateType.GENERIC, "generic {{code}}")

    letter = await written(world, Own())

    assert words(letter) == ("en Generic", "generic 0427")
    assert letter.template == f"{id_}:generic"


async def test_generic_words_that_show_nothing_of_it_are_passed_over(world: World) -> None:
    await store(world, "en", TemplateType.GENERIC, "generic {{code}}")

    letter = await written(world, Own("own {{link}}"), payload={"link": "https://a.test/in"})

    assert words(letter) == ("own SignIn", "own https://a.test/in")
    assert letter.template == "connector"


async def test_words_of_its_own_that_show_nothing_are_refused_and_not_replaced(
    world: World,
) -> None:
    await store(world, "en", SIGN_IN, "{{code}}")

    with pytest.raises(TemplateNotFound):
        await written(world, Own("{{link}}"), payload={"link": "https://a.test/in"})


@pytest.mark.parametrize("stored", [True, False])
async def test_what_brings_neither_code_nor_link_shows_what_its_type_does(
    world: World, stored: bool
) -> None:
    kind = TemplateType.ORGANIZATION_INVITATION
    if stored:
        await store(world, "en", kind, "tenant {{link}}")

    letter = await written(world, Own("own {{link}}"), kind=kind, payload={"inviter": "Ana"})

    assert words(letter)[1].split()[0] == ("tenant" if stored else "own")
    with pytest.raises(TemplateNotFound):
        await written(world, Own("own {{link}}"), payload={"inviter": "Ana"})


async def test_a_template_that_was_deleted_meanwhile_is_no_reason_to_write_nothing(
    world: World,
) -> None:
    id_ = await store(world, "en", SIGN_IN, "tenant {{code}}")
    workspace = await world.workspaces.of(T)
    await delete_template(world, T, id_)

    letter = await compose(workspace, Own(), SIGN_IN, CODE, "en")

    assert (words(letter), letter.template) == (("own SignIn", "own 0427"), "connector")


async def test_a_template_of_an_override_that_was_deleted_meanwhile_leaves_it_to_the_tenants(
    world: World,
) -> None:
    owner = await organization(world)
    (mine,) = await put_templates(world, T, [draft("Globex's")], owner=owner)
    id_ = await store(world, "en", SIGN_IN, "tenant {{code}}")
    workspace = await world.workspaces.of(T)
    head = await workspace.letterhead(Origin(organization_id=owner.id))
    await delete_template(world, T, mine.id, owner=owner)

    letter = await compose(workspace, Own(), SIGN_IN, CODE, "en", head)

    assert (words(letter)[1], letter.template) == ("tenant 0427", f"{id_}:exact")


NOTICE = TemplateType.PASSWORD_CHANGED


async def test_a_notice_has_the_tenants_words_the_connectors_or_the_prebuilt_ones(
    world: World,
) -> None:
    own = Own("own {{email}}")
    payload = {"email": "ana@example.com"}

    prebuilt = await written(world, Own(None), kind=NOTICE, payload=payload, language="pt-BR")
    connectors = await written(world, own, kind=NOTICE, payload=payload, language="pt-BR")
    id_ = await store(world, "pt-BR", NOTICE, "tenant {{email}}")
    tenants = await written(world, own, kind=NOTICE, payload=payload, language="pt-BR")

    assert prebuilt.template == "builtin:pt-BR"
    assert (words(connectors)[1], connectors.template) == ("own ana@example.com", "connector")
    assert (words(tenants)[1], tenants.template) == ("tenant ana@example.com", f"{id_}:exact")
    assert (connectors.revision, tenants.revision) == (None, 1)


async def test_a_notice_has_the_words_of_the_nearest_level(world: World) -> None:
    owner = await organization(world)
    own = draft("Globex's", NOTICE, content="words", sendFrom="Globex Security")
    await override(world, owner, own, from_name="Globex")
    workspace = await world.workspaces.of(T)
    head = await workspace.letterhead(Origin(organization_id=owner.id))

    letter = await compose(workspace, Own(), NOTICE, {}, "en", head)

    assert letter.content is not None
    assert (letter.content.subject, letter.content.sender.name) == ("Globex's", "Globex Security")


async def test_words_that_ask_a_notice_for_a_code_are_left_for_the_next(world: World) -> None:
    await store(world, "en", NOTICE, "tenant {{code}}")

    connectors = await written(world, Own("own words"), kind=NOTICE, payload={})
    prebuilt = await written(world, Own("own {{link}}"), kind=NOTICE, payload={})

    assert connectors.template == "connector"
    assert prebuilt.template == "builtin:en"


async def test_a_notice_leaves_its_words_to_the_provider_only_where_that_is_wanted(
    world: World,
) -> None:
    with pytest.raises(TemplateNotFound, match=r"^Notices are not switched on .* words\.$"):
        await written(world, Theirs(), kind=NOTICE, payload={})
    await update_notices(world, T, {"atEndpoints": True})

    assert await written(world, Theirs(), kind=NOTICE, payload={}) == Letter(
        content=None, template="provider"
    )


async def test_what_a_notice_is_going_to_have_is_named_as_its_record_names_it(
    world: World,
) -> None:
    async def named(connector: Any, language: str = "pt-AO") -> tuple[str, int | None]:
        workspace = await world.workspaces.of(T)
        return notice_template(workspace, connector, NOTICE, language, workspace.plain())

    await fall_back_to(world, "fr")
    assert await named(Own(None)) == ("builtin:pt-PT", None)
    assert await named(Own(None), "tlh") == ("builtin:fr", None)
    assert await named(Own("own")) == ("connector", None)
    id_ = await store(world, "fr", NOTICE, "tenant")
    assert await named(Own("own")) == (f"{id_}:fallback", 1)
    with pytest.raises(TemplateNotFound):
        await named(Theirs())
    await update_notices(world, T, {"atEndpoints": True})
    assert await named(Theirs()) == ("provider", None)


async def test_the_connectors_words_are_read_once_for_each_type(world: World) -> None:
    connector = Own()

    letters = [
        await written(world, connector, kind=kind)
        for kind in (SIGN_IN, SIGN_IN, TemplateType.REGISTER)
    ]

    subjects = [words(letter)[0] for letter in letters]
    assert subjects == ["own SignIn", "own SignIn", "own Register"]
    assert connector.asked == 2


async def test_without_words_there_is_no_mail(world: World) -> None:
    with pytest.raises(TemplateNotFound):
        await written(world, Own(None))


async def test_a_link_that_may_not_be_mailed_is_refused(world: World) -> None:
    with pytest.raises(InvalidLink):
        await written(world, Own("{{link}}"), payload={"link": "javascript:alert(1)"})


@pytest.mark.parametrize(
    ("language", "named"), [("pt-BR", "pt-BR"), ("vi-VN", "fr"), ("pt-AO", "pt-AO")]
)
async def test_words_that_name_their_language_name_one_that_the_tenant_speaks(
    world: World, language: str, named: str
) -> None:
    await fall_back_to(world, "fr")

    letter = await written(
        world, Own("{{code}} {{locale}}"), payload={**CODE, "locale": "zz"}, language=language
    )

    assert words(letter)[1] == f"0427 {named}"


async def test_words_that_name_no_language_get_what_the_payload_has(world: World) -> None:
    payload = {**CODE, "locale": "zz"}

    await written(world, Own(), payload=payload)

    assert payload == {**CODE, "locale": "zz"}
