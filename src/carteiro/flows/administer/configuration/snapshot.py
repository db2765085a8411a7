"""A tenant's configuration as plain values, and where its secrets stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.delivery.workspaces.connections import open_row
from carteiro.directory.settings.tenant_settings import captcha_context
from carteiro.flows.administer.configuration.connectors import further_name, reserved_name
from carteiro.flows.administer.configuration.signed_domains import signed_domains
from carteiro.flows.administer.configuration.stored_overrides import (
    OverrideKey,
    Templates,
    read_overrides,
)
from carteiro.flows.world import World
from carteiro.model.masking import is_secret_key
from carteiro.model.page import Page
from carteiro.storage.drivers.database import Transaction
from carteiro.storage.people import organization_roles
from carteiro.storage.tenancy import (
    connectors,
    experience,
    fallbacks,
    phrases,
    templates,
    tenant_settings,
)
from carteiro.storage.tenancy.fallbacks import FallbackRow
from carteiro.storage.tenancy.templates import TemplateSet

Json = Mapping[str, Any]
_EVERYTHING = Page(1, 2**31)


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A secret by its place, such as ``connectors.email.config.auth.pass``."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is carried from one tenant to another; secrets are in ``secrets`` only.

    Applications, people, organizations, webhooks and keys belong to their environment and stay.
    What overrides say of an organization or an application is carried to one with the same id.
    """

    experience: Json = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    connectors: Mapping[str, Json] = field(default_factory=dict)
    """``connectorId`` and ``config`` with ``SecretRef``s, by name: ``email`` and ``sms`` with
    ``metadata``, ``fallback-1`` and ``reserved-x`` and so on with ``rateLimit``."""
    languages: Mapping[str, Json] = field(default_factory=dict)
    templates: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    """Details by language tag and type."""
    overrides: Mapping[OverrideKey, Json] = field(default_factory=dict)
    """The senders of those that have one: ``connector`` by its name, ``fromName``, ``replyTo``."""
    override_templates: Mapping[OverrideKey, Templates] = field(default_factory=dict)
    organization_roles: Mapping[str, Json] = field(default_factory=dict)
    dkim: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The published record of each key that signs, by domain and selector: only told, never
    carried, because private keys stay where they were made."""
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Values by the path of their ``SecretRef``."""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The files that it was read from, for the lines of errors."""

    @property
    def owners(self) -> set[OverrideKey]:
        """Of whom the overrides say something."""
        return {*self.overrides, *self.override_templates}


async def read_snapshot(tx: Transaction, world: World, tenant_id: str) -> Snapshot:
    """The tenant as it is."""
    secrets: dict[str, Any] = {}
    stored_connectors = {}
    for row in await connectors.list_all(tx, tenant_id):
        name = row.type.lower()
        config = dict(open_row(world.keyring, row).config)
        stored_connectors[name] = {
            "connectorId": row.connector_id,
            "config": take_secrets(config, f"connectors.{name}.config", secrets),
            "metadata": json.loads(row.metadata),
        }
    for position, further in enumerate(await fallbacks.list_all(tx, tenant_id), 1):
        name = further_name(position)
        stored_connectors[name] = _further(world, further, name, secrets)
    for reserved in (await fallbacks.list_reserved(tx, tenant_id, None)).rows:
        stored_connectors[reserved_name(reserved.id)] = _further(
            world, reserved, reserved_name(reserved.id), secrets
        )
    senders, words = await read_overrides(tx, tenant_id)
    roles = await organization_roles.find(tx, tenant_id, text=None, page=_EVERYTHING)
    return Snapshot(
        experience=_without_times(await experience.get(tx, tenant_id)),
        settings=await _settings(tx, world, tenant_id, secrets),
        connectors=stored_connectors,
        languages={
            row.language_tag: json.loads(row.translation)
            for row in await phrases.list_all(tx, tenant_id)
        },
        templates={
            (row.language_tag, row.template_type): json.loads(row.details)
            for row in await templates.list_all(tx, TemplateSet(tenant_id))
        },
        overrides=senders,
        override_templates=words,
        organization_roles={
            row.name: {"description": row.description, "type": row.type} for row in roles.rows
        },
        dkim=await signed_domains(tx, tenant_id),
        secrets=secrets,
    )


def _further(world: World, row: FallbackRow, name: str, secrets: dict[str, Any]) -> dict[str, Any]:
    config = dict(open_row(world.keyring, row.connector).config)
    return {
        "connectorId": row.connector_id,
        "config": take_secrets(config, f"connectors.{name}.config", secrets),
        "rateLimit": dict(row.limits),
    }


async def _settings(
    tx: Transaction, world: World, tenant_id: str, secrets: dict[str, Any]
) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in await tenant_settings.all_values(tx, tenant_id):
        setting = await tenant_settings.get(tx, tenant_id, name)
        assert setting is not None
        value = dict(setting.value)
        if setting.sealed is not None:
            clear = world.keyring.open(setting.sealed, captcha_context(tenant_id)).decode()
            value = take_secrets({**value, "secretKey": clear}, f"settings.{name}", secrets)
        found[name] = value
    return found


def take_secrets(value: Any, path: str, secrets: dict[str, Any]) -> Any:
    """A copy in which every secret is a reference; the values go into ``secrets``."""
    if isinstance(value, Mapping):
        taken: dict[str, Any] = {}
        for key, inner in value.items():
            place = f"{path}.{key}"
            if is_secret_key(key) and inner:
                secrets[place] = inner
                taken[key] = SecretRef(place)
            else:
                taken[key] = take_secrets(inner, place, secrets)
        return taken
    if isinstance(value, list):
        return [take_secrets(inner, f"{path}.{n}", secrets) for n, inner in enumerate(value)]
    return value


def put_secrets(value: Any, secrets: Mapping[str, Any]) -> Any:
    """A copy with the secrets in place. Raises ``KeyError`` with the path of a missing one."""
    if isinstance(value, SecretRef):
        return secrets[value.path]
    if isinstance(value, Mapping):
        return {key: put_secrets(inner, secrets) for key, inner in value.items()}
    return [put_secrets(inner, secrets) for inner in value] if isinstance(value, list) else value


def _without_times(stored: Json) -> dict[str, Any]:
    """When passwords began to expire is each tenant's own."""
    kept = dict(stored)
    if "passwordExpiration" in kept:
        expiration = dict(kept["passwordExpiration"])
        expiration.pop("enabledAt", None)
        kept["passwordExpiration"] = expiration
    return kept
