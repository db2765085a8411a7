"""An operator sends one message by hand, on the path that every flow takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro import secrets
from carteiro.delivery.dispatch import Order
from carteiro.delivery.gates.buckets import SendLimit
from carteiro.flows.world import World
from carteiro.languages.negotiate import negotiate
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import NOTICES, TemplateType, WayOn, way_on
from carteiro.model.message import Receipt
from carteiro.model.origin import NOWHERE, Origin
from carteiro.verification.identity import recipient_hash
from carteiro.verification.policy import CodePolicy, draw

_ACTION = "MessageSend"
_EXAMPLE_LINK = "https://example.com/join"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to send to whom; without a ``code`` or ``link`` of its own it shows a made-up one."""

    to: str
    type: TemplateType
    locale: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it; without a ``receipt`` it is queued."""

    id: str
    language: str
    receipt: Receipt | None


async def send_message(world: World, tenant_id: str, letter: Letter) -> Sent:
    """Compose, store and hand over. Raises what ``verify_address.send_code`` raises."""
    address = parse_address(letter.to)
    workspace = await world.workspaces.of(tenant_id)
    decision = negotiate(
        explicit=letter.locale,
        library=workspace.library,
        fallback=workspace.fallback_language,
        auto_detect=False,
    )
    now = world.clock.now()
    id_ = secrets.timed_id(now)
    payload: dict[str, Any] = {**_made_up(letter, workspace.code_policy), **letter.variables}
    if letter.locale is not None:
        payload["locale"] = letter.locale
    receipt = await world.dispatcher.deliver(
        workspace,
        Order(
            id=id_,
            to=address,
            recipient_hash=recipient_hash(world.keyring, tenant_id, address),
            type=letter.type,
            payload=payload,
            variables=workspace.code_policy.variables(now),
            decision=decision,
            created_at=now,
            expires_at=None,
            limit=SendLimit(
                action=_ACTION, sends=world.code_limit.sends, window=world.code_limit.window
            ),
            origin=letter.origin,
        ),
    )
    return Sent(id=id_, language=decision.tag, receipt=receipt)


def _made_up(letter: Letter, policy: CodePolicy) -> dict[str, str]:
    if letter.type in NOTICES:
        return {}
    if way_on(letter.type) is WayOn.LINK:
        return {WayOn.LINK.value: _EXAMPLE_LINK}
    return {} if WayOn.LINK in letter.variables else {WayOn.CODE.value: draw(policy)}
