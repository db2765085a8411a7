"""Whatever the rules accept is consistent, said here a second time in other words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carteiro.directory.settings.email_policy import require_allowed
from carteiro.directory.settings.experience_record import DEFAULTS
from carteiro.directory.settings.experience_rules import Surroundings, accepted
from carteiro.errors import (
    CarteiroError,
    EmailNotAllowed,
    EmailSubaddressingNotAllowed,
    InvalidBlocklistEmail,
)
from carteiro.languages.tags import LanguageLibrary

flags = st.booleans()
identifiers = st.sampled_from(["username", "email", "phone"])
methods = st.lists(
    st.fixed_dictionaries(
        {
            "identifier": identifiers,
            "password": flags,
            "verificationCode": flags,
            "isPasswordPrimary": flags,
        }
    ),
    max_size=3,
)
sign_ups = st.fixed_dictionaries(
    {"identifiers": st.lists(identifiers, max_size=3), "password": flags, "verify": flags},
    optional={
        "secondaryIdentifiers": st.lists(
            st.fixed_dictionaries(
                {"identifier": st.sampled_from(["username", "email", "phone", "emailOrPhone"])},
                optional={"verify": flags},
            ),
            max_size=2,
        )
    },
)
factors = st.sampled_from(["Totp", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"])
policies = st.sampled_from(["NoPrompt", "Mandatory", "PromptOnlyAtSignInMandatory"])
changes = st.fixed_dictionaries(
    {},
    optional={
        "signUp": sign_ups,
        "signIn": st.fixed_dictionaries({"methods": methods}),
        "mfa": st.fixed_dictionaries(
            {"factors": st.lists(factors, max_size=3), "policy": policies}
        ),
        "adaptiveMfa": st.fixed_dictionaries({"enabled": flags}),
        "forgotPasswordMethods": st.none()
        | st.lists(st.sampled_from(["EmailVerificationCode", "PhoneVerificationCode"]), max_size=2),
        "passwordExpiration": st.fixed_dictionaries(
            {"enabled": flags}, optional={"validPeriodDays": st.integers(-1, 3)}
        ),
    },
)


def consistent(record: dict[str, Any], email: bool, phone: bool) -> bool:
    """What must hold for any record that a series of accepted changes can lead to."""
    by_code = {m["identifier"] for m in record["signIn"]["methods"] if m["verificationCode"]}
    second = set(record["mfa"]["factors"])
    clash = ("email" in by_code and "EmailVerificationCode" in second) or (
        "phone" in by_code and "PhoneVerificationCode" in second
    )
    asked = [*record["signUp"]["identifiers"]]
    asked += [entry["identifier"] for entry in record["signUp"].get("secondaryIdentifiers") or []]
    strict = (
        record["mfa"]["policy"].endswith("Mandatory") and record["mfa"]["policy"] != "Mandatory"
    )
    adaptive = bool(record["adaptiveMfa"].get("enabled"))
    ways = record["forgotPasswordMethods"]
    reset = (email and (ways is None or "EmailVerificationCode" in ways)) or (
        phone and (ways is None or "PhoneVerificationCode" in ways)
    )
    mail_needed = "email" in asked or "emailOrPhone" in asked or "email" in by_code
    phone_needed = "phone" in asked or "emailOrPhone" in asked or "phone" in by_code
    return (
        not clash
        and len(asked) == len(set(asked))
        and (email or not mail_needed)
        and (phone or not phone_needed)
        and all(m["password"] or m["verificationCode"] for m in record["signIn"]["methods"])
        and strict == adaptive
        and (not adaptive or bool(second))
        and second != {"BackupCode"}
        and len(second) == len(record["mfa"]["factors"])
        and (not record["passwordExpiration"].get("enabled") or reset)
    )


@given(st.lists(changes, min_size=1, max_size=6), flags, flags)
@settings(max_examples=400, deadline=None)
def test_every_accepted_series_of_changes_is_consistent(
    series: list[dict[str, Any]], email: bool, phone: bool
) -> None:
    around = Surroundings(has_email=email, has_sms=phone, library=LanguageLibrary())
    record = dict(DEFAULTS)

    for wanted in series:
        try:
            record |= accepted(wanted, record, around, 1)
        except CarteiroError:
            continue
        assert consistent(record, email, phone), (wanted, record)


@pytest.mark.parametrize(
    ("email", "policy", "error"),
    [
        ("nobody", {}, InvalidBlocklistEmail),
        ("nobody@", {}, InvalidBlocklistEmail),
        ("@example.com", {}, InvalidBlocklistEmail),
        ("a+b@example.com", {}, None),
        ("a+b@example.com", {"blockSubaddressing": True}, EmailSubaddressingNotAllowed),
        ("a@example.com", {"customAllowlist": ["@example.com"]}, None),
        ("a@sub.example.com", {"customAllowlist": ["@example.com"]}, EmailNotAllowed),
        ("a@sub.example.com", {"customAllowlist": ["@*.example.com"]}, None),
        ("A@EXAMPLE.com", {"customBlocklist": ["a@example.com"]}, EmailNotAllowed),
        ("b@example.com", {"customBlocklist": ["a@example.com"]}, None),
        ('"a@b"@example.com', {"customBlocklist": ["@example.com"]}, EmailNotAllowed),
        ('"a@b"@example.com', {"customBlocklist": ["@b"]}, None),
        ("spam-1@example.com", {"customBlocklist": ["spam-*@example.com"]}, EmailNotAllowed),
        ("j.o.e@googlemail.com", {"customBlocklist": ["joe@gmail.com"]}, EmailNotAllowed),
        ("joe@gmail.com", {"customBlocklist": ["@googlemail.com"]}, EmailNotAllowed),
        (
            "jo\u0308rg@exämple.com",
            {"customBlocklist": ["JÖRG@xn--exmple-cua.com"]},
            EmailNotAllowed,
        ),
        ("a@exämple.com", {"customBlocklist": ["@xn--exmple-cua.com"]}, EmailNotAllowed),
        ("a@xn--exmple-cua.com", {"customBlocklist": ["@exa\u0308mple.com"]}, EmailNotAllowed),
        ("a@xn--exmple-cua.com", {"customBlocklist": ["*@ex*.com"]}, EmailNotAllowed),
        ("a@XN--exmple-cua.com", {"customAllowlist": ["@exämple.com"]}, None),
        ("j.oe@example.com", {"customBlocklist": ["joe@example.com"]}, None),
        (
            "a@example.com",
            {"customAllowlist": ["@example.com"], "customBlocklist": ["a@*.com"]},
            EmailNotAllowed,
        ),
        (
            "a+b@example.com",
            {"blockSubaddressing": True, "customAllowlist": ["@x.y"]},
            EmailSubaddressingNotAllowed,
        ),
    ],
)
def test_who_may_register(
    email: str, policy: dict[str, Any], error: type[CarteiroError] | None
) -> None:
    if error is None:
        require_allowed(email, policy)
    else:
        with pytest.raises(error):
            require_allowed(email, policy)
