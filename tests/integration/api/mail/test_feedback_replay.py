"""What a provider signed counts for what it came with, and once."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

import httpx
import pytest

from carteiro.runtime.maintenance import tidy
from carteiro.storage.drivers.statements import Statement
from provider_parts import documented

KEY = "key-0123456789abcdef"
DAY = 86_400_000
COUNT = Statement.of("test.proofs", "SELECT COUNT(*) AS n FROM feedback_proofs")


@pytest.fixture
async def mailgun(client: httpx.AsyncClient) -> Any:
    body = {"connectorId": "mailgun-email", "id": "mg", "config": documented("mailgun-email")}
    assert (await client.post("/api/connectors", json=body)).status_code == 200
    answer = await client.put("/api/connectors/mg/feedback", json={"signingKey": KEY})
    assert answer.status_code == 200, answer.text
    return client


def event(reason: str = "bounce", message: str = "5.1.1 no such user", **more: Any) -> Any:
    return {
        "id": secrets.token_hex(8),
        "event": "failed",
        "severity": "permanent",
        "reason": reason,
        "recipient": "ana@example.com",
        "delivery-status": {"code": 550, "message": message},
        **more,
    }


def signature(now: int) -> dict[str, str]:
    stamp, token = str(now // 1000), secrets.token_hex(25)
    digest = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    return {"timestamp": stamp, "token": token, "signature": digest}


async def tell(client: httpx.AsyncClient, signed: dict[str, str], data: Any) -> httpx.Response:
    return await client.post(
        "/api/provider-events/mg", json={"signature": signed, "event-data": data}
    )


async def suppressed(client: httpx.AsyncClient) -> list[str]:
    return [entry["recipient"] for entry in (await client.get("/api/suppressions")).json()]


async def test_a_seen_signature_with_another_event_is_refused(
    mailgun: httpx.AsyncClient, app: Any
) -> None:
    signed, told = signature(app.state.world.clock.now()), event("generic", "5.7.1 blocked")
    first = await tell(mailgun, signed, told)
    again = await tell(mailgun, signed, dict(reversed(told.items())))

    forged = await tell(mailgun, signed, event())

    assert (first.status_code, again.status_code) == (204, 204)
    assert (forged.status_code, forged.json()["code"]) == (401, "feedback.signature_invalid")
    assert await suppressed(mailgun) == []


async def test_another_signature_brings_another_event(mailgun: httpx.AsyncClient, app: Any) -> None:
    now = app.state.world.clock.now()
    await tell(mailgun, signature(now), event("generic", "5.7.1 blocked"))

    await tell(mailgun, signature(now), event())

    assert await suppressed(mailgun) == ["ana@example.com"]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("espblock", "5.7.1 IP on blocklist"),
        ("generic", "5.7.26 unauthenticated"),
        ("bounce", "5.2.2 over quota"),
        ("suppress-unsubscribe", ""),
    ],
)
async def test_a_block_of_our_server_shuts_nobody_out(
    mailgun: httpx.AsyncClient, app: Any, reason: str, message: str
) -> None:
    answer = await tell(mailgun, signature(app.state.world.clock.now()), event(reason, message))

    assert answer.status_code == 204
    assert await suppressed(mailgun) == []


async def test_a_signature_is_kept_for_as_long_as_it_could_come_again(
    mailgun: httpx.AsyncClient, app: Any
) -> None:
    world = app.state.world

    async def kept() -> int:
        row = await world.database.read(lambda tx: tx.one(COUNT))
        return int(row["n"])

    await tell(mailgun, signature(world.clock.now()), event())
    await tidy(world)
    fresh = await kept()
    old = Statement.of(
        "test.age", f"UPDATE feedback_proofs SET seen_at = seen_at - {5 * DAY} RETURNING 1"
    )
    await world.database.write(lambda tx: tx.all(old))
    await tidy(world)

    assert (fresh, await kept()) == (1, 0)


async def test_what_cannot_be_read_is_no_proof(mailgun: httpx.AsyncClient) -> None:
    for body in (b"", b"[]", b'{"signature": 1}', b"[" * 100_000, json.dumps({}).encode()):
        answer = await mailgun.post("/api/provider-events/mg", content=body)
        assert answer.status_code in {400, 401, 422}
