"""Writing what differs between two configurations of a tenant."""

from __future__ import annotations

import json

from carteiro import secrets as random
from carteiro.delivery.workspaces.connections import seal_config
from carteiro.directory.settings.experience_record import record
from carteiro.directory.settings.experience_rules import accepted
from carteiro.directory.settings.sign_in_experience import SignInExperienceUpdate
from carteiro.directory.settings.tenant_settings import SettingName, captcha_context
from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.connectors import (
    further_name,
    in_order,
    is_further,
    kind_of,
    reserved_id,
    reserved_name,
)
from carteiro.flows.administer.configuration.overrides import OverrideWriter
from carteiro.flows.administer.configuration.snapshot import Json, put_secrets
from carteiro.flows.administer.configuration.writing import Writing, write_templates
from carteiro.flows.administer.mail.publishing import FIRST, FURTHER, publish_config
from carteiro.flows.administer.tenant.sign_in_experience import surroundings
from carteiro.model.page import Page
from carteiro.storage.people import organization_roles
from carteiro.storage.people.organization_roles import OrganizationRoleRow
from carteiro.storage.tenancy import (
    connectors,
    experience,
    fallbacks,
    phrases,
    tenant_settings,
)
from carteiro.storage.tenancy.connectors import ConnectorRow
from carteiro.storage.tenancy.fallbacks import FallbackRow
from carteiro.storage.tenancy.templates import TemplateSet
from carteiro.storage.tenancy.tenant_settings import Setting


