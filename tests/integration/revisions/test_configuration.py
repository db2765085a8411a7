"""Configuration as code carries what is published, and importing it publishes."""

from __future__ import annotations

from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import IMPORTED, apply, compare, snapshot_of
from carteiro.flows.administer.mail.config_revisions import (
    get_config_history,
    get_config_revision,
    save_config_draft,
)
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    list_connectors,
)
from carteiro.flows.administer.mail.publishing import FIRST
from carteiro.flows.administer.mail.revisions import (
    get_history,
    list_histories,
    restore_revision,
    start_draft,
)
from carteiro.flows.administer.mail.templates import (
    Draft,
    delete_template,
    list_templates,
    put_templates,
)
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.storage.tenancy.templates import NewTemplate
from revision_parts import words

T = "default"
HTTP = {"endpoint": "https://a.example.com/mail", "authorization": "s3cret"}


async def put(world: World, tenant: str, subject: str, tag: str = "en") -> str:
    details = words(subject)
    new = Draft(language_tag=tag, template_type=TemplateType.SIGN_IN, details=details)
    return (await put_templates(world, tenant, [new]))[0].id


async def test_an_export_has_what_is_live_and_nothing_else(world: World) -> None:
    new = NewConnector(connector_id="http-email", config=HTTP)
    connector = await create_connector(world, T, new)
    await put(world, T, "Old")
    await put(world, T, "Live")
    await delete_template(world, T, await put(world, T, "Deleted", "fr"))
    draft = NewTemplate(
        language_tag="en", template_type="SignIn", details='{"subject":"Draft","content":"x"}'
    )
    await start_draft(world, T, draft)
    drafted = {**HTTP, "endpoint": "https://drafted.example.com"}
    await save_config_draft(world, FIRST, T, connector.row.id, drafted)

    files = to_files(await snapshot_of(world, T))

    text = "\n".join(files.values())
    assert "Live" in text
    assert not [word for word in ("Old", "Deleted", "Draft", "drafted") if word in text]


async def test_an_import_publishes_what_differs_and_can_be_taken_back(world: World) -> None:
    await create_tenant(world, "other", name="other")
    new = NewConnector(connector_id="http-email", config=HTTP)
    for tenant in (T, "other"):
        await create_connector(world, tenant, new)
        await put(world, tenant, "Same", "de")
    await put(world, T, "Mine")
    gone = await put(world, T, "Gone", "fr")
    await put(world, "other", "Theirs")
    wanted = from_files(to_files(await snapshot_of(world, "other")))

    await apply(world, T, wanted, prune=True)

    rows = await list_templates(world, T, language_tag=None, template_type=None)
    assert [(row.language_tag, row.revision) for row in rows] == [("de", 1), ("en", 2)]
    history = await get_history(world, T, rows[1].id, None)
    assert [row.note for row in history.revisions.rows] == [IMPORTED, None]
    (connector,) = await list_connectors(world, T)
    assert connector.row.revision == 1, "it is the same config"
    back = await restore_revision(world, T, gone, 1)
    assert "Gone" in back.details
    assert (await compare(world, T, wanted, prune=True)).empty is False


async def test_an_import_changes_a_connector_as_a_revision(world: World) -> None:
    new = NewConnector(connector_id="http-email", config=HTTP)
    made = await create_connector(world, T, new)
    files = to_files(await snapshot_of(world, T))
    path = "connectors/email.yaml"
    files[path] = files[path].replace("a.example.com", "b.example.com")

    await apply(world, T, from_files(files), prune=False)

    history = await get_config_history(world, FIRST, T, made.row.id, None)
    assert [(row.number, row.note) for row in history.revisions.rows] == [
        (2, IMPORTED),
        (1, None),
    ]
    first = await get_config_revision(world, FIRST, T, made.row.id, 1)
    assert first.config == HTTP
    assert (await list_histories(world, T, None)).total == 0
