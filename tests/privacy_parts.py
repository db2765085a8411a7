"""People of whom something stands in every table that may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.experience.guards.lockouts import lockout_hashes
from carteiro.flows.administer.people.traces import traces_of
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook
from carteiro.flows.world import World
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.people.holdings import HOLDINGS, PERSON
from carteiro.storage.people.users import UserRow

NOBODYS: Mapping[str, str] = {
    "alembic_version": "the schema's revision",
    "application_roles": "machines",
    "application_secrets": "machines",
    "application_sign_in_experiences": "how pages look",
    "applications": "machines",
    "connector_feedback": "settings of connectors",
    "connectors": "settings",
    "consent_organization_resource_scopes": "what applications may ask for",
    "consent_organization_scopes": "what applications may ask for",
    "consent_resource_scopes": "what applications may ask for",
    "consent_user_scopes": "what applications may ask for, by the names of claims",
    "custom_phrases": "texts",
    "deployment_secrets": "keys",
    "dkim_keys": "keys of domains",
    "email_templates": "texts",
    "fallback_connectors": "settings",
    "mail_overrides": "settings",
    "feedback_proofs": "signatures of providers, for minutes",
    "hooks": "settings",
    "key_holders": "processes",
    "organization_application_roles": "machines",
    "organization_applications": "machines",
    "organization_jit_email_domains": "domains of organizations",
    "organization_jit_roles": "what members get",
    "organization_role_resource_scopes": "what roles give",
    "organization_role_scopes": "what roles give",
    "organization_roles": "roles",
    "organization_scopes": "scopes",
    "organizations": "organizations",
    "processes": "processes",
    "resources": "resources",
    "role_scopes": "what roles give",
    "roles": "roles",
    "row_counts": "numbers",
    "scopes": "scopes",
    "secret_keys": "fingerprints of keys",
    "send_rates": "keyed hashes of networks, which nobody can be found by, for a day",
    "sign_in_experiences": "settings",
    "signing_keys": "keys",
    "tenant_settings": "settings",
    "tenants": "tenants",
    "usage_counters": "numbers",
}
"""Tables that hold nothing of a person, each with what it holds."""


TENANT = "default"
_LATER = 4_000_000_000_000
_ORGANIZATION = {
    "id": "org",
    "name": "Org",
    "custom_data": "{}",
    "is_mfa_required": False,
    "color": "{}",
    "branding": "{}",
    "created_at": 1,
}
_MESSAGE = {
    "type": "SignIn",
    "state": "sent",
    "language": "en",
    "language_reason": "fallback",
    "template": "builtin:en",
    "connector_id": "c",
    "finished_at": 5,
}


async def furnish(world: World) -> None:
    """What the rows of people refer to."""
    await create_hook(world, TENANT, NewHook(name="Tests", events=["User.Deleted"], config=HOOK))

    async def work(tx: Transaction) -> None:
        await insert(tx, "organizations", **_ORGANIZATION)
        for table in ("organization_roles", "roles"):
            more = {"is_default": False, "created_at": 1} if table == "roles" else {}
            await insert(tx, table, id="role", name="R", description="", type=_type(table), **more)

    await world.database.write(work)


HOOK = {"url": "http://127.0.0.1:9"}


async def make_known(world: World, name: str) -> UserRow:
    """Somebody with a row in each table, beside those that their own acts would make."""
    person = await create_user(
        world,
        TENANT,
        NewUser(
            username=name,
            primary_email=f"{name}@example.com",
            primary_phone=f"49151{sum(map(ord, name)):08d}",
            name=f"{name.title()} Surname",
            profile={"givenName": name.title()},
            custom_data={"note": f"about {name}"},
            password_encrypted=f"$argon2id${name}",
            password_encryption_method="Argon2id",
        ),
    )

    async def work(tx: Transaction) -> None:
        await _rights(tx, person)
        await _signed_in(tx, person)
        await _mailed(tx, world, person)

    await world.database.write(work)
    return person


async def _rights(tx: Transaction, person: UserRow) -> None:
    of = {"user_id": person.id}
    await insert(tx, "organization_users", organization_id="org", created_at=1, **of)
    await insert(
        tx,
        "organization_user_roles",
        organization_id="org",
        organization_role_id="role",
        role_type="User",
        **of,
    )
    await insert(tx, "user_roles", role_id="role", role_type="User", **of)
    await insert(tx, "consent_organizations", application_id="third", organization_id="org", **of)
    invitation = f"invited-{person.username}"
    await insert(
        tx,
        "organization_invitations",
        id=invitation,
        inviter_id=None,
        invitee=person.primary_email,
        invitee_key=person.primary_email,
        organization_id="org",
        status="Pending",
        created_at=1,
        updated_at=1,
        expires_at=_LATER,
    )
    await insert(
        tx, "organization_invitation_roles", invitation_id=invitation, organization_role_id="role"
    )


async def _signed_in(tx: Transaction, person: UserRow) -> None:
    name, lasting = person.username, {"created_at": 1, "expires_at": _LATER}
    await insert(tx, "active_users", day=20_000, user_id=person.id)
    await insert(
        tx, "known_browsers", browser_hash=f"browser-{name}", user_id=person.id, seen_at=_LATER
    )
    await insert(
        tx, "verification_records", id=f"proof-{name}", user_id=person.id, client_id="third",
        type="Password", address=person.primary_email, verified=True, **lasting,
    )  # fmt: skip
    await insert(
        tx, "grants", id=f"grant-{name}", account_id=person.id, client_id="third", scopes="{}",
        **lasting,
    )  # fmt: skip
    await insert(
        tx, "browser_sessions", uid=f"session-{name}", secret_hash=name.encode(),
        account_id=person.id, login_at=1, authorizations="{}", **lasting,
    )  # fmt: skip
    await insert(
        tx, "oidc_tokens", value_hash=f"token-{name}".encode(), kind="RefreshToken",
        client_id="third", account_id=person.id, content="{}", **lasting,
    )  # fmt: skip
    record = f'{{"userId": "{person.id}", "email": "{person.primary_email}"}}'
    await insert(
        tx, "interactions", uid=f"uid-{name}", resume_hash=f"resume-{name}".encode(),
        client_id="third", prompt="login", params="{}", record=record, version=0,
        screen=f'{{"typed": "{person.primary_email}"}}', **lasting,
    )  # fmt: skip
    entry = {
        "key": "Interaction.SignIn.Create", "result": "Success", "created_at": 1,
        "payload": f'{{"interactionId": "uid-{name}", "ip": "192.0.2.7", "userAgent": "Odd{name}"}}',
    }  # fmt: skip
    await insert(tx, "logs", id=f"0first-{name}", **entry)
    named = entry["payload"].replace("}", f', "userId": "{person.id}"}}')
    await insert(tx, "logs", id=f"0second-{name}", **{**entry, "payload": named}, user_id=person.id)


async def _mailed(tx: Transaction, world: World, person: UserRow) -> None:
    traces, name = traces_of(world.keyring, person), person.username
    of = {"recipient_hash": traces.email_hash}
    message = f"message-{name}"
    masked = {"recipient_masked": f"{name[0]}***@example.com"}
    await insert(tx, "messages", id=message, created_at=1, **_MESSAGE, **of, **masked)
    await insert(
        tx, "attempts", message_id=message, number=1, connector_id="c", factory_id="f",
        started_at=1, finished_at=2, outcome="accepted",
    )  # fmt: skip
    await insert(
        tx, "idle_rounds", message_id=message, after=0, waiting_for="", skipped="[]", first_at=1,
        last_at=1, times=1,
    )  # fmt: skip
    await insert(
        tx, "message_events", connector_id="c", id=f"event-{name}", message_id=message,
        type="delivered", occurred_at=1, received_at=1, **of, **masked,
    )  # fmt: skip
    await insert(
        tx, "codes", identity_hash=f"code-{name}", id=f"code-{name}", type="SignIn", key_id="k",
        salt="s", digest=b"d", tries=0, created_at=1, **of,
    )  # fmt: skip
    await insert(
        tx, "one_time_tokens", id=f"link-{name}", email=person.primary_email,
        email_key=traces.email_key, token_hash=f"hash-{name}".encode(), context="{}",
        status="active", created_at=1, expires_at=_LATER,
    )  # fmt: skip
    await insert(tx, "notices", type="NewDevice", message_id=message, last_at=1, **of)
    await insert(
        tx, "suppressions", recipient_sealed=b"s", reason="manual", note=f"of {name}",
        created_at=1, **of,
    )  # fmt: skip
    await insert(
        tx, "send_windows", action="a", stamps="", last_at=1, window_ms=1, max_sends=1, **of
    )
    await insert(tx, "failure_budgets", failures=1, since=1, last_at=1, **of)
    lock = lockout_hashes(world.keyring, TENANT, person.primary_email or "")[0]
    await insert(tx, "lockouts", target_hash=lock, stamps="", blocked_until=1, last_at=1)
    body = f'{{"data": {{"primaryEmail": "{name.title()}@Example.com"}}}}'
    await insert(
        tx, "email_templates", id=f"t{len(name)}", language_tag=f"x-{len(name)}", template_type="SignIn",
        created_at=1, revision=1, latest=1,
    )  # fmt: skip
    by = {"user_id": person.id, "number": 1, "created_at": 1}
    await insert(tx, "template_revisions", template_id=f"t{len(name)}", details="{}", **by)
    await insert(tx, "connector_revisions", connector_id=f"c{len(name)}", config_sealed=b"s", **by)
    (hook,) = await tx.all(Statement.of("test.hook", "SELECT id FROM hooks"))
    await insert(
        tx, "hook_deliveries", id=f"told-{name}", hook_id=hook["id"], event="User.Created",
        body=body, attempts=0, created_at=1, due_at=_LATER,
    )  # fmt: skip
    sent = f'{{"key": "Message.Sent", "messageId": "{message}", "recipient": "{name[0]}***"}}'
    await insert(
        tx, "logs", id=f"0third-{name}", key="Message.Sent", result="Success", payload=sent,
        created_at=1,
    )  # fmt: skip


async def insert(tx: Transaction, table: str, **values: Any) -> None:
    """One row of the tenant."""
    given = {"tenant_id": TENANT, **values}
    columns = ", ".join(f'"{name}"' for name in given)
    places = ", ".join(f":{name}" for name in given)
    text = f"INSERT INTO {table} ({columns}) VALUES ({places})"
    await tx.all(Statement.of(f"test.insert.{table}.{len(given)}", text), **given)


async def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that the schema is known to have."""
    tables = [holding.table for holding in (PERSON, *HOLDINGS)] + list(NOBODYS)

    async def work(tx: Transaction) -> dict[str, list[dict[str, Any]]]:
        return {
            table: [dict(row) for row in await tx.all(_all_of(table))]
            for table in tables
            if table != "alembic_version"
        }

    return await world.database.read(work)


def _all_of(table: str) -> Statement:
    return Statement.of(f"test.all.{table}", f"SELECT * FROM {table}")


def _type(table: str) -> str:
    return "User"
