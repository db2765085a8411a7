"""What is said of a person for which scopes (experience §1.8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carteiro.oidc.claims import (
    EXTENDED_BY_DEFAULT,
    ORGANIZATION_ROLES_SCOPE,
    ORGANIZATIONS_SCOPE,
    Person,
    claims_of,
    extended_of,
    needs_organizations,
)
from carteiro.storage.people.users import UserRow
from carteiro.storage.sign_in.rights import Belonging

ADDRESS = {"formatted": "Rua 1, Lisboa", "country": "PT"}
PROFILE = {
    "familyName": "Silva",
    "givenName": "Ana",
    "middleName": "M",
    "nickname": "ani",
    "preferredUsername": "ana.silva",
    "profile": "https://ana.test",
    "website": "https://ana.test/blog",
    "gender": "female",
    "birthdate": "1990-01-01",
    "zoneinfo": "Europe/Lisbon",
    "locale": "pt-PT",
    "address": ADDRESS,
}
BELONGINGS = (
    Belonging(id="o1", name="One", description="first", roles=("admin", "member")),
    Belonging(id="o2", name="Two", description=None),
)


def row(**changes: Any) -> UserRow:
    return UserRow(
        tenant_id="t",
        id="ana",
        **{
            "username": "ana",
            "primary_email": "ana@example.com",
            "primary_phone": "351910000000",
            "name": "Ana Silva",
            "avatar": "https://ana.test/a.png",
            "profile": json.dumps(PROFILE),
            "custom_data": '{"plan": "gold"}',
            "identities": '{"google": {"userId": "g"}}',
            "created_at": 1000,
            "updated_at": 2000,
            **changes,
        },
    )


def person(**changes: Any) -> Person:
    return Person(row=row(**changes), roles=("editor", "reader"), organizations=BELONGINGS)


def bare(**changes: Any) -> Person:
    """Somebody of whom nothing is known."""
    empty = {"username": None, "primary_email": None, "primary_phone": None, "name": None}
    nothing = {"avatar": None, "profile": "{}", "custom_data": "{}", "identities": "{}"}
    return Person(row=row(**empty, **nothing, **changes))


def test_a_profile_has_all_members_of_the_standard() -> None:
    assert claims_of(person(), ["profile"]) == {
        "name": "Ana Silva",
        "family_name": "Silva",
        "given_name": "Ana",
        "middle_name": "M",
        "nickname": "ani",
        "preferred_username": "ana.silva",
        "profile": "https://ana.test",
        "picture": "https://ana.test/a.png",
        "website": "https://ana.test/blog",
        "gender": "female",
        "birthdate": "1990-01-01",
        "zoneinfo": "Europe/Lisbon",
        "locale": "pt-PT",
        "username": "ana",
        "created_at": 1000,
        "updated_at": 2000,
    }


def test_what_is_not_known_is_null_or_left_out() -> None:
    assert claims_of(bare(), ["profile"]) == {
        "name": None,
        "picture": None,
        "username": None,
        "created_at": 1000,
        "updated_at": 2000,
    }
    assert claims_of(bare(), ["email"]) == {"email_verified": False}
    assert claims_of(bare(), ["phone"]) == {"phone_number_verified": False}
    assert claims_of(bare(), ["address"]) == {}


@pytest.mark.parametrize("preferred", [{}, {"preferredUsername": ""}, {"preferredUsername": None}])
def test_a_user_name_is_the_preferred_one_where_no_other_is(preferred: dict[str, Any]) -> None:
    claims = claims_of(person(profile=json.dumps({**preferred, "gender": None})), ["profile"])

    assert claims["preferred_username"] == "ana"
    assert "gender" not in claims


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("email", {"email": "ana@example.com", "email_verified": True}),
        ("phone", {"phone_number": "351910000000", "phone_number_verified": True}),
        ("address", {"address": ADDRESS}),
        ("custom_data", {"custom_data": {"plan": "gold"}}),
        ("identities", {"identities": {"google": {"userId": "g"}}, "sso_identities": []}),
        ("roles", {"roles": ["editor", "reader"]}),
        (
            "urn:logto:scope:organizations",
            {
                "organizations": ["o1", "o2"],
                "organization_data": [
                    {"id": "o1", "name": "One", "description": "first"},
                    {"id": "o2", "name": "Two", "description": None},
                ],
            },
        ),
        (
            "urn:logto:scope:organization_roles",
            {"organization_roles": ["o1:admin", "o1:member"]},
        ),
        ("openid", {}),
        ("offline_access", {}),
        ("urn:logto:scope:sessions", {}),
        ("read:things", {}),
    ],
)
def test_a_scope_brings_its_claims_and_no_others(scope: str, claims: dict[str, Any]) -> None:
    assert claims_of(person(), [scope]) == claims


def test_scopes_together_bring_what_each_brings_in_the_order_of_discovery() -> None:
    claims = claims_of(person(), ["roles", "custom_data", "phone", "openid", "email"])

    assert list(claims) == [
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
        "custom_data",
        "roles",
    ]


def test_of_the_extended_claims_an_id_token_has_those_that_the_tenant_enabled() -> None:
    scopes = ["email", "roles", "custom_data", ORGANIZATIONS_SCOPE, ORGANIZATION_ROLES_SCOPE]

    by_default = claims_of(person(), scopes, EXTENDED_BY_DEFAULT)

    assert set(by_default) == {
        "email",
        "email_verified",
        "roles",
        "organizations",
        "organization_roles",
    }
    assert set(claims_of(person(), scopes, [])) == {"email", "email_verified"}
    assert "roles" not in claims_of(person(), ["email"], ["roles"])


def test_nothing_is_said_of_what_was_not_read() -> None:
    claims = claims_of(Person(row=row()), ["roles", ORGANIZATIONS_SCOPE, ORGANIZATION_ROLES_SCOPE])

    assert claims == {
        "roles": [],
        "organizations": [],
        "organization_data": [],
        "organization_roles": [],
    }


@pytest.mark.parametrize(
    ("scopes", "needed"),
    [
        (["urn:logto:scope:organizations"], True),
        (["openid", "urn:logto:scope:organization_roles"], True),
        (["openid", "roles"], False),
        ([], False),
    ],
)
def test_organizations_are_read_where_claims_speak_of_them(scopes: list[str], needed: bool) -> None:
    assert needs_organizations(scopes) is needed


def test_the_extended_claims_of_scopes_are_named() -> None:
    scopes = ["openid", "email", "identities", ORGANIZATIONS_SCOPE, "unknown"]

    assert extended_of(scopes) == {
        "identities",
        "sso_identities",
        "organizations",
        "organization_data",
    }
