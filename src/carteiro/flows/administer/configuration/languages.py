"""A configuration that brings languages is told, or held back for, what they lack."""

from __future__ import annotations

from carteiro.connectors.contract import Connector
from carteiro.delivery.coverage import Coverage, coverage, found_for
from carteiro.delivery.workspaces.workspace import source_of
from carteiro.directory.settings.experience_record import record
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import CarteiroError
from carteiro.flows.administer.configuration.snapshot import Snapshot, put_secrets
from carteiro.flows.administer.mail.completeness import judged
from carteiro.flows.world import World
from carteiro.templates.choose import TemplateIndex


async def language_warnings(
    world: World, tenant_id: str, before: Snapshot, after: Snapshot
) -> tuple[str, ...]:
    """What the languages lack that go live with it, by the templates and the connector after it.

    Raises ``LanguageIncomplete`` where the configuration wants no such language.
    """
    live = after.languages.keys() - before.languages.keys()
    fallback = _fallback(tenant_id, after)
    if fallback != _fallback(tenant_id, before):
        live |= {fallback}
    connector = _connector(world, after) if live else None
    if connector is None:
        return ()
    try:
        seen = [_coverage(tag, fallback, connector, after) for tag in sorted(live)]
    finally:
        await connector.close()
    delivery = after.settings.get(SettingName.DELIVERY)
    return tuple(said for one in seen if (said := judged(one, delivery)))


def _fallback(tenant_id: str, snapshot: Snapshot) -> str:
    tag: str = record(tenant_id, snapshot.experience)["languageInfo"]["fallbackLanguage"]
    return tag


def _connector(world: World, snapshot: Snapshot) -> Connector | None:
    wanted = snapshot.connectors.get("email")
    if wanted is None:
        return None
    try:
        config = put_secrets(wanted["config"], snapshot.secrets)
        return world.registry.open(wanted["connectorId"], config, world.services)
    except CarteiroError:
        return None


def _coverage(tag: str, fallback: str, connector: Connector, snapshot: Snapshot) -> Coverage:
    keys = {f"{language}/{kind}": (language, kind) for language, kind in snapshot.templates}
    found = found_for(TemplateIndex((id_, *key) for id_, key in keys.items()), tag, fallback)
    sources = {one.id: source_of(snapshot.templates[keys[one.id]]) for one in found.values()}
    return coverage(tag, fallback=fallback, connector=connector, found=found, sources=sources)
