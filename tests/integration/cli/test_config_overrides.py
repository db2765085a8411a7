"""`carteiro config`: what organizations and applications have of their own is carried, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carteiro.cli.config_folder import read_folder, write_folder
from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.errors import BrokenConfiguration, EntityNotFound
from carteiro.flows.administer.configuration import validate
from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import apply, compare, snapshot_of
from carteiro.flows.administer.configuration.snapshot import Snapshot
from carteiro.flows.administer.mail.config_revisions import (
    get_config_revision,
    line_of,
    restore_config,
)
from carteiro.flows.administer.mail.dkim_keys import list_keys, make_key
from carteiro.flows.administer.mail.fallbacks import create_fallback, find_reserved, get_fallback
from carteiro.flows.administer.mail.overrides import Sender as From
from carteiro.flows.administer.mail.overrides import get_override, put_sender
from carteiro.flows.administer.mail.publishing import RESERVED
from carteiro.flows.administer.mail.templates import list_templates, put_templates
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.owners import Owner, OwnerKind
from carteiro.model.page import Page
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people import organizations
from carteiro.storage.tenancy import applications
from override_parts import SMTP, T, application, draft, organization
from smtp_parts import config as smtp_config

_REVISIONS = Statement.of(
    "test.revisions",
    "SELECT number FROM connector_revisions WHERE connector_id = :connector_id ORDER BY number",
)
TOKEN = "reserved-secret"
CONFIG = {"endpoint": "https://r.example.com", "authorization": TOKEN}


async def fill(world: World) -> tuple[str, str, str]:
    """An organization and an application with everything; their ids, and the connector's."""
    one, other = await organization(world), await application(world)
    made = await create_fallback(world, T, "http-email", CONFIG, limits={}, reserved=True)
    sender = From(connector_id=made.row.id, from_name="Globex", reply_to="Help <h@globex.test>")
    await put_sender(world, T, one, sender)
    await put_templates(world, T, [draft("Globex's"), draft("Olá", tag="pt-BR")], owner=one)
    await put_templates(world, T, [draft("Shop's", contentType="text/plain")], owner=other)
    return one.id, other.id, made.row.id


async def twin(world: World, tenant: str, organization_id: str, application_id: str) -> None:
    """A tenant that has the same organization and the same application."""
    await create_tenant(world, tenant, name=tenant)

    async def work(tx: Any) -> None:
        row = await organizations.get(tx, T, organization_id)
        await organizations.create(tx, replace(row, tenant_id=tenant))
        found = await applications.get(tx, T, application_id)
        await applications.create(tx, replace(found, tenant_id=tenant))

    await world.database.write(work)


async def exported(world: World, tenant: str, folder: Path) -> dict[str, str]:
    write_folder(folder, to_files(await snapshot_of(world, tenant)))
    return read_folder(folder)


def reread(snapshot: Snapshot) -> Snapshot:
    """What is left of a configuration in a folder, and its secrets."""
    return replace(from_files(to_files(snapshot)), secrets=snapshot.secrets)


async def test_overrides_stand_in_folders_of_their_owners(world: World, tmp_path: Path) -> None:
    one, other, connector = await fill(world)

    files = await exported(world, T, tmp_path / "folder")

    mine = {path: text for path, text in files.items() if path.startswith("overrides/")}
    assert sorted(mine) == sorted(
        [
            f"overrides/organizations/{one}/sender.yaml",
            f"overrides/organizations/{one}/templates/en/SignIn.html",
            f"overrides/organizations/{one}/templates/pt-BR/SignIn.html",
            f"overrides/applications/{other}/templates/en/SignIn.txt",
        ]
    )
    assert mine[f"overrides/organizations/{one}/sender.yaml"] == (
        f"connector: reserved-{connector}\nfromName: Globex\nreplyTo: Help <h@globex.test>\n"
    )
    assert f"connectors/reserved-{connector}.yaml" in files
    assert TOKEN not in "".join(files.values())


async def test_they_are_carried_to_owners_with_the_same_ids(world: World, tmp_path: Path) -> None:
    one, other, connector = await fill(world)
    await twin(world, "prod", one, other)
    wanted = reread(await snapshot_of(world, T))

    plan = await apply(world, "prod", wanted, prune=False)
    again = await apply(world, "prod", wanted, prune=True)

    assert plan.warnings == ()
    assert again.empty
    expected = await exported(world, T, tmp_path / "one")
    assert await exported(world, "prod", tmp_path / "two") == expected
    reserved = await get_fallback(world, "prod", connector, reserved=True)
    assert reserved.config["authorization"] == TOKEN


async def test_what_belongs_to_nobody_here_is_left_out_and_told(world: World) -> None:
    one, other, _ = await fill(world)
    await create_tenant(world, "prod", name="prod")
    wanted = replace(reread(await snapshot_of(world, T)), secrets={})

    shown = await compare(world, "prod", wanted, prune=False)
    plan = await apply(world, "prod", wanted, prune=False)

    assert shown.warnings == plan.warnings
    assert [one in plan.warnings[1], other in plan.warnings[0]] == [True, True]
    # Its connector has a secret that nobody gave, and nobody here would send through it.
    assert (await find_reserved(world, "prod", Page(1, 20))).total == 0


async def test_pruning_takes_what_the_folder_does_not_have(world: World) -> None:
    await fill(world)
    snapshot = await snapshot_of(world, T)
    key = next(key for key in snapshot.overrides if key[0] == "organizations")
    less = {kind: one for kind, one in snapshot.override_templates[key].items() if "en" in kind}
    wanted = reread(replace(snapshot, override_templates={key: less}))

    kept = await apply(world, T, wanted, prune=False)
    pruned = await apply(world, T, wanted, prune=True)

    assert kept.empty
    assert not pruned.empty
    after = await snapshot_of(world, T)
    assert (after.overrides, after.override_templates) == (snapshot.overrides, {key: less})


