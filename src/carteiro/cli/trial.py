"""Testing a connector from the command line, with or without a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.cli.opened import opened_world
from carteiro.connectors.contract import Connector
from carteiro.connectors.metadata import TemplateSupport
from carteiro.errors import ConnectorFactoryNotFound, TemplateNotFound
from carteiro.flows.administer.mail.trials import test_connector
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered
from carteiro.model.phones import parse_phone
from carteiro.runtime.opening import open_services
from carteiro.settings import Settings
from carteiro.templates import builtin
from carteiro.templates.compiled import compile_template
from carteiro.verification.policy import CodePolicy


async def try_connector(
    settings: Settings,
    factory_id: str,
    *,
    to: str,
    config: Mapping[str, Any],
    locale: str | None,
    tenant: str | None,
) -> str:
    """Send one test mail; the answer is a line for people. Raises the connector's error."""
    if tenant is not None:
        async with opened_world(tenant) as world:
            await test_connector(
                world,
                tenant,
                factory_id,
                email=to if "@" in to else None,
                phone=None if "@" in to else to,
                config=config,
                locale=locale,
                ip=None,
            )
        return f"{factory_id} took the test message for {to}."
    async with open_services(settings) as (registry, services):
        if not registry.has(factory_id):
            raise ConnectorFactoryNotFound(factory_id)
        connector = registry.open(factory_id, config, services)
        try:
            message = _message(connector, to, locale, services.clock.now())
            receipt = await connector.hand_over(message)
        finally:
            await connector.close()
    detail = f": {receipt.detail}" if receipt.detail else "."
    return f"{factory_id} took the test message for {to}{detail}"


def _message(connector: Connector, to: str, locale: str | None, now: int) -> Message:
    payload = {"code": "000000", **({"locale": locale} if locale else {})}
    return Message(
        id=secrets.standard_id(),
        to=parse_address(to) if "@" in to else parse_phone(to),
        type=TemplateType.GENERIC,
        payload=payload,
        created_at=now,
        content=_content(connector, locale, {**CodePolicy().variables(now), **payload}),
    )


def _content(
    connector: Connector, locale: str | None, payload: Mapping[str, Any]
) -> Rendered | None:
    match connector.capabilities.templates:
        case TemplateSupport.PROVIDER:
            return None
        case TemplateSupport.PREBUILT:
            return builtin.find(TemplateType.GENERIC, locale or "en", payload).render(payload)
        case TemplateSupport.OWN:
            source = connector.template(TemplateType.GENERIC)
            if source is None:
                raise TemplateNotFound
            return compile_template(source).render(payload)
