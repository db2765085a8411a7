"""What the tests of keys are made of: settings with named keys, and a value in every sealed place."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import SecretStr

from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.delivery.hands.parcel import open_parcel
from carteiro.delivery.workspaces.signing import open_key
from carteiro.errors import RecipientSuppressed
from carteiro.flows.administer.access.applications import create_application, reveal_credentials
from carteiro.flows.administer.mail.config_revisions import (
    get_config_revision,
    publish_config_draft,
    restore_config,
    save_config_draft,
)
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    list_connectors,
)
from carteiro.flows.administer.mail.dkim_keys import KeyName, list_keys, make_key, use_key
from carteiro.flows.administer.mail.fallbacks import (
    create_fallback,
    find_reserved,
    list_fallbacks,
)
from carteiro.flows.administer.mail.publishing import FIRST, FURTHER, RESERVED
from carteiro.flows.administer.mail.suppressions import get_suppression, suppress
from carteiro.flows.administer.tenant.hooks import NewHook, create_hook, list_hooks
from carteiro.flows.administer.tenant.settings import (
    get_captcha_provider,
    put_captcha_provider,
    update_delivery,
)
from carteiro.flows.backend.verify_address import Asked, send_code
from carteiro.flows.operate.feedback import get_feedback, put_feedback
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.page import Page
from carteiro.settings import Settings
from carteiro.storage.drivers.statements import Statement
from carteiro.storage.mail import messages

T = "default"
ENDPOINT = {"endpoint": "http://127.0.0.1:9/"}
EVENTS = {"secret": "whsec_" + base64.b64encode(b"e" * 24).decode()}
CAPTCHA = {"type": "Turnstile", "siteKey": "s", "secretKey": "captcha-secret"}
_MESSAGES = Statement.of("test.ids", "SELECT id FROM messages WHERE state = 'queued'")


def key(name: str, letter: str | None = None) -> str:
    """A key as the settings take it; another letter is another key."""
    material = (letter or name[0]).encode() * 32
    return f"{name}:{base64.b64encode(material).decode()}"


def with_keys(settings: Settings, *entries: str) -> Settings:
    """The same deployment with these keys, newest first."""
    return settings.model_copy(update={"secret_keys": SecretStr(",".join(entries))})


async def fill(world: World, messages: int = 1) -> None:
    """Seal something in every place, and let look-up hashes find something."""
    await create_application(world, T, name="Backend", is_admin=True)
    await world.signing_keys.of(T)
    made = await create_connector(
        world, T, NewConnector(connector_id="http-email", config=ENDPOINT)
    )
    made_key = await make_key(world, T, domain="e.com", algorithm=KeyAlgorithm.ED25519)
    name = KeyName(domain="e.com", selector=made_key.selector)
    await use_key(world, T, name, unseen=True)
    further = await create_fallback(world, T, "http-email", ENDPOINT, limits={})
    kept = await create_fallback(world, T, "http-email", ENDPOINT, limits={}, reserved=True)
    lines = (FIRST, made.row.id), (FURTHER, further.row.id), (RESERVED, kept.row.id)
    for line, id_ in lines:
        await save_config_draft(world, line, T, id_, {**ENDPOINT, "authorization": "second"})
        await publish_config_draft(world, line, T, id_)
        await restore_config(world, line, T, id_, 1)
        await save_config_draft(world, line, T, id_, {**ENDPOINT, "authorization": "drafted"})
    await put_feedback(world, T, made.row.id, EVENTS)
    await create_hook(world, T, NewHook(name="h", events=["User.Created"], config={"url": "u"}))
    await put_captcha_provider(world, T, CAPTCHA)
    await suppress(world, T, "gone@example.com", note=None, expires_at=None)
    await update_delivery(world, T, {"mode": "queued"})
    for number in range(messages):
        await send_code(world, T, Asked(email=f"person{number}@example.com"))


async def read_all(world: World) -> dict[str, Any]:
    """Everything that ``fill`` sealed, in clear; what cannot be opened raises."""
    [connector] = await list_connectors(world, T)
    [further] = await list_fallbacks(world, T)
    [reserved] = (await find_reserved(world, T, Page(1, 20))).rows
    lines = (FIRST, connector.row.id), (FURTHER, further.row.id), (RESERVED, reserved.row.id)
    [hook] = (await list_hooks(world, T, None)).rows
    credentials = await reveal_credentials(world, T, "Backend")
    keys = await world.signing_keys.of(T)
    assert credentials is not None

    async def waiting(tx: Any) -> list[Any]:
        found = await tx.all(_MESSAGES)
        return [await messages.get(tx, T, row["id"]) for row in found]

    parcels = [open_parcel(world.keyring, row) for row in await world.database.read(waiting)]
    return {
        "connector": connector.config,
        "further": further.config,
        "reserved": reserved.config,
        "revisions": [
            (await get_config_revision(world, line, T, id_, number)).config
            for line, id_ in lines
            for number in range(4)
        ],
        "events": (await get_feedback(world, T, connector.row.id)).settings,
        "hook": (hook.config, hook.signing_key),
        "secret": credentials.secret,
        "signing keys": keys.jwks(),
        "signs mail": open_key(world.keyring, (await list_keys(world, T))[0]).record,
        "captcha": (await get_captcha_provider(world, T))["config"],
        "suppressed": (await get_suppression(world, T, "gone@example.com")).address,
        "messages": sorted((str(parcel.to), parcel.payload["code"]) for parcel in parcels),
        "refused": await _is_refused(world, "gone@example.com"),
    }


async def _is_refused(world: World, email: str) -> bool:
    try:
        # A code would be kept, and need the key that it is hashed with.
        await send_message(world, T, Letter(to=email, type=TemplateType.GENERIC))
    except RecipientSuppressed:
        return True
    return False
