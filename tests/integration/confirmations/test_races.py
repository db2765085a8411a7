"""One confirmation, one statement, one use: whatever happens at once or breaks in between."""

from __future__ import annotations

import asyncio

import pytest

from carteiro.errors import StatementSpent
from carteiro.flows.backend import confirmed
from carteiro.flows.operate.keys.signing import rotate_signing_key
from carteiro.model.actor import OPERATOR
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from confirm_parts import Bank, code_of
from round_trip_parts import here, watch
from sign_in_parts import ISSUER, T


async def test_a_code_that_is_typed_many_times_at_once_is_redeemed_once(bank: Bank) -> None:
    id_, code = await bank.asked()

    answers = await asyncio.gather(*(bank.redeem(id_, code) for _ in range(12)))

    assert [answer.status_code for answer in answers].count(200) == 1
    lost = {code_of(answer) for answer in answers if answer.status_code != 200}
    assert lost <= {(400, "verification_code.not_found"), (422, "confirmation.spent")}
    assert code_of(await bank.redeem(id_, code)) == (422, "confirmation.spent")
    assert code_of(await bank.call(f"/{id_}/code", {})) == (422, "confirmation.spent")


async def test_a_statement_is_used_once_by_whichever_process(
    bank: Bank, settings: Settings
) -> None:
    statement = await bank.stated()

    async with open_world(settings, bank.clock) as other:

        async def use(world: object) -> str | None:
            try:
                await confirmed.spend_statement(
                    world,  # type: ignore[arg-type]
                    T,
                    statement,
                    issuer=ISSUER,
                    application_id="bank",
                    by=OPERATOR,
                )
            except StatementSpent:
                return "spent"
            return "used"

        ends = await asyncio.gather(*(use(world) for world in (bank.world, other) * 6))

    assert sorted(ends) == ["spent"] * 11 + ["used"]
    assert code_of(await bank.use(statement)) == (422, "confirmation.statement_spent")


async def test_a_statement_of_a_key_that_another_process_has_just_made_is_used(
    bank: Bank, settings: Settings
) -> None:
    async with open_world(settings, bank.clock) as other:
        await other.signing_keys.of(T)
        bank.clock.advance(10)
        await rotate_signing_key(bank.world, T, compromised=True)
        bank.world.signing_keys.forget()
        statement = await bank.stated()

        used = await confirmed.spend_statement(
            other, T, statement, issuer=ISSUER, application_id="bank", by=OPERATOR
        )

    assert used.user_id == "ann"


async def test_what_is_lost_between_redeeming_and_answering_is_confirmed_by_nobody(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, code = await bank.asked()

    def dies(*_: object, **__: object) -> str:
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as patched:
        # The very moment between the commit and the answer has no other door.
        patched.setattr(confirmed, "sign_statement", dies)
        assert (await bank.redeem(id_, code)).status_code == 500

    assert code_of(await bank.redeem(id_, code)) == (422, "confirmation.spent")
    assert await bank.stated()


async def test_what_cannot_be_mailed_is_told_at_once_and_names_nothing_to_confirm(
    bank: Bank,
) -> None:
    bank.sink.behaviour.data = lambda: "554 5.7.1 no"

    answer = await bank.ask()

    assert answer.status_code == 400
    assert answer.json()["code"].startswith("connector.")
    assert "id" not in answer.json()


@pytest.mark.usefixtures("unheard")
async def test_confirming_asks_the_database_seldom(
    bank: Bank, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not settings.database_url.startswith("postgres"):
        pytest.skip("a round trip is PostgreSQL's")
    id_, code = await bank.asked()
    by_token = {"token": True, "applicationId": "bank"}
    seen = watch(monkeypatch)

    with here():
        statement = (await bank.redeem(id_, code, **by_token)).json()["statement"]
        redeeming = [*seen]
        seen.clear()
        await bank.use(statement, **by_token)
        using = [*seen]
        seen.clear()
        await bank.ask("bob", **by_token)

    assert redeeming == [
        "confirmations.find",
        "codes.find",
        "codes.consume+oidc_tokens.consume+logs.add+logs.add",
    ]
    assert using == ["oidc_tokens.create+logs.add"]
    assert seen[0] == "users.get?applications.get?applications.sign_in_experience"
    assert len(seen) <= 3
