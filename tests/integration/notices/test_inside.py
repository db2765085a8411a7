"""What people are told of what they, or somebody with their token, change inside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from account_parts import NEW, PHONE, House, Person, opened_house
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from door_parts import ANA, GOOD_PASSWORD
from notice_parts import notices_sent, told

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def house(settings: Settings, clock: FrozenClock) -> AsyncIterator[House]:
    async with opened_house(settings, clock) as opened:
        yield opened


async def identified(ana: Person) -> str:
    body = {"password": GOOD_PASSWORD}
    answer = await ana.call("POST", "/verifications/password", body)
    assert answer.status_code == 201, answer.text
    proof: str = answer.json()["verificationRecordId"]
    return proof


async def test_a_new_password_is_told_in_the_browsers_language_with_its_device(
    house: House,
) -> None:
    ana = await house.ana()
    ana.headers = {"User-Agent": FIREFOX, "Accept-Language": "pt-PT"}

    body = {"password": "another-Horse8-battery"}
    answer = await ana.call("POST", "/my-account/password", body, proof=await identified(ana))

    assert answer.status_code == 204, answer.text
    (mail,) = await notices_sent(house.door)
    assert (mail.type.value, str(mail.to)) == ("PasswordChanged", ANA)
    assert mail.content is not None
    assert mail.content.subject == "A sua palavra-passe foi alterada"
    assert "Firefox, Linux" in mail.content.text


async def test_a_new_address_is_told_to_both(house: House) -> None:
    ana = await house.enter(await house.person(username="ana"))
    own = await identified(ana)
    new = await house.proven(ana, NEW)

    body = {"email": NEW, "newIdentifierVerificationRecordId": new}
    changed = await ana.call("POST", "/my-account/primary-email", body, proof=own)

    assert changed.status_code == 204, changed.text
    assert await told(house.door) == [("EmailChanged", ANA), ("EmailChanged", NEW)]


async def test_a_removed_number_and_a_factor_are_told(house: House) -> None:
    ana = await house.enter(await house.person(username="ana", primary_phone=PHONE))
    own = await identified(ana)

    await ana.call("DELETE", "/my-account/primary-phone", proof=own)
    await ana.call("PATCH", "/my-account/mfa-settings", {"skipMfaOnSignIn": True}, proof=own)
    await ana.call("PATCH", "/my-account", {"name": "Ana"})

    assert await told(house.door) == [("MfaChanged", ANA), ("PhoneChanged", ANA)]


async def test_an_ended_session_is_told(house: House) -> None:
    row = await house.person()
    ana, other = await house.enter(row), await house.enter(row)
    own = await identified(ana)

    ended = await ana.call("DELETE", f"/my-account/sessions/{other.session_uid}", proof=own)

    assert ended.status_code == 204, ended.text
    assert await told(house.door) == [("SessionsEnded", ANA)]
