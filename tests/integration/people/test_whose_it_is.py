"""Erasing takes what is the person's, all of it, and nothing of whoever is called alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carteiro.experience.record import InteractionEvent, InteractionRecord
from carteiro.flows.administer.people import erase_person as erasing
from carteiro.flows.administer.people.erase_person import erase_person
from carteiro.flows.administer.people.export_person import export_person
from carteiro.flows.administer.people.users import NewUser, create_user, update_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.world import World
from carteiro.model.actor import Actor
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.users import UserRow
from privacy_parts import HOOK, TENANT, everything, furnish, insert, make_known
from sign_in_parts import make_client

_LATER = 4_000_000_000_000


@pytest.fixture
async def ana(world: World) -> UserRow:
    await make_client(world, "third", type="SPA", third_party=True)
    await furnish(world)
    return await make_known(world, "ana")


@pytest.fixture
async def joana(world: World, ana: UserRow) -> UserRow:
    """Whose address ends as Ana's is."""
    return await make_known(world, "joana")


async def log(world: World, id_: str, **payload: Any) -> None:
    """An entry that says no person's id."""

    async def work(tx: Transaction) -> None:
        text = json.dumps(payload, separators=(",", ":"))
        await insert(
            tx, "logs", id=id_, key="Interaction.SignIn.Identifier", result="Error", payload=text,
            created_at=1,
        )  # fmt: skip

    await world.database.write(work)


async def tell_hook(world: World, id_: str, body: dict[str, Any]) -> None:
    """A webhook that waits."""

    async def work(tx: Transaction) -> None:
        (hook,) = await tx.all(Statement.of("test.hook", "SELECT id FROM hooks"))
        await insert(
            tx, "hook_deliveries", id=id_, hook_id=hook["id"], event="Identifier.Lockout",
            body=json.dumps(body, separators=(",", ":")), attempts=0, created_at=1, due_at=_LATER,
        )  # fmt: skip

    await world.database.write(work)


async def exported(world: World, id_: str) -> dict[str, Any]:
    pieces = [piece async for piece in await export_person(world, TENANT, id_)]
    document: dict[str, Any] = json.loads("".join(pieces))
    return document


async def payload_of(world: World, id_: str) -> Any:
    rows = {row["id"]: row for row in (await everything(world))["logs"]}
    return json.loads(rows[id_]["payload"])


async def test_an_address_that_ends_like_it_is_left_alone(
    world: World, ana: UserRow, joana: UserRow
) -> None:
    theirs = {"identifier": {"type": "email", "value": "joana@example.com"}, "ip": "192.0.2.9"}
    await log(world, "1hers", **theirs)
    before = await everything(world)

    await erase_person(world, TENANT, ana.id)

    after = await everything(world)
    for table in ("hook_deliveries", "interactions", "messages", "codes", "one_time_tokens"):
        hers = [row for row in before[table] if "joana" in repr(row).lower()]
        assert hers
        assert [row for row in after[table] if "joana" in repr(row).lower()] == hers
    assert await payload_of(world, "1hers") == theirs


async def test_the_document_shows_nothing_of_an_address_that_ends_like_it(
    world: World, ana: UserRow, joana: UserRow
) -> None:
    document = await exported(world, ana.id)

    assert "joana" not in json.dumps(document).lower()
    assert document["webhooks"]["total"] == document["interactions"]["total"] == 1


async def test_an_address_inside_of_a_sentence_is_taken_out(world: World, ana: UserRow) -> None:
    await log(world, "1said", reason="Nobody has <Ana@example.com>.", ip="192.0.2.9")

    await erase_person(world, TENANT, ana.id)

    assert await payload_of(world, "1said") == {"reason": "Nobody has <erased>."}


async def test_a_user_name_is_taken_out_where_it_is_one(world: World, ana: UserRow) -> None:
    await log(world, "1tried", identifier={"type": "username", "value": "ANA"}, ip="192.0.2.9")
    await log(world, "2other", identifier={"type": "word", "value": "ana"}, ip="192.0.2.9")
    await tell_hook(world, "told", {"type": "username", "value": "ana"})
    await tell_hook(world, "kept", {"type": "word", "value": "ana"})

    await erase_person(world, TENANT, ana.id)

    assert await payload_of(world, "1tried") == {}
    assert (await payload_of(world, "2other"))["identifier"]["value"] == "ana"
    waiting = {row["id"] for row in (await everything(world))["hook_deliveries"]}
    assert "told" not in waiting
    assert "kept" in waiting


