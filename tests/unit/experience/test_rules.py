"""The rules at the door without web and database: the record, what is asked, which mail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.errors import InteractionNotFound, InvalidInput, MissingProfile, ProofNotVerified
from carteiro.experience.identify import is_invited, is_invited_to_prove, require_person
from carteiro.experience.profile import (
    completed,
    missing_profile,
    profile_of,
    require_profile,
    with_email,
    with_extra,
)
from carteiro.experience.proofs import Identifier, IdentifierType, Proof, ProofType
from carteiro.experience.record import (
    Captcha,
    InteractionEvent,
    InteractionRecord,
    PendingMfa,
    PendingProfile,
)
from carteiro.experience.sending import may_be_suppressed, template_of
from carteiro.storage.people.users import UserRow

from .conftest import settings

SIGN_IN, REGISTER, RESET = InteractionEvent
TEXT = st.text(max_size=8)
MAYBE = st.none() | TEXT
PROOFS = st.builds(
    Proof,
    id=TEXT,
    type=st.sampled_from(ProofType),
    identifier=st.builds(Identifier, st.sampled_from(IdentifierType), TEXT),
    verified=st.booleans(),
    template=MAYBE,
    digest=MAYBE,
    algorithm=MAYBE,
    context=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    holder=MAYBE,
)
RECORDS = st.builds(
    InteractionRecord,
    event=st.sampled_from(InteractionEvent),
    user_id=MAYBE,
    registered=st.booleans(),
    profile=st.builds(
        PendingProfile,
        username=MAYBE,
        primary_email=MAYBE,
        digest=MAYBE,
        custom_data=st.none() | st.dictionaries(TEXT, TEXT, min_size=1, max_size=2),
        jit_organization_ids=st.lists(TEXT, max_size=2).map(tuple),
        submitted=st.booleans(),
    ),
    mfa=st.builds(PendingMfa, enabled=st.booleans(), suggestion_skipped=st.booleans()),
    proofs=st.lists(PROOFS, max_size=3, unique_by=lambda one: one.type).map(tuple),
    captcha=st.builds(Captcha, verified=st.booleans()),
    submitted=st.booleans(),
    compared=st.integers(0, 9),
)
USER = UserRow(tenant_id="default", id="ana", created_at=0, updated_at=0)


def proof(kind: ProofType, value: str = "a@b.co", **more: Any) -> Proof:
    identifier = Identifier(IdentifierType.EMAIL, value)
    return Proof(id=f"{kind}-{value}", type=kind, identifier=identifier, **more)


@given(RECORDS)
def test_a_record_reads_as_it_was_written(record: InteractionRecord) -> None:
    assert InteractionRecord.from_wire(record.to_wire()) == record


@given(RECORDS)
def test_nothing_secret_of_a_record_is_shown(record: InteractionRecord) -> None:
    shown = record.shown()

    assert not {"registered", "submitted"} & shown.keys()
    assert "passwordEncrypted" not in str(shown)
    assert "holder" not in [key for one in shown["verificationRecords"] for key in one]
    assert shown.get("mfa", {"mfaEnabled": True}) == {"mfaEnabled": True}


@pytest.mark.parametrize("stored", [None, {}, [], "x", {"interactionEvent": "Other"}], ids=repr)
def test_what_is_no_record_is_an_interaction_that_was_not_begun(stored: Any) -> None:
    with pytest.raises(InteractionNotFound):
        InteractionRecord.from_wire(stored)


def test_of_one_type_the_newest_proof_is_kept_and_stands_last() -> None:
    older, other = proof(ProofType.EMAIL_CODE), proof(ProofType.PASSWORD)
    newer = replace(proof(ProofType.EMAIL_CODE), id="newer")
    record = InteractionRecord(event=SIGN_IN)

    record = record.with_new(older).with_new(other).with_new(newer)

    assert record.proofs == (other, newer)
    assert record.with_changed(replace(other, verified=True)).proofs[0].verified


def asked(identifiers: list[str], *secondary: str, password: bool = False) -> list[str]:
    sign_up = {
        "identifiers": identifiers,
        "password": password,
        "verify": True,
        "secondaryIdentifiers": [{"identifier": name} for name in secondary],
    }
    door = settings(signUp=sign_up)
    return [one.value for one in missing_profile(PendingProfile(), None, door, registers=True)]


@pytest.mark.parametrize(
    ("identifiers", "secondary", "password", "missing"),
    [
        ([], (), False, []),
        (["username"], (), True, ["username", "password"]),
        (["username", "email", "phone"], (), False, ["username"]),
        (["email", "phone"], (), False, ["emailOrPhone"]),
        (["phone"], ("email",), True, ["phone", "email", "password"]),
        (["username"], ("emailOrPhone",), False, ["username", "emailOrPhone"]),
    ],
)
def test_the_mandatory_profile(
    identifiers: list[str], secondary: tuple[str, ...], missing: list[str], *, password: bool
) -> None:
    assert asked(identifiers, *secondary, password=password) == missing


def test_what_the_account_or_the_interaction_has_is_not_missing() -> None:
    door = settings(signUp={"identifiers": ["email", "phone"], "password": True, "verify": True})
    has_both = replace(USER, primary_phone="351912345678", password_encrypted="x")

    assert missing_profile(PendingProfile(), has_both, door, registers=False) == []
    pending = PendingProfile(primary_email="a@b.co", digest="x")
    assert missing_profile(pending, USER, door, registers=False) == []


def test_extra_fields_are_asked_for_once_and_last() -> None:
    door = settings(
        signUp={"identifiers": ["email"], "password": False, "verify": True},
        signUpProfileFields=[{"name": "team"}],
    )
    known = PendingProfile(primary_email="a@b.co")

    with pytest.raises(MissingProfile) as found:
        require_profile(known, None, door, registers=True)
    assert found.value.data == {"missingProfile": ["extraProfile"]}
    assert missing_profile(PendingProfile(), None, door, registers=True) == ["email"]
    given = with_extra(known, {"team": "red"}, door.extra_fields)
    require_profile(given, None, door, registers=True)
    require_profile(known, None, door, registers=False)


def test_extra_fields_go_where_the_account_keeps_them() -> None:
    values = {"name": "Ana", "givenName": "A", "team": "red", "address": {"country": "PT"}}

    row = completed(USER, with_extra(PendingProfile(), values, values.keys()))

    assert row.name == "Ana"
    assert row.profile == '{"givenName": "A", "address": {"country": "PT"}}'
    assert row.custom_data == '{"team": "red"}'


def test_extra_fields_replace_nothing_that_the_account_has() -> None:
    values = {"name": "Bo", "givenName": "B", "nickname": "bo", "plan": "paid", "team": "red"}
    held = {"name": "Ana", "profile": '{"givenName": "A"}', "custom_data": '{"plan": "free"}'}

    row = completed(replace(USER, **held), with_extra(PendingProfile(), values, values.keys()))

    assert row.name == "Ana"
    assert json.loads(row.profile) == {"givenName": "A", "nickname": "bo"}
    assert json.loads(row.custom_data) == {"plan": "free", "team": "red"}


def test_nobody_gives_what_the_tenant_has_not_asked_for() -> None:
    asked = settings(signUpProfileFields=[{"name": "fullname"}, {"name": "team"}]).extra_fields

    with pytest.raises(InvalidInput) as found:
        with_extra(PendingProfile(), {"team": "red", "plan": "paid"}, asked)

    assert found.value.data["issues"][0]["keys"] == ["plan"]
    assert with_extra(PendingProfile(), {"team": "red", "familyName": "S"}, asked).submitted


@pytest.mark.parametrize("event", [*InteractionEvent])
@pytest.mark.parametrize("known", [False, True])
def test_which_mail_a_code_goes_out_with(event: InteractionEvent, *, known: bool) -> None:
    record = InteractionRecord(event=SIGN_IN, user_id="ana" if known else None)
    by_mail = settings(signUp={"identifiers": ["email"], "password": False, "verify": True})
    by_name = settings()
    either = settings(
        signUp={
            "identifiers": ["username"],
            "password": True,
            "verify": True,
            "secondaryIdentifiers": [{"identifier": "emailOrPhone"}],
        }
    )

    assert template_of(record, event, IdentifierType.EMAIL, by_mail) == event.value
    assert template_of(record, event, IdentifierType.PHONE, either) == event.value
    bound = "BindMfa" if known else event.value
    assert template_of(record, event, IdentifierType.EMAIL, by_name) == bound


@pytest.mark.parametrize(
    ("event", "mode", "known", "suppressed"),
    [
        (RESET, "SignInAndRegister", False, True),
        (RESET, "SignInAndRegister", True, True),
        (SIGN_IN, "SignIn", False, True),
        (SIGN_IN, "SignIn", True, False),
        (SIGN_IN, "SignInAndRegister", False, False),
        (REGISTER, "SignIn", False, True),
        (REGISTER, "SignIn", True, False),
        (REGISTER, "Register", False, False),
        (REGISTER, "SignInAndRegister", False, False),
    ],
)
def test_when_a_mail_to_nobody_is_not_sent(
    event: InteractionEvent, mode: str, *, known: bool, suppressed: bool
) -> None:
    record = InteractionRecord(event=event, user_id="ana" if known else None)
    door = settings(signInMode=mode)

    assert may_be_suppressed(record, event, door, invited=False) is suppressed


def test_whoever_was_sent_a_link_gets_a_code_where_nobody_registers() -> None:
    door, record = settings(signInMode="SignIn"), InteractionRecord(event=REGISTER)

    assert not may_be_suppressed(record, REGISTER, door, invited=True)
    assert may_be_suppressed(record, SIGN_IN, door, invited=True)


def test_a_link_speaks_for_its_own_address_and_the_number_beside_it() -> None:
    link = proof(ProofType.ONE_TIME_TOKEN, "ana@b.co", verified=True)
    record = InteractionRecord(event=REGISTER).with_new(link)
    own, other = (Identifier(IdentifierType.EMAIL, value) for value in ("ANA@b.co", "bo@b.co"))
    number = Identifier(IdentifierType.PHONE, "351912345678")
    begun = replace(record, profile=PendingProfile(primary_email="ana@b.co"))

    assert is_invited_to_prove(record, own)
    assert not is_invited_to_prove(record, other)
    assert not is_invited_to_prove(record, number)
    assert is_invited_to_prove(begun, number)
    assert not is_invited(record.with_new(replace(link, verified=False)), "ana@b.co")


def test_what_a_link_brings_goes_with_its_address() -> None:
    link = proof(
        ProofType.ONE_TIME_TOKEN,
        "ana@b.co",
        verified=True,
        context={"jitOrganizationIds": ["one"]},
    )
    pending = profile_of(link, PendingProfile())

    assert pending.jit_organization_ids == ("one",)
    assert with_email(pending, "Ana@B.co").jit_organization_ids == ("one",)
    assert with_email(pending, "bo@b.co").jit_organization_ids == ()


def test_an_address_that_no_account_keeps_is_refused() -> None:
    longest = "a" * 60 + "@" + "b" * 62 + ".co.u"

    assert with_email(PendingProfile(), longest).primary_email == longest
    with pytest.raises(InvalidInput):
        with_email(PendingProfile(), f"a{longest}")


def test_a_password_proves_only_whose_it_was() -> None:
    record = InteractionRecord(event=SIGN_IN)
    by_password = proof(ProofType.PASSWORD, verified=True, holder="bo")

    with pytest.raises(ProofNotVerified):
        require_person(record, by_password, USER)
    assert require_person(record, replace(by_password, holder="ana"), USER) is USER
