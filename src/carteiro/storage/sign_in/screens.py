"""What a page of an interaction shows, read in one statement, and what it remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.storage.drivers.database import Question, Row, Transaction
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.sign_in.interactions import Interaction, read_row

_SHOWN = """
SELECT i.*, a.name AS client_name, a.is_third_party AS client_is_third_party,
    l.color AS client_color, l.branding AS client_branding, l.custom_css AS client_css,
    l.display_name AS client_display_name, l.terms_of_use_url AS client_terms,
    l.privacy_policy_url AS client_privacy,
    o.name AS organization_name, o.color AS organization_color,
    o.branding AS organization_branding, o.custom_css AS organization_css,
    COALESCE(u.name, u.primary_email, u.username, u.primary_phone) AS account
FROM interactions AS i
LEFT JOIN applications AS a ON a.tenant_id = i.tenant_id AND a.id = i.client_id
LEFT JOIN application_sign_in_experiences AS l
    ON l.tenant_id = i.tenant_id AND l.application_id = i.client_id
LEFT JOIN organizations AS o ON o.tenant_id = i.tenant_id AND o.id = {organization}
LEFT JOIN users AS u ON u.tenant_id = i.tenant_id AND u.id = i.account_id
WHERE i.tenant_id = :tenant_id AND i.uid = :uid AND i.expires_at + 0 > :now
"""
_ON_POSTGRES = _SHOWN.format(
    # A NUL in any of its texts would be an error there, whichever is asked for.
    organization="CASE WHEN strpos(i.params, '\\u0000') = 0 "
    "THEN CAST(i.params AS json) ->> 'organization_id' END"
)
_ON_SQLITE = _SHOWN.format(organization="json_extract(i.params, '$.organization_id')")
_GET = Statement.of("screens.get", _ON_POSTGRES.strip(), sqlite=_ON_SQLITE.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colours, logos and style of an application or an organization; what is unset is empty."""

    name: str
    color: Mapping[str, Any]
    branding: Mapping[str, Any]
    custom_css: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLook(Look):
    """An application's, and what else its pages name."""

    is_third_party: bool
    terms_of_use_url: str | None
    privacy_policy_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenRow:
    """An interaction with everything that its pages show of others.

    ``client`` is ``None`` for an application that is part of the service. ``account`` is what the
    person is called who has signed in.
    """

    interaction: Interaction
    remembered: Mapping[str, Any]
    client: ClientLook | None
    organization: Look | None
    account: str | None


async def get(tx: Transaction, tenant_id: str, uid: str, now: int) -> ScreenRow | None:
    """One that is not over, in one round trip."""
    one = asked(tenant_id, uid, now)
    row = await tx.one(one.statement, **one.arguments)
    return None if row is None else _read(row)


def asked(tenant_id: str, uid: str, now: int) -> Question:
    """What ``get`` asks, to be asked together with what else is needed."""
    return Question(_GET, {"tenant_id": tenant_id, "uid": uid, "now": now})


async def remembered(tx: Transaction, interaction: Interaction, now: int) -> Mapping[str, Any]:
    """What the pages of an interaction remember; it is locked by this unit."""
    row = await get(tx, interaction.tenant_id, interaction.uid, now)
    return row.remembered if row else {}


async def save(tx: Transaction, tenant_id: str, uid: str, screen: Mapping[str, Any]) -> None:
    """Store what the pages remember. The interaction is locked by this unit."""
    text = json.dumps(screen, ensure_ascii=False, separators=(",", ":"))
    await tx.run("screens.save", tenant_id=tenant_id, uid=uid, screen=text)


async def choose_language(
    tx: Transaction, tenant_id: str, uid: str, language: Mapping[str, Any], now: int
) -> bool:
    """Put another language on record; false when the interaction is over."""
    text = json.dumps(language, ensure_ascii=False, separators=(",", ":"))
    values = {"tenant_id": tenant_id, "uid": uid, "language": text, "now": now}
    return await tx.run("screens.choose_language", **values) > 0


def _read(row: Row) -> ScreenRow:
    return ScreenRow(
        interaction=read_row(row),
        remembered={} if row["screen"] is None else json.loads(row["screen"]),
        client=_client(row),
        organization=_organization(row),
        account=row["account"],
    )


def _client(row: Row) -> ClientLook | None:
    if row["client_name"] is None:
        return None
    return ClientLook(
        name=row["client_display_name"] or row["client_name"],
        color=json.loads(row["client_color"] or "{}"),
        branding=json.loads(row["client_branding"] or "{}"),
        custom_css=row["client_css"],
        is_third_party=bool(row["client_is_third_party"]),
        terms_of_use_url=row["client_terms"],
        privacy_policy_url=row["client_privacy"],
    )


def _organization(row: Row) -> Look | None:
    if row["organization_name"] is None:
        return None
    return Look(
        name=row["organization_name"],
        color=json.loads(row["organization_color"]),
        branding=json.loads(row["organization_branding"]),
        custom_css=row["organization_css"],
    )