class Writer(Writing):
    """Writes what differs."""

    async def write(self) -> None:
        """All of it, in an order in which each finds what it needs."""
        await self._languages()
        await self._templates()
        await self._connectors()
        await self._fallbacks()
        await self._reserved()
        await OverrideWriter(
            self.tx, self.world, self.tenant_id, self.before, self.after, self.publication
        ).write()
        await self._roles()
        await self._settings()
        await self._experience()

    async def _languages(self) -> None:
        for tag in self.before.languages.keys() - self.after.languages.keys():
            await phrases.delete(self.tx, self.tenant_id, tag)
        for tag, texts in self.after.languages.items():
            if self.before.languages.get(tag) != texts:
                await phrases.upsert(
                    self.tx,
                    tenant_id=self.tenant_id,
                    id=random.standard_id(),
                    language_tag=tag,
                    translation=json.dumps(texts, ensure_ascii=False),
                )

    async def _templates(self) -> None:
        of = TemplateSet(self.tenant_id)
        before, after = self.before.templates, self.after.templates
        await write_templates(self.tx, of, before, after, self.publication)

    async def _connectors(self) -> None:
        rows = {row.type.lower(): row for row in await connectors.list_all(self.tx, self.tenant_id)}
        for name in self.before.connectors.keys() - self.after.connectors.keys():
            if not is_further(name):
                await connectors.delete(self.tx, self.tenant_id, rows[name].id)
        for name, wanted in self.after.connectors.items():
            config = put_secrets(wanted["config"], self.after.secrets)
            if not is_further(name) and not self._is_as_before(name, wanted, config):
                await self._connector(rows.get(name), name, wanted, config)

    def _is_as_before(self, name: str, wanted: Json, config: Json) -> bool:
        old = self.before.connectors.get(name)
        return old == wanted and put_secrets(wanted["config"], self.before.secrets) == config

    async def _fallbacks(self) -> None:
        stored = await fallbacks.list_all(self.tx, self.tenant_id)
        rows = {further_name(place): row for place, row in enumerate(stored, 1)}
        for name in rows.keys() - self.after.connectors.keys():
            await fallbacks.delete(self.tx, self.tenant_id, rows[name].id)
        order = []
        for name in in_order(self.after.connectors):
            wanted = self.after.connectors[name]
            config = put_secrets(wanted["config"], self.after.secrets)
            row = rows.get(name)
            if row is None or not self._is_as_before(name, wanted, config):
                row = await self._fallback(row, wanted, config)
            order.append(row.id)
        await fallbacks.order(self.tx, self.tenant_id, order)

    async def _reserved(self) -> None:
        stored = (await fallbacks.list_reserved(self.tx, self.tenant_id, None)).rows
        rows = {reserved_name(row.id): row for row in stored}
        for name in rows.keys() - self.after.connectors.keys():
            await fallbacks.delete(self.tx, self.tenant_id, rows[name].id)
        for name, wanted in self.after.connectors.items():
            if (id_ := reserved_id(name)) is not None:
                config = put_secrets(wanted["config"], self.after.secrets)
                row = rows.get(name)
                if row is None or not self._is_as_before(name, wanted, config):
                    await self._fallback(row, wanted, config, reserved=id_)

    async def _fallback(
        self, row: FallbackRow | None, wanted: Json, config: Json, *, reserved: str | None = None
    ) -> FallbackRow:
        """Change the one that is there, or put another one in its place.

        One that is ``reserved`` keeps that id, whatever it is made of.
        """
        same = row is not None and row.connector_id == wanted["connectorId"]
        id_ = reserved or (row.id if row is not None and same else random.short_id())
        new = FallbackRow(
            tenant_id=self.tenant_id,
            id=id_,
            connector_id=wanted["connectorId"],
            config_sealed=seal_config(self.world.keyring, self.tenant_id, id_, config),
            limits=wanted["rateLimit"],
            created_at=self.world.clock.now(),
            reserved=reserved is not None,
        )
        if row is not None and same:
            await fallbacks.update(self.tx, new)
            await publish_config(
                self.tx, self.world, FURTHER, row.connector, config, self.publication
            )
            return new
        if row is not None:
            await fallbacks.delete(self.tx, self.tenant_id, row.id)
        await fallbacks.create(self.tx, new, self.publication)
        return new

    async def _connector(
        self, row: ConnectorRow | None, name: str, wanted: Json, config: Json
    ) -> None:
        """Change the connector that is there, or put another one in its place."""
        kind = kind_of(name)
        assert kind is not None
        metadata = json.dumps(wanted["metadata"])
        same = row is not None and row.connector_id == wanted["connectorId"]
        if row is not None and same and row.metadata == metadata:
            await publish_config(self.tx, self.world, FIRST, row, config, self.publication)
            return
        id_ = random.short_id()
        new = ConnectorRow(
            tenant_id=self.tenant_id,
            id=id_,
            type=kind,
            connector_id=wanted["connectorId"],
            config_sealed=seal_config(self.world.keyring, self.tenant_id, id_, config),
            metadata=metadata,
            sync_profile=False,
            enable_token_storage=False,
            created_at=self.world.clock.now(),
        )
        await connectors.replace_of_type(self.tx, new, self.publication)

    async def _roles(self) -> None:
        page = Page(1, 2**31)
        part = await organization_roles.find(self.tx, self.tenant_id, text=None, page=page)
        rows = {row.name: row for row in part.rows}
        for name in self.before.organization_roles.keys() - self.after.organization_roles.keys():
            await organization_roles.delete(self.tx, self.tenant_id, rows[name].id)
        for name, wanted in self.after.organization_roles.items():
            if self.before.organization_roles.get(name) == wanted:
                continue
            row = OrganizationRoleRow(
                tenant_id=self.tenant_id,
                id=rows[name].id if name in rows else random.standard_id(),
                name=name,
                description=wanted.get("description"),
                type=wanted.get("type", "User"),
            )
            if name not in rows:
                await organization_roles.create(self.tx, row)
            elif rows[name].type == row.type:
                await organization_roles.update(self.tx, row)
            else:
                raise BrokenConfiguration(
                    "organization-roles.yaml", 1, f"the type of {name!r} cannot be changed"
                )

    async def _settings(self) -> None:
        for name in self.before.settings.keys() - self.after.settings.keys():
            await tenant_settings.delete(self.tx, self.tenant_id, name)
        for name, wanted in self.after.settings.items():
            value = put_secrets(wanted, self.after.secrets)
            sealed = None
            if name == SettingName.CAPTCHA_PROVIDER:
                secret = value.pop("secretKey").encode()
                sealed = self.world.keyring.seal(secret, captcha_context(self.tenant_id))
            await tenant_settings.put(self.tx, self.tenant_id, name, Setting(value, sealed))

    async def _experience(self) -> None:
        """Through the rules, with the connectors and languages as they are by now."""
        stored = await experience.get(self.tx, self.tenant_id)
        shape = SignInExperienceUpdate.model_validate(dict(self.after.experience))
        wanted = shape.changes()
        around = await surroundings(self.tx, self.tenant_id)
        now = self.world.clock.now()
        # All of it, also what is the same: a connector may have gone that it needs.
        kept = accepted(wanted, record(self.tenant_id, stored), around, now)
        await experience.put(self.tx, self.tenant_id, json.dumps(kept, ensure_ascii=False))
