"""A backend proves that an address or a number is somebody's: send a code, then redeem it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.errors import ValueTooLong
from carteiro.flows.guards.networks import wrong_tries_of
from carteiro.flows.guards.tries import counting_a_try
from carteiro.flows.world import World
from carteiro.languages.negotiate import LanguageDecision, negotiate
from carteiro.model.actor import OPERATOR, Actor
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Recipient
from carteiro.model.origin import Origin
from carteiro.model.phones import parse_phone
from carteiro.verification.identity import Identity
from carteiro.verification.issue import issue
from carteiro.verification.redeem import redeem

_MAX_ADDRESS = 128
"""The wire's limit for an address (management API §3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is to prove what, and the language that the caller names for them.

    ``email`` or ``phone``: the address counts where both are there.
    """

    email: str | None = None
    phone: str | None = None
    type: TemplateType = TemplateType.GENERIC
    locale: str | None = None
    ui_locales: str | None = None
    organization_id: str | None = None
    application_id: str | None = None
    """For which application; where nothing is said, for the one that asks."""
    by: Actor = OPERATOR

    @property
    def origin(self) -> Origin:
        """What the mail is sent for."""
        return Origin(
            organization_id=self.organization_id,
            application_id=self.application_id or self.by.application_id,
        )


async def send_code(world: World, tenant_id: str, asked: Asked) -> None:
    """Send a fresh code; it replaces an older one for the same address or number.

    The code is stored although its mail cannot be sent, so that a wrong try is told the same
    whatever became of the mail; only who may not ask at all (``MessageRateLimited``) has none.

    Raises ``InvalidAddress``, ``ValueTooLong``, ``ConnectorNotFound``, ``TemplateNotFound``,
    ``MessageRateLimited``, ``RecipientSuppressed`` or, in ``direct`` mode, the connector's error.
    """
    recipient = _recipient(asked.email, asked.phone)
    workspace = await world.workspaces.of(tenant_id)
    decision = _language(workspace, asked)
    now = world.clock.now()
    message_id = secrets.timed_id(now)
    identity = Identity(tenant_id=tenant_id, type=asked.type, recipient=recipient)
    policy = workspace.code_policy
    issued = issue(identity, keys=world.keyring, now=now, message_id=message_id, policy=policy)
    payload = _payload(issued.code, asked, decision)
    await world.dispatcher.deliver(
        workspace,
        Order(
            id=message_id,
            to=recipient,
            recipient_hash=issued.recipient_hash,
            type=asked.type,
            payload=payload,
            variables=policy.variables(now),
            decision=decision,
            created_at=now,
            expires_at=policy.expires_at(now),
            about=issued.subject,
            limit=world.code_limit,
            network=asked.by.person_ip,
            by=asked.by,
            with_=(issued.store,),
            keeps=True,
            origin=asked.origin,
        ),
    )


async def redeem_code(
    world: World,
    tenant_id: str,
    typed: str,
    *,
    email: str | None = None,
    phone: str | None = None,
    kind: TemplateType = TemplateType.GENERIC,
    by: Actor = OPERATOR,
) -> None:
    """Redeem the code that was sent there. Raises a ``VerificationError``."""
    workspace = await world.workspaces.of(tenant_id)
    identity = Identity(tenant_id=tenant_id, type=kind, recipient=_recipient(email, phone))
    with counting_a_try(world):
        await redeem(
            identity,
            typed,
            database=world.database,
            keys=world.keyring,
            clock=world.clock,
            policy=workspace.code_policy,
            by=by,
            network=wrong_tries_of(world, workspace, by.person_ip),
        )


def _recipient(email: str | None, phone: str | None) -> Recipient:
    if email is None:
        return parse_phone(phone or "")
    if len(email) > _MAX_ADDRESS:
        raise ValueTooLong(f"An email address has at most {_MAX_ADDRESS} characters.")
    return parse_address(email)


def _language(workspace: Workspace, asked: Asked) -> LanguageDecision:
    return negotiate(
        explicit=asked.locale,
        ui_locales=asked.ui_locales,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=workspace.auto_detect,
    )


def _payload(code: str, asked: Asked, decision: LanguageDecision) -> dict[str, Any]:
    """The code, and the language where the caller named one, as on the wire."""
    locale = asked.locale
    if locale is None and asked.ui_locales is not None:
        locale = decision.tag
    payload = {"code": code, "locale": locale, "uiLocales": asked.ui_locales}
    return {name: value for name, value in payload.items() if value is not None}