async def test_what_is_written_as_the_row_goes_is_swept_up_behind_it(
    world: World, ana: UserRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = erasing._delete

    async def slowly(*arguments: Any) -> UserRow | None:
        """Requests that are under way commit between the sweep and the end."""
        left = await delete(*arguments)
        await log(world, "9late", identifier={"type": "email", "value": ana.primary_email})
        await tell_hook(world, "late", {"type": "email", "value": ana.primary_email})
        traces = arguments[2]

        async def work(tx: Transaction) -> None:
            await insert(
                tx, "messages", id="late", type="SignIn", state="sent", language="en",
                language_reason="fallback", template="builtin:en", connector_id="c", created_at=1,
                recipient_hash=traces.email_hash, recipient_masked="a***@example.com",
            )  # fmt: skip
            await insert(
                tx, "interactions", uid="late", resume_hash=b"late", client_id="third",
                prompt="login", params="{}", record=json.dumps({"userId": ana.id}), version=0,
                created_at=1, expires_at=_LATER,
            )  # fmt: skip
            for number, lock in enumerate(traces.locks):
                await insert(
                    tx, "lockouts", target_hash=lock, stamps="", blocked_until=number, last_at=1
                )

        await world.database.write(work)
        return left

    monkeypatch.setattr(erasing, "_delete", slowly)

    await erase_person(world, TENANT, ana.id)

    after = await everything(world)
    assert await payload_of(world, "9late") == {}
    assert (after["messages"], after["lockouts"], after["interactions"]) == ([], [], [])
    assert [row["event"] for row in after["hook_deliveries"]] == ["User.Deleted"]


async def test_an_address_that_is_somebody_elses_by_then_is_theirs(
    world: World, ana: UserRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = erasing._delete

    async def overtaken(*arguments: Any) -> UserRow | None:
        left = await delete(*arguments)
        await create_user(world, TENANT, NewUser(primary_email=ana.primary_email, username="ana"))
        await log(world, "9hers", identifier={"type": "email", "value": ana.primary_email})
        return left

    monkeypatch.setattr(erasing, "_delete", overtaken)

    await erase_person(world, TENANT, ana.id)

    assert (await payload_of(world, "9hers"))["identifier"]["value"] == "ana@example.com"


async def test_an_address_that_changes_meanwhile_is_looked_for_as_well(
    world: World, ana: UserRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, new = erasing._sweep, "anna@example.com"

    async def changing(*arguments: Any, **options: Any) -> int:
        swept = await sweep(*arguments, **options)
        monkeypatch.setattr(erasing, "_sweep", sweep)
        await update_user(world, TENANT, ana.id, {"primary_email": new})
        await log(world, "9new", identifier={"type": "email", "value": new})
        await tell_hook(world, "new", {"type": "email", "value": new})
        return swept

    monkeypatch.setattr(erasing, "_sweep", changing)

    await erase_person(world, TENANT, ana.id)

    after = await everything(world)
    assert after["users"] == []
    assert new not in repr(after)


class TestTheDocument:
    async def test_masks_whom_the_person_has_invited(
        self, world: World, ana: UserRow, joana: UserRow
    ) -> None:
        async def work(tx: Transaction) -> None:
            await insert(
                tx, "organization_invitations", id="sent", inviter_id=ana.id,
                invitee="guest@example.com", invitee_key="guest@example.com", organization_id="org",
                status="Expired", created_at=1, updated_at=1, expires_at=_LATER,
            )  # fmt: skip

        await world.database.write(work)

        rows = (await exported(world, ana.id))["invitations"]["rows"]

        invitees = {row["id"]: row["invitee"] for row in rows}
        assert invitees == {"invited-ana": "ana@example.com", "sent": "g***@example.com"}

    async def test_says_nothing_of_where_an_administrator_was(
        self, world: World, ana: UserRow
    ) -> None:
        request = {"path": f"/users/{ana.id}", "matchedRoute": "/users/:userId", "method": "PATCH"}
        by = Actor(application_id="third", ip="203.0.113.8", user_agent="Desk", request=request)
        await create_hook(
            world, TENANT, NewHook(name="All", events=["User.Data.Updated"], config=HOOK)
        )
        await update_user(world, TENANT, ana.id, {"name": "Anna"}, by=by)

        document = await exported(world, ana.id)

        told = json.dumps([document["auditLog"], document["webhooks"]])
        assert "Management.User.Data.Updated" in told
        assert "User.Data.Updated" in {row["event"] for row in document["webhooks"]["rows"]}
        assert "203.0.113.8" not in told
        assert "Desk" not in told

    async def test_says_nothing_of_who_typed_the_address(
        self, world: World, ana: UserRow, joana: UserRow
    ) -> None:
        record = InteractionRecord(event=InteractionEvent.SIGN_IN, user_id=joana.id).to_wire()

        async def work(tx: Transaction) -> None:
            await insert(
                tx, "interactions", uid="typed", resume_hash=b"typed", client_id="third",
                prompt="login", params=json.dumps({"login_hint": ana.primary_email}),
                record=json.dumps(record), version=0, created_at=1, expires_at=_LATER,
            )  # fmt: skip

        await world.database.write(work)

        document = await exported(world, ana.id)

        assert document["interactions"]["total"] == 2
        assert joana.id not in json.dumps(document)
