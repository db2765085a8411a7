"""An administrator tries a config before it is relied on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from carteiro import secrets
from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.compose import compose
from carteiro.delivery.workspaces.connections import open_row
from carteiro.errors import (
    ConnectorFactoryNotFound,
    DeliveryFailed,
    Disposition,
    UnexpectedType,
)
from carteiro.flows.administer.mail.factories import factory_of
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.masking import unmask
from carteiro.model.message import Message
from carteiro.model.phones import parse_phone

_TEST_CODE = "000000"


async def test_connector(
    world: World,
    tenant_id: str,
    factory_id: str,
    *,
    email: str | None,
    phone: str | None,
    config: Mapping[str, Any],
    locale: str | None,
    ip: str | None,
) -> None:
    """Send a ``Generic`` mail with the code ``000000`` through the given config, stored or not.

    The production path: the tenant's templates take part, nothing is recorded or limited. Where
    both are given the ``phone`` counts. Raises ``UnexpectedType`` or the connector's error.
    """
    factory = factory_of(world, factory_id, ConnectorFactoryNotFound(factory_id))
    if factory.kind is not (ConnectorType.SMS if phone is not None else ConnectorType.EMAIL):
        raise UnexpectedType
    recipient = parse_address(email or "") if phone is None else parse_phone(phone)
    workspace = await world.workspaces.of(tenant_id)
    stored = workspace.email if phone is None else workspace.sms
    if stored and stored.row.connector_id == factory_id:
        config = unmask(dict(config), open_row(world.keyring, stored.row).config)
    connector = factory(factory.parse(config), workspace.signing.given_to(world.services))
    now = world.clock.now()
    payload = {"code": _TEST_CODE, **({"locale": locale} if locale else {})}
    decision = negotiate(
        explicit=locale,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=False,
    )
    variables = workspace.code_policy.variables(now)
    try:
        letter = await compose(
            workspace,
            connector,
            TemplateType.GENERIC,
            {**variables, **payload},
            decision.for_templates,
        )
        message = Message(
            id=secrets.standard_id(),
            to=recipient,
            type=TemplateType.GENERIC,
            payload=payload,
            created_at=now,
            content=letter.content,
            ip=ip,
        )
        async with asyncio.timeout(world.send_timeout):
            await connector.hand_over(message)
    except TimeoutError:
        raise DeliveryFailed(
            f"The provider did not answer within {world.send_timeout:g} seconds.",
            disposition=Disposition.UNKNOWN,
        ) from None
    finally:
        await connector.close()
