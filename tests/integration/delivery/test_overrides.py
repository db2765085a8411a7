"""Whose words and whose sender a mail has: organization, application, tenant, connector."""

from __future__ import annotations

from itertools import compress, product

import pytest

from carteiro.errors import ConnectorNotFound, TemplateNotFound
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.mail.templates import put_templates
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from override_parts import (
    SMTP,
    Read,
    T,
    application,
    connect,
    draft,
    mail,
    organization,
    override,
    read,
    reserve,
    sinks,
)
from smtp_parts import config as smtp_config

INVITATION = TemplateType.ORGANIZATION_INVITATION
OWN = {"contentType": "text/plain", "usageType": "OrganizationInvitation"}
LEVELS = ("organization", "application", "tenant", "connector")
COMBINATIONS = [
    pytest.param(*present, id="-".join(compress(LEVELS, present)) or "none")
    for present in product((True, False), repeat=4)
]


@pytest.mark.parametrize(LEVELS, COMBINATIONS)
async def test_each_part_comes_from_the_nearest_level_that_has_it(
    world: World,
    organization: bool,
    application: bool,
    tenant: bool,
    connector: bool,
) -> None:
    owners = [await _organization(world), await _application(world)]
    async with sinks(3) as (of_tenant, of_organization, of_application):
        own = [{**OWN, "subject": "connector", "content": "{{link}}"}] if connector else []
        codes = [
            {**OWN, "usageType": kind, "subject": kind, "content": "{{code}}"}
            for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
        ]
        await connect(
            world,
            of_tenant,
            fromEmail="Tenant <mail@tenant.test>",
            replyTo="answers@tenant.test",
            templates=[*codes, *own],
        )
        servers = {"organization": of_organization, "application": of_application}
        for owner, on in zip(owners, (organization, application), strict=True):
            if on:
                name = owner.kind.value
                await override(
                    world,
                    owner,
                    draft(name, INVITATION, content="{{link}}"),
                    connector_id=await reserve(world, servers[name], f"mail@{name}.test"),
                    from_name=f"The {name}",
                    reply_to=f"answers@{name}.test",
                )
        if tenant:
            await put_templates(world, T, [draft("tenant", INVITATION, content="{{link}}")])

        sent = None
        if any((organization, application, tenant, connector)):
            await mail(world, *owners, kind=INVITATION)
        else:
            with pytest.raises(TemplateNotFound):
                await mail(world, *owners, kind=INVITATION)
        taken = [s for s in (of_organization, of_application, of_tenant) if s.received]
        if taken:
            (server,) = taken
            sent = read(server)

    senders = {
        "organization": "The organization <mail@organization.test>",
        "application": "The application <mail@application.test>",
        "tenant": "Tenant <mail@tenant.test>",
    }
    present = dict(zip(LEVELS, (organization, application, tenant, connector), strict=True))
    words = next((name for name in LEVELS if present[name]), None)
    by = next((name for name in ("organization", "application") if present[name]), "tenant")
    expected = words and Read(words, senders[by], f"answers@{by}.test", f"mail@{by}.test")
    assert sent == expected


_organization, _application = organization, application


async def test_every_part_is_resolved_by_itself(world: World) -> None:
    owners = [await organization(world), await application(world)]
    async with sinks(2) as (of_tenant, of_application):
        await connect(world, of_tenant)
        await override(world, owners[0], from_name="Globex")
        other = await reserve(world, of_application, "Shop <shop@shop.test>")
        await override(
            world, owners[1], draft("Shop's"), connector_id=other, reply_to="a@shop.test"
        )

        await mail(world, *owners)

        assert of_tenant.received == []
        assert read(of_application) == Read(
            "Shop's", "Globex <shop@shop.test>", "a@shop.test", "shop@shop.test"
        )


