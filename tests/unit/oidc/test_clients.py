"""Applications as the provider's clients: what each may do, and with which defaults."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carteiro.oidc.clients import Client, built_in_client, client_of
from carteiro.oidc.issuer import issuer
from carteiro.storage.tenancy.applications import ApplicationRow

DAY = 24 * 60 * 60


def stored(
    metadata: dict[str, Any] | None = None, custom: dict[str, Any] | None = None, **changes: Any
) -> ApplicationRow:
    given = {"redirectUris": [], "postLogoutRedirectUris": [], **(metadata or {})}
    return ApplicationRow(
        tenant_id="t",
        id="app",
        **{
            "name": "An app",
            "type": "Traditional",
            "created_at": 1,
            "oidc_client_metadata": json.dumps(given),
            "custom_client_metadata": json.dumps(custom or {}),
            **changes,
        },
    )


def client(type: str = "Traditional", **changes: Any) -> Client:
    return Client(id="app", name="An app", type=type, **changes)


def test_an_application_that_says_nothing_has_the_references_defaults() -> None:
    assert client_of(stored()) == Client(
        id="app",
        name="An app",
        type="Traditional",
        is_third_party=False,
        is_built_in=False,
        redirect_uris=(),
        post_logout_redirect_uris=(),
        allowed_origins=(),
        id_token_seconds=3600,
        refresh_seconds=14 * DAY,
        rotates=True,
        always_refreshes=False,
        most_grants=None,
        logout_uri=None,
        names_session=False,
        jwks=None,
    )
    assert client() == client_of(stored())
    assert client_of(stored(oidc_client_metadata="{}")) == client_of(stored())


def test_an_application_gets_what_is_stored_of_it() -> None:
    jwks = {"keys": [{"kty": "EC", "kid": "k"}]}
    row = stored(
        {
            "redirectUris": ["https://a.test/cb", "https://b.test/cb"],
            "postLogoutRedirectUris": ["https://a.test/bye"],
            "backchannelLogoutUri": "https://a.test/out",
            "backchannelLogoutSessionRequired": True,
            "jwks": jwks,
        },
        {
            "corsAllowedOrigins": ["https://c.test"],
            "idTokenTtl": 60,
            "refreshTokenTtl": 120,
            "refreshTokenTtlInDays": 3,
            "rotateRefreshToken": False,
            "alwaysIssueRefreshToken": True,
            "maxAllowedGrants": 2,
        },
        type="SPA",
        is_third_party=True,
    )

    read = client_of(row)

    assert read == Client(
        id="app",
        name="An app",
        type="SPA",
        is_third_party=True,
        redirect_uris=("https://a.test/cb", "https://b.test/cb"),
        post_logout_redirect_uris=("https://a.test/bye",),
        allowed_origins=("https://c.test",),
        id_token_seconds=60,
        refresh_seconds=120,
        rotates=False,
        always_refreshes=True,
        most_grants=2,
        logout_uri="https://a.test/out",
        names_session=True,
        jwks=jwks,
    )
    assert "kid" not in repr(read)


def test_a_refresh_token_may_live_days() -> None:
    assert client_of(stored(custom={"refreshTokenTtlInDays": 3})).refresh_seconds == 3 * DAY


@pytest.mark.parametrize(
    ("type", "public", "interactive", "web"),
    [
        ("Native", True, True, False),
        ("SPA", True, True, True),
        ("Traditional", False, True, True),
        ("MachineToMachine", False, False, True),
        ("Protected", False, False, True),
    ],
)
def test_the_type_says_who_has_a_secret_and_whether_people_sign_in(
    type: str, public: bool, interactive: bool, web: bool
) -> None:
    made = client(type)

    assert (made.is_public, made.is_interactive, made.is_web) == (public, interactive, web)


def test_people_return_to_any_of_the_registered_addresses() -> None:
    made = client(redirect_uris=("https://a.test/cb", "https://*.b.test/cb"))

    assert made.returns_to("https://a.test/cb")
    assert made.returns_to("https://x.b.test/cb")
    assert not made.returns_to("https://c.test/cb")


def test_only_a_native_application_returns_to_any_port_of_its_machine() -> None:
    asked, known = "http://127.0.0.1:51004/cb", ("http://127.0.0.1/cb",)

    assert client("Native", redirect_uris=known).returns_to(asked)
    assert not client("SPA", redirect_uris=known).returns_to(asked)
    assert not client("Native", post_logout_redirect_uris=known).leaves_to(asked)


def test_people_leave_to_addresses_for_that_only() -> None:
    made = client(
        redirect_uris=("https://a.test/cb",), post_logout_redirect_uris=("https://a.test/bye",)
    )

    assert made.leaves_to("https://a.test/bye")
    assert not made.leaves_to("https://a.test/cb")
    assert not made.returns_to("https://a.test/bye")


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://a.test", True),
        ("https://a.test:8443", False),
        ("https://x.b.test", True),
        ("https://c.test", True),
        ("capacitor://localhost", True),
        ("https://y.d.test", True),
        ("https://e.test", False),
        ("myapp://callback", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_of_registered_origins_may_call(origin: str, may: bool) -> None:
    made = client(
        redirect_uris=("https://a.test/cb", "https://*.b.test/deep/cb?x=1", "myapp://callback"),
        allowed_origins=("https://c.test", "capacitor://localhost", "https://*.d.test"),
    )

    assert made.calls_from(origin) is may


@pytest.mark.parametrize(
    ("id", "name", "back", "out", "refreshes"),
    [
        ("demo-app", "Live Preview", "/demo-app", "/demo-app", False),
        ("account-center", "Account Center", "/account", "/account", True),
        ("console", "Console", "/console/callback", "/console", False),
    ],
)
def test_what_is_part_of_the_service_lives_at_the_tenants_own_addresses(
    id: str, name: str, back: str, out: str, refreshes: bool
) -> None:
    assert built_in_client(id, "https://t.test") == Client(
        id=id,
        name=name,
        type="SPA",
        is_built_in=True,
        redirect_uris=(f"https://t.test{back}",),
        post_logout_redirect_uris=(f"https://t.test{out}",),
        always_refreshes=refreshes,
    )


def test_no_other_application_is_part_of_the_service() -> None:
    assert built_in_client("app", "https://t.test") is None


def test_the_issuer_is_a_path_of_the_tenants_origin() -> None:
    assert issuer("https://t.test") == "https://t.test/oidc"
