"""The second factor as rules: asked for, offered, suggested, put off (experience API §2.10)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from carteiro.errors import (
    BackupCodeRequired,
    CarteiroError,
    MfaFactorNotEnabled,
    MfaPolicyNotUserControlled,
    MfaVerificationRequired,
    MissingMfa,
    SuggestAdditionalMfa,
    SuggestMfa,
)
from carteiro.experience.proofs import Identifier, IdentifierType, Proof, ProofType
from carteiro.experience.record import (
    InteractionEvent,
    InteractionRecord,
    PendingMfa,
    PendingProfile,
)
from carteiro.experience.second_factor import (
    address_for,
    decisions_after,
    factors_of,
    masked_identifiers,
    require_second_factor,
    require_set_up,
    require_skippable,
)
from carteiro.experience.settings import DoorSettings, Factor, MfaPolicy
from carteiro.storage.people.users import UserRow

from .conftest import settings

EMAIL, PHONE, TOTP = Factor.EMAIL_CODE, Factor.PHONE_CODE, Factor.TOTP
SIGN_IN = InteractionRecord(event=InteractionEvent.SIGN_IN, user_id="ana")
REGISTER = InteractionRecord(event=InteractionEvent.REGISTER, user_id="ana", registered=True)


def door(*factors: Factor, policy: str = "Mandatory", **changes: Any) -> DoorSettings:
    return replace(settings(), factors=factors, mfa_policy=MfaPolicy(policy), **changes)


def person(mfa: dict[str, Any] | None = None, **columns: Any) -> UserRow:
    config = {} if mfa is None else {"mfa": mfa}
    given = {"logto_config": json.dumps(config), "created_at": 0, "updated_at": 0, **columns}
    return UserRow(tenant_id="default", id="ana", **given)


def second(value: str, *, verified: bool = True) -> InteractionRecord:
    proof = Proof(
        id="p",
        type=ProofType.MFA_EMAIL_CODE,
        identifier=Identifier(IdentifierType.EMAIL, value),
        verified=verified,
    )
    return SIGN_IN.with_new(proof)


def outcome(
    record: InteractionRecord, user: UserRow, given: DoorSettings, *, organization: bool = False
) -> Any:
    try:
        return require_set_up(record, user, given, required_by_organization=organization)
    except CarteiroError as error:
        return type(error), dict(error.data) if error.data else None


def stored(*kinds: str) -> str:
    return json.dumps([{"type": kind, "createdAt": str(place)} for place, kind in enumerate(kinds)])


def test_factors_stand_in_the_order_in_which_they_are_asked_for() -> None:
    user = person(
        primary_email="a@b.co",
        primary_phone="351912345678",
        mfa_verifications=stored("BackupCode", "WebAuthn", "Totp"),
    )
    everything = door(*Factor)

    assert factors_of(user, everything) == [
        *(Factor.WEB_AUTHN, TOTP, PHONE, EMAIL),
        Factor.BACKUP_CODE,
    ]
    assert factors_of(user, door(EMAIL)) == [EMAIL]
    assert factors_of(person(), everything) == []
    pending = PendingProfile(primary_email="a@b.co")
    assert factors_of(person(), everything, pending) == [EMAIL]


@pytest.mark.parametrize(
    ("policy", "mfa", "asked"),
    [
        ("Mandatory", None, True),
        ("Mandatory", {"enabled": False}, True),
        ("Mandatory", {"skipMfaOnSignIn": True}, True),
        ("UserControlled", None, True),
        ("UserControlled", {"enabled": True}, True),
        ("UserControlled", {"enabled": False}, False),
        ("NoPrompt", {"enabled": True, "skipMfaOnSignIn": True}, False),
        ("PromptOnlyAtSignIn", {"enabled": False}, False),
        ("PromptOnlyAtSignInMandatory", {"enabled": False}, True),
    ],
)
def test_whether_a_second_factor_is_asked_for(
    policy: str, mfa: dict[str, Any] | None, *, asked: bool
) -> None:
    user, given = person(mfa, primary_email="a@b.co"), door(EMAIL, policy=policy)

    try:
        require_second_factor(SIGN_IN, user, given)
    except MfaVerificationRequired:
        assert asked
    else:
        assert not asked


def test_only_a_code_to_the_accounts_own_address_is_a_second_factor() -> None:
    user, given = person(primary_email="a@b.co"), door(EMAIL)

    for record in (second("other@b.co"), second("a@b.co", verified=False), SIGN_IN):
        with pytest.raises(MfaVerificationRequired):
            require_second_factor(record, user, given)
    require_second_factor(second("a@b.co"), user, given)
    require_second_factor(REGISTER, user, given)


def test_a_code_that_signs_in_is_no_second_factor() -> None:
    first = Proof(
        id="p",
        type=ProofType.EMAIL_CODE,
        identifier=Identifier(IdentifierType.EMAIL, "a@b.co"),
        verified=True,
    )

    with pytest.raises(MfaVerificationRequired):
        require_second_factor(SIGN_IN.with_new(first), person(primary_email="a@b.co"), door(EMAIL))


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("abcdef@b.co", "abcd****@b.co"),
        ("abcde@b.co", "abcd****@b.co"),
        ("abcd@b.co", "****@b.co"),
        ("a@b.co", "****@b.co"),
    ],
)
def test_an_address_is_shown_so_that_only_its_owner_knows_it(email: str, shown: str) -> None:
    user = person(primary_email=email, primary_phone="351912345678")

    assert masked_identifiers(user, [EMAIL, PHONE, TOTP]) == {
        "EmailVerificationCode": shown,
        "PhoneVerificationCode": "****5678",
    }


@pytest.mark.parametrize("factors", [(), (PHONE,)], ids=["none", "another"])
def test_a_factor_that_is_not_enabled_gets_no_code(factors: tuple[Factor, ...]) -> None:
    with pytest.raises(MfaFactorNotEnabled):
        address_for(person(primary_email="a@b.co"), IdentifierType.EMAIL, door(*factors))


def test_an_account_without_an_address_gets_no_code() -> None:
    with pytest.raises(MfaFactorNotEnabled):
        address_for(person(), IdentifierType.EMAIL, door(EMAIL))


@pytest.mark.parametrize("policy", [*MfaPolicy])
def test_who_may_do_without(policy: MfaPolicy) -> None:
    given = door(EMAIL, policy=policy)
    mandatory = "Mandatory" in policy

    with pytest.raises(MfaPolicyNotUserControlled):
        require_skippable(given, required_by_organization=True)
    if mandatory:
        with pytest.raises(MfaPolicyNotUserControlled):
            require_skippable(given, required_by_organization=False)
    else:
        require_skippable(given, required_by_organization=False)


@pytest.mark.parametrize(
    ("policy", "mfa", "expected"),
    [
        ("UserControlled", {"enabled": False}, (SuggestMfa, None)),
        ("UserControlled", None, (SuggestMfa, None)),
        ("UserControlled", {"enabled": False, "skipped": True}, None),
        (
            "UserControlled",
            {"enabled": True},
            (MissingMfa, {"availableFactors": ["EmailVerificationCode"], "skippable": True}),
        ),
        ("Mandatory", None, (MissingMfa, {"availableFactors": ["EmailVerificationCode"]})),
        (
            "Mandatory",
            {"skipped": True},
            (MissingMfa, {"availableFactors": ["EmailVerificationCode"]}),
        ),
        ("NoPrompt", {"enabled": False}, None),
        ("PromptOnlyAtSignIn", {"enabled": False}, (SuggestMfa, None)),
    ],
)
def test_what_is_asked_of_who_has_no_factor(policy: str, mfa: Any, expected: Any) -> None:
    assert outcome(SIGN_IN, person(mfa), door(EMAIL, policy=policy)) == expected


def test_nobody_is_asked_while_registering_where_only_sign_in_asks() -> None:
    fresh = person({"enabled": False})

    for policy in ("PromptOnlyAtSignIn", "PromptOnlyAtSignInMandatory"):
        assert outcome(REGISTER, fresh, door(EMAIL, policy=policy)) is None
    for policy in ("PromptAtSignInAndSignUp", "UserControlled"):
        assert outcome(REGISTER, fresh, door(EMAIL, policy=policy)) == (SuggestMfa, None)


def test_an_organization_that_wants_one_lets_nobody_skip() -> None:
    user, skipped = person({"enabled": False, "skipped": True}), {"availableFactors": ["Totp"]}

    for policy in ("UserControlled", "NoPrompt"):
        assert outcome(SIGN_IN, user, door(TOTP, policy=policy), organization=True) == (
            MissingMfa,
            skipped,
        )


def test_whoever_has_a_factor_and_was_never_asked_has_it_on_from_now() -> None:
    user = person(primary_email="a@b.co")
    given = door(EMAIL, policy="UserControlled", sign_up_identifiers=frozenset({"username"}))

    assert outcome(SIGN_IN, user, given) is True
    assert json.loads(decisions_after(user, SIGN_IN, enabled=True)) == {"mfa": {"enabled": True}}


def test_a_mailbox_that_signs_in_is_no_factor_of_its_own() -> None:
    user = person({"enabled": True}, primary_email="abcdef@b.co")
    given = door(TOTP, EMAIL, sign_up_identifiers=frozenset({"email"}))
    suggested = {
        "availableFactors": ["Totp", "EmailVerificationCode"],
        "maskedIdentifiers": {"EmailVerificationCode": "abcd****@b.co"},
        "isWebAuthnUsedAsSignInPasskey": False,
        "skippable": True,
        "suggestion": True,
    }

    assert outcome(SIGN_IN, user, given) == (SuggestAdditionalMfa, suggested)
    quiet = replace(SIGN_IN, mfa=PendingMfa(suggestion_skipped=True))
    assert outcome(quiet, user, given) is None
    said = person(
        {"enabled": True, "additionalBindingSuggestionSkipped": True}, primary_email="a@b.co"
    )
    assert outcome(SIGN_IN, said, given) is None
    assert outcome(SIGN_IN, user, replace(given, sign_up_identifiers=frozenset())) is None
    assert outcome(SIGN_IN, user, replace(given, factors=(EMAIL,))) is None
    strong = replace(user, mfa_verifications=stored("Totp"))
    assert outcome(SIGN_IN, strong, given) is None


def test_backup_codes_are_asked_for_where_they_are_configured() -> None:
    user = person({"enabled": True}, primary_email="a@b.co")
    given = door(EMAIL, Factor.BACKUP_CODE, sign_up_identifiers=frozenset())

    assert outcome(SIGN_IN, user, given) == (BackupCodeRequired, None)
    complete = replace(user, mfa_verifications=stored("BackupCode"))
    assert outcome(SIGN_IN, complete, given) is None


def test_what_was_decided_is_kept_beside_what_was_there() -> None:
    user = person({"skipMfaOnSignIn": True})
    record = replace(
        SIGN_IN, mfa=PendingMfa(skipped=True, suggestion_skipped=True, passkey_skipped=True)
    )

    assert json.loads(decisions_after(user, record, enabled=None)) == {
        "mfa": {
            "skipMfaOnSignIn": True,
            "skipped": True,
            "additionalBindingSuggestionSkipped": True,
        },
        "passkeySignIn": {"skipped": True},
    }