@pytest.mark.parametrize(
    ("path", "text", "line", "says"),
    [
        ("sender.yaml", "fromName: A\nconnector: reserved-nope\n", 2, "reserved-nope"),
        ("sender.yaml", "connector: sms\n", 1, "for mail"),
        ("sender.yaml", 'fromName: "A\\r\\nBcc: b@x.test"\n', 1, "one line"),
        ("sender.yaml", "fromName: '{{code}}'\n", 1, "Placeholders"),
        ("sender.yaml", "fromName: A\nreplyTo: a@x.test, b@x.test\n", 2, "one address"),
        ("sender.yaml", "fromNam: A\n", 1, "fromNam"),
        ("templates/en/SignIn.html", "---\nsubject: S\n---\nHello\n", 4, "code"),
        ("templates/en/Nope.html", "---\nsubject: S\n---\n{{code}}\n", 1, "a template is"),
        ("more.yaml", "a: 1\n", 1, "sender.yaml"),
    ],
    ids=["gone", "sms", "header", "braces", "list", "typo", "codeless", "kind", "file"],
)
async def test_what_is_wrong_is_told_with_file_and_line(
    world: World, path: str, text: str, line: int, says: str
) -> None:
    owner = await organization(world)
    place = f"overrides/organizations/{owner.id}/{path}"

    with pytest.raises(BrokenConfiguration) as raised:
        wanted = from_files({"carteiro.yaml": "format: 1\n", place: text})
        await apply(world, T, wanted, prune=False)

    assert raised.value.message.startswith(f"{place}:{line}: ")
    assert says in raised.value.message
    with pytest.raises(EntityNotFound):
        await get_override(world, T, owner)


async def test_a_connector_that_an_override_names_is_not_pruned(world: World) -> None:
    one, _, connector = await fill(world)
    snapshot = await snapshot_of(world, T)
    without = {k: v for k, v in snapshot.connectors.items() if not k.startswith("reserved-")}

    with pytest.raises(BrokenConfiguration) as raised:
        await apply(world, T, replace(snapshot, connectors=without), prune=True)

    assert raised.value.message.startswith(f"overrides/organizations/{one}/sender.yaml:")
    assert (await get_fallback(world, T, connector, reserved=True)).row.id == connector


async def revisions(world: World, connector: str) -> list[int]:
    rows = await world.database.read(lambda tx: tx.all(_REVISIONS, connector_id=connector))
    return [row["number"] for row in rows]


async def test_an_import_changes_a_reserved_connector_as_a_revision_and_forgets_one_that_goes(
    world: World,
) -> None:
    one, _, connector = await fill(world)
    key = await make_key(world, T, domain="globex.test", algorithm=KeyAlgorithm.ED25519)
    before = reread(await snapshot_of(world, T))
    name, mine = f"reserved-{connector}", ("organizations", one)
    config = {**before.connectors[name]["config"], "endpoint": "https://moved.example.com"}
    moved = {**before.connectors, name: {**before.connectors[name], "config": config}}

    await apply(world, T, replace(before, connectors=moved), prune=True)
    changed = await revisions(world, connector)
    await restore_config(world, RESERVED, T, connector, 1)
    restored = reread(await snapshot_of(world, T))
    sender = {part: said for part, said in before.overrides[mine].items() if part != "connector"}
    left = {other: one for other, one in before.connectors.items() if other != name}
    without = replace(before, connectors=left, overrides={**before.overrides, mine: sender})
    await apply(world, T, without, prune=True)

    assert changed == [1, 2]
    assert restored == before
    assert await revisions(world, connector) == []
    assert (await get_override(world, T, Owner(OwnerKind.ORGANIZATION, one))).from_name == "Globex"
    assert await list_keys(world, T) == [key]


async def test_another_provider_under_the_same_id_has_no_history(world: World) -> None:
    _, _, connector = await fill(world)
    before = await snapshot_of(world, T)
    name = f"reserved-{connector}"
    other = {"connectorId": SMTP, "config": smtp_config(25), "rateLimit": {}}

    await apply(world, T, reread(replace(before, connectors={name: other})), prune=False)

    line, id_ = await line_of(world, T, connector)
    kept = await get_config_revision(world, line, T, id_, 1)
    assert await revisions(world, connector) == [1]
    assert (line, kept.live, kept.config["host"]) == (RESERVED, 1, "127.0.0.1")


async def test_a_folder_has_as_many_reserved_connectors_as_the_api_would_make(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(world)
    before = reread(await snapshot_of(world, T))
    [known] = [one for name, one in before.connectors.items() if name.startswith("reserved-")]
    many = {
        f"reserved-x{n}": {**known, "config": {"endpoint": "https://a.example.com"}} for n in (1, 2)
    }
    # A thousand of them take their time.
    monkeypatch.setattr(validate, "MOST_RESERVED", 2)

    with pytest.raises(BrokenConfiguration, match="2 reserved connectors at most"):
        await apply(
            world, T, replace(before, connectors={**before.connectors, **many}), prune=False
        )


async def test_a_folder_of_before_leaves_overrides_alone(world: World) -> None:
    one, _, _ = await fill(world)
    owner = Owner(OwnerKind.ORGANIZATION, one)
    old = from_files({"carteiro.yaml": "format: 1\n", "organization-roles.yaml": "{}\n"})

    plan = await apply(world, T, old, prune=False)

    assert plan.empty
    assert len(await list_templates(world, T, owner=owner)) == 2
