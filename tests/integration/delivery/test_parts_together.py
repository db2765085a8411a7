"""Overrides, previews, revisions and signatures of one mail say the same of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.delivery.previews import Preview
from carteiro.errors import InvalidInput
from carteiro.flows.administer.mail.completeness import completeness
from carteiro.flows.administer.mail.config_revisions import save_config_draft
from carteiro.flows.administer.mail.copying import copy_language
from carteiro.flows.administer.mail.dkim_keys import KeyName, make_key, use_key
from carteiro.flows.administer.mail.fallbacks import (
    delete_fallback,
    find_reserved,
    update_fallback,
)
from carteiro.flows.administer.mail.preview import Wish, preview
from carteiro.flows.administer.mail.publishing import RESERVED
from carteiro.flows.administer.mail.revisions import get_history, publish_drafts, save_draft
from carteiro.flows.administer.mail.templates import list_templates, put_templates
from carteiro.flows.administer.organizations.organizations import delete_organization
from carteiro.flows.operate.messages import Timeline, get_timeline
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.origin import Origin
from carteiro.model.owners import Owner, OwnerKind
from carteiro.model.page import Page
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.templates.samples import Sample
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import Behaviour, SmtpSink
from override_parts import T, application, connect, draft, organization, override, reserve, sinks
from smtp_parts import config as smtp_config

CODE, TO, KIND = "042137", "person@example.com", TemplateType.SIGN_IN
_LEFT = Statement.of(
    "test.configs", "SELECT connector_id, number FROM connector_revisions ORDER BY number"
)
_OVERRIDES = Statement.of("test.overrides", "SELECT id FROM mail_overrides")
_WORDS = Statement.of(
    "test.words",
    "SELECT id FROM email_templates UNION ALL SELECT template_id AS id FROM template_revisions",
)


@dataclass
class Stage:
    """A world in which time stands still, so that two mails of one id are the same."""

    world: World
    clock: FrozenClock

    async def send(self, *owners: Owner, locale: str | None = None) -> str:
        self.clock.advance(3600)  # one recipient may get only so many at once
        letter = Letter(
            to=TO, type=KIND, locale=locale, variables={"code": CODE}, origin=_origin(owners)
        )
        return (await send_message(self.world, T, letter)).id

    async def preview(self, id_: str, *owners: Owner, **members: Any) -> Preview:
        origin = _origin(owners)
        wish = Wish(
            type=KIND,
            organization_id=origin.organization_id,
            application_id=origin.application_id,
            sample=Sample.NONE,
            id=id_,
        )
        return await preview(self.world, T, replace(wish, **members))

    async def told(self, id_: str) -> Timeline:
        return await get_timeline(self.world, T, id_)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    clock = FrozenClock()
    async with open_world(settings, clock) as world:
        yield Stage(world, clock)


def _origin(owners: tuple[Owner, ...]) -> Origin:
    ids = {owner.kind: owner.id for owner in owners}
    return Origin(
        organization_id=ids.get(OwnerKind.ORGANIZATION),
        application_id=ids.get(OwnerKind.APPLICATION),
    )


async def sign_for(world: World, *domains: str) -> None:
    for domain in domains:
        row = await make_key(world, T, domain=domain, algorithm=KeyAlgorithm.ED25519)
        await use_key(world, T, KeyName(domain=domain, selector=row.selector), unseen=True)


async def stored(stage: Stage, *drafts: Any) -> list[str]:
    return [row.id for row in await put_templates(stage.world, T, drafts)]


async def test_a_preview_for_an_override_is_the_mail_that_its_server_takes(stage: Stage) -> None:
    async with sinks(2) as [common, own]:
        await connect(stage.world, common)
        await stored(stage, draft("Tenant {{code}}"), draft("Locataire", tag="fr"))
        one, other = await organization(stage.world), await application(stage.world)
        reserved = await reserve(stage.world, own, "a@globex.test")
        words = draft("Globex {{code}}", sendFrom="Words <w@globex.test>")
        await override(
            stage.world, one, words, connector_id=reserved, reply_to="Help <help@globex.test>"
        )
        await override(stage.world, other, from_name="Shop")
        await sign_for(stage.world, "globex.test", "e.com")

        for owners, sink, subject in (
            ((one,), own, f"Globex {CODE}"),
            ((one, other), own, f"Globex {CODE}"),
            ((other,), common, f"Tenant {CODE}"),
            ((), common, f"Tenant {CODE}"),
        ):
            id_ = await stage.send(*owners)
            shown = await stage.preview(id_, *owners)

            raw = sink.received[-1].raw
            assert shown.eml == raw
            assert (shown.is_exact, shown.content and shown.content.subject) == (True, subject)
            assert raw.startswith(b"DKIM-Signature: v=1; a=ed25519-sha256"), owners
            assert shown.template == (await stage.told(id_)).row.template
    assert (len(own.received), len(common.received)) == (2, 2)
    head = own.received[0].message
    assert (head["From"], head["Reply-To"]) == (
        "Words <w@globex.test>", "Help <help@globex.test>",
    )  # fmt: skip
    assert common.received[0].message["From"] == "Shop <f@e.com>"


async def test_the_preview_of_a_draft_is_the_mail_after_it_is_published(stage: Stage) -> None:
    async with sinks(1) as [sink]:
        await connect(stage.world, sink)
        one = await organization(stage.world)
        await override(stage.world, one, from_name="Globex")
        [id_] = await stored(stage, draft("Old {{code}}", tag="fr"))
        new = {"subject": "Neu {{code}}", "content": "{{code}}", "sendFrom": "Words <w@e.com>"}
        await save_draft(stage.world, T, id_, new)
        before = await stage.preview("x", one, language="fr")
        drafted = await stage.preview("x", one, draft_of=id_)
        await publish_drafts(stage.world, T, [id_])
        sent = await stage.send(one, locale="fr")
        stored_one = await stage.preview(sent, one, language="fr")
        await save_draft(stage.world, T, id_, new)
        again = await stage.preview(sent, one, draft_of=id_)

    raw = sink.received[-1].raw
    assert before.content is not None
    assert before.content.subject == f"Old {CODE}"
    assert (drafted.template, drafted.decision.tag) == (f"{id_}:draft", "fr")
    assert raw == stored_one.eml == again.eml
    assert drafted.content == again.content
    assert again.sender is not None
    # The draft is the tenant's: the organization's name goes before that of its words.
    assert (again.sender.name, str(again.sender.address)) == ("Globex", "w@e.com")


async def test_a_draft_is_shown_for_the_mails_that_it_is_for(stage: Stage) -> None:
    async with sinks(1) as [sink]:
        await connect(stage.world, sink)
        [register, generic] = await stored(
            stage, draft("R", TemplateType.REGISTER), draft("G", TemplateType.GENERIC)
        )
        for id_ in (register, generic):
            await save_draft(stage.world, T, id_, {"subject": "New", "content": "{{code}}"})

        shown = await stage.preview("x", draft_of=generic)
        refused = []
        for members in (
            {"draft_of": register},
            {"draft_of": generic, "type": TemplateType.PASSWORD_CHANGED},
        ):
            with pytest.raises(InvalidInput) as told:
                await stage.preview("x", **members)
            refused.append(told.value.issues[0]["path"])

    assert shown.content is not None
    assert shown.content.subject == "New"
    assert refused == [["templateType"]] * 2


async def test_a_record_names_whose_words_a_mail_had_and_which_revision(stage: Stage) -> None:
    async with SmtpSink() as common, SmtpSink(Behaviour(rcpt=lambda: "450 4.2.0 no")) as own:
        await connect(stage.world, common)
        one, other = await organization(stage.world), await organization(stage.world, "Initech")
        [id_] = await stored(stage, draft("T1 {{code}}"))
        await stored(stage, draft("T2 {{code}}"))
        reserved = await reserve(stage.world, own, "a@globex.test")
        config = smtp_config(own.port, fromEmail="b@globex.test")
        await update_fallback(stage.world, T, reserved, config=config, limits=None, reserved=True)
        await override(stage.world, one, draft("Globex {{code}}"), connector_id=reserved)
        await override(stage.world, other, from_name="Initech")
        [words] = await list_templates(stage.world, T, owner=one)

        globex = await stage.told(await stage.send(one))
        initech = await stage.told(await stage.send(other))

    subjects = [mail.message["Subject"] for mail in common.received]
    assert subjects == [f"Globex {CODE}", f"T2 {CODE}"]
    assert (globex.row.template, globex.row.template_revision) == (f"{words.id}:exact", 1)
    assert [
        (one.connector_id == reserved, one.template, one.template_revision, one.connector_revision)
        for one in globex.attempts
    ] == [(True, f"{words.id}:exact", 1, 2), (False, f"{words.id}:exact", 1, 1)]
    assert (initech.row.template, initech.row.template_revision) == (f"{id_}:exact", 2)
    assert [one.template_revision for one in initech.attempts] == [2]


async def test_a_copied_language_is_a_revision_and_no_override_makes_one_complete(
    stage: Stage,
) -> None:
    async with sinks(1) as [sink]:
        await connect(stage.world, sink)
        one = await organization(stage.world)
        await stored(stage, draft("E {{code}}"), draft("E {{code}}", TemplateType.REGISTER))
        await override(stage.world, one, *(draft("F", kind, "fr") for kind in TemplateType))
        lacking = {part.type for part in (await completeness(stage.world, T, "fr")).lacking}
        copied = await copy_language(stage.world, T, "fr", source="en")
        again = await copy_language(stage.world, T, "fr", source="en", replace=True)
        shown = await stage.preview("x", language="fr")
        history = await get_history(stage.world, T, shown.template.partition(":")[0], Page(1, 20))
        now = {part.type for part in (await completeness(stage.world, T, "fr")).lacking}

    assert {KIND, TemplateType.REGISTER} <= lacking
    assert set(copied.stored) == {KIND, TemplateType.REGISTER}
    assert set(again.stored) == set(copied.stored)
    assert [row.number for row in history.revisions.rows] == [1]
    assert lacking - now == {KIND, TemplateType.REGISTER}


async def test_what_an_organization_had_of_its_own_leaves_nothing_behind(stage: Stage) -> None:
    async with sinks(2) as [common, own]:
        await connect(stage.world, common)
        one = await organization(stage.world)
        reserved = await reserve(stage.world, own, "a@globex.test")
        config = smtp_config(own.port, fromEmail="b@globex.test")
        await update_fallback(stage.world, T, reserved, config=config, limits=None, reserved=True)
        await save_config_draft(stage.world, RESERVED, T, reserved, config)
        await override(stage.world, one, draft("Globex {{code}}"), connector_id=reserved)
        await stage.send(one)
        await delete_organization(stage.world, T, one.id)
        await stage.send(one)
        kept = await of(stage.world, _LEFT, "connector_id")
        waiting = [row.row.id for row in (await find_reserved(stage.world, T, Page(1, 20))).rows]
        await delete_fallback(stage.world, T, reserved, reserved=True)

    assert (len(own.received), len(common.received)) == (1, 1)
    assert await of(stage.world, _OVERRIDES, "id") == []
    assert await of(stage.world, _WORDS, "id") == []
    # Others may name it: it stays, whole, until somebody takes it away.
    assert (waiting, kept.count(reserved)) == ([reserved], 3)
    assert reserved not in await of(stage.world, _LEFT, "connector_id")


async def of(world: World, statement: Statement, column: str) -> list[str]:
    rows: list[Mapping[str, Any]] = list(await world.database.read(lambda tx: tx.all(statement)))
    return [row[column] for row in rows]