async def test_other_mails_of_the_tenant_are_as_before(world: World) -> None:
    owner, other = await organization(world), await organization(world, "Initech")
    async with sinks(2) as (of_tenant, of_organization):
        await connect(world, of_tenant)
        by = await reserve(world, of_organization, "x@globex.test")
        await override(world, owner, draft("Globex's"), connector_id=by, from_name="Globex")

        await mail(world, other)
        await mail(world, to="ben@example.com")

        assert of_organization.received == []
        assert {read(of_tenant, place).subject for place in (0, 1)} == {"SignIn"}
        assert "Globex" not in read(of_tenant).sender


async def test_a_mail_arrives_through_the_tenant_where_an_own_connector_cannot_send(
    world: World,
) -> None:
    owner = await organization(world)
    async with sinks(2) as (of_tenant, of_organization):
        await connect(world, of_tenant, fromEmail="mail@tenant.test")
        by = await reserve(world, of_organization, "x@globex.test")
        words = draft("Globex's", sendFrom="Globex <hello@globex.test>")
        await override(world, owner, words, connector_id=by)
        of_organization.behaviour.data = lambda: "421 4.3.2 closing"

        await mail(world, owner)

        assert of_organization.received == []
        # Nobody but Globex' server may send from its address.
        assert read(of_tenant) == Read("Globex's", "mail@tenant.test", None, "mail@tenant.test")


async def test_an_own_connector_does_not_send_from_the_tenants_address(world: World) -> None:
    owner = await organization(world)
    async with sinks(2) as (of_tenant, of_organization):
        await connect(world, of_tenant)
        words = draft("Tenant's", sendFrom="Tenant <hello@tenant.test>", replyTo="a@tenant.test")
        await put_templates(world, T, [words])
        by = await reserve(world, of_organization, "Globex <x@globex.test>")
        await override(world, owner, connector_id=by)

        await mail(world, owner)

        assert read(of_organization) == Read(
            "Tenant's", "Globex <x@globex.test>", "a@tenant.test", "x@globex.test"
        )


async def test_within_a_level_the_template_says_more_than_the_sender(world: World) -> None:
    owner = await organization(world)
    async with sinks(1) as (of_tenant,):
        await connect(world, of_tenant, fromEmail="mail@tenant.test")
        tenants = draft("Tenant's", TemplateType.REGISTER, sendFrom="Tenant", replyTo="t@t.test")
        await put_templates(world, T, [tenants])
        words = draft("Globex's", sendFrom="Globex Security", replyTo="security@globex.test")
        await override(world, owner, words, from_name="Globex", reply_to="hello@globex.test")

        await mail(world, owner)
        await mail(world, owner, kind=TemplateType.REGISTER, to="ben@example.com")

        assert read(of_tenant, 0).sender == "Globex Security <mail@tenant.test>"
        assert read(of_tenant, 0).reply_to == "security@globex.test"
        assert read(of_tenant, 1).sender == "Globex <mail@tenant.test>"
        assert read(of_tenant, 1).reply_to == "hello@globex.test"


async def test_each_connector_has_the_templates_of_its_own_config(world: World) -> None:
    async with sinks(2) as (first, second):
        await connect(world, first)
        own = [
            {**OWN, "usageType": kind, "subject": f"Second's {kind}", "content": "{{code}}"}
            for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
        ]
        config = smtp_config(second.port, templates=own)
        await create_fallback(world, T, SMTP, config, limits={})
        await mail(world)
        first.behaviour.data = lambda: "421 4.3.2 closing"

        await mail(world)

        assert (read(first).subject, read(second).subject) == ("SignIn", "Second's SignIn")


async def test_an_organization_may_send_where_the_tenant_has_no_connector(world: World) -> None:
    owner = await organization(world)
    async with sinks(1) as (own,):
        await override(world, owner, connector_id=await reserve(world, own, "x@globex.test"))

        await mail(world, owner)
        with pytest.raises(ConnectorNotFound):
            await mail(world, to="ben@example.com")

        assert [one.rcpt_tos for one in own.received] == [["ana@example.com"]]
