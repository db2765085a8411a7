"""An authorization request, read: OpenID Connect Core §3.1.2, RFC 8707, experience §1.4."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.oidc.authorization import (
    MAX_RESOURCES,
    AuthorizationRequest,
    Target,
    answer_of,
    kept_parameters,
    organization_audience,
    read_request,
    read_target,
    require_resource,
)
from carteiro.oidc.clients import Client
from carteiro.oidc.errors import (
    InvalidOAuthRequest,
    InvalidRedirectUri,
    InvalidTarget,
    LoginRequired,
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    UnauthorizedClient,
    UnsupportedResponseMode,
    UnsupportedResponseType,
)
from carteiro.oidc.screens import Extras

BACK = "https://app.test/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
TARGET = Target(redirect_uri=BACK, response_mode="query", state="s")


def client(type: str = "Traditional") -> Client:
    return Client(id="app", name="An app", type=type, redirect_uris=(BACK,))


def read(type: str = "Traditional", **parameters: Any) -> AuthorizationRequest:
    """A request that is right but for what is given; ``None`` leaves a parameter out."""
    given = {"response_type": "code", **parameters}
    kept = {name: value for name, value in given.items() if value is not None}
    return read_request(kept, client(type), TARGET)


def refused(**parameters: Any) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        read(**parameters)
    return caught.value


def test_a_request_is_kept_without_what_has_no_meaning() -> None:
    every = {
        "client_id": "app",
        "redirect_uri": BACK,
        "response_type": "code",
        "response_mode": "query",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "prompt": "consent",
        "max_age": "10",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "id_token_hint": "h",
        "request": "a.b.c",
        "registration": "{}",
        "organization_id": "org",
        "ui_locales": "pt",
        "one_time_token": "t",
        "login_hint": "ann",
        "identifier": "email",
        "first_screen": "register",
        "interaction_mode": "signIn",
        "direct_sign_in": "sso:a",
        "google_one_tap_credential": "g",
    }

    assert kept_parameters({**every, "audience": "x", "password": "p"}, []) == every
    assert kept_parameters({"state": "", "scope": "openid"}, []) == {"scope": "openid"}


def test_a_resource_that_is_named_twice_is_kept_once_in_the_order_of_the_request() -> None:
    kept = kept_parameters({}, ["https://b.test", "https://a.test", "https://b.test"])

    assert kept == {"resource": ["https://b.test", "https://a.test"]}


def test_the_answer_goes_to_a_registered_address() -> None:
    target = read_target({"redirect_uri": BACK, "state": "s"}, client())

    assert target == Target(redirect_uri=BACK, response_mode="query", state="s")
    assert read_target({"redirect_uri": BACK}, client()).state is None


@pytest.mark.parametrize("mode", ["form_post", "fragment", "query"])
def test_the_answer_goes_in_the_mode_that_was_asked_for(mode: str) -> None:
    assert read_target({"redirect_uri": BACK, "response_mode": mode}, client()) == Target(
        redirect_uri=BACK, response_mode=mode, state=None
    )
    assert read(response_mode=mode).target == TARGET


def test_an_unknown_mode_is_told_in_the_query() -> None:
    target = read_target({"redirect_uri": BACK, "response_mode": "web_message"}, client())

    assert target.response_mode == "query"
    assert type(refused(response_mode="web_message")) is UnsupportedResponseMode


@pytest.mark.parametrize("parameters", [{}, {"redirect_uri": ""}])
def test_without_an_address_nothing_is_told_anywhere(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidOAuthRequest) as caught:
        read_target(parameters, client())
    assert caught.value.description == "missing required parameter 'redirect_uri'"


def test_an_address_that_is_not_registered_is_refused() -> None:
    with pytest.raises(InvalidRedirectUri):
        read_target({"redirect_uri": "https://evil.test/cb"}, client())


def test_a_request_is_read_whole() -> None:
    parameters = {
        "response_type": "code",
        "scope": "openid  profile openid offline_access",
        "prompt": "login consent",
        "nonce": "n",
        "max_age": "0",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "id_token_hint": "h",
        "resource": ["https://b.test", "https://a.test"],
        "first_screen": "register",
        "login_hint": "ann",
    }

    assert read_request(parameters, client(), TARGET) == AuthorizationRequest(
        client_id="app",
        target=TARGET,
        scopes=("openid", "profile", "offline_access"),
        resources=("https://b.test", "https://a.test"),
        prompts=frozenset({"login", "consent"}),
        nonce="n",
        max_age=0,
        challenge=CHALLENGE,
        id_token_hint="h",
        extras=Extras(screen="/register", given={"login_hint": "ann"}),
        parameters=parameters,
    )


def test_a_request_may_say_next_to_nothing() -> None:
    assert read() == AuthorizationRequest(
        client_id="app",
        target=TARGET,
        scopes=(),
        resources=(),
        prompts=frozenset(),
        nonce=None,
        max_age=None,
        challenge=None,
        id_token_hint=None,
        extras=Extras(given={}),
        parameters={"response_type": "code"},
    )


@pytest.mark.parametrize(
    ("prompt", "scopes"),
    [
        (None, ("openid", "email")),
        ("login", ("openid", "email")),
        ("consent", ("openid", "offline_access", "email")),
        ("login consent", ("openid", "offline_access", "email")),
    ],
)
def test_access_while_somebody_is_away_needs_their_consent(
    prompt: str | None, scopes: tuple[str, ...]
) -> None:
    assert read(scope="openid offline_access email", prompt=prompt).scopes == scopes


@pytest.mark.parametrize("prompt", ["none", "login", "consent", "consent login"])
def test_a_prompt_is_one_of_the_standards(prompt: str) -> None:
    assert read(prompt=prompt).prompts == frozenset(prompt.split())


@pytest.mark.parametrize(
    ("parameters", "error", "described"),
    [
        ({"request": "a.b.c"}, RequestNotSupported, None),
        ({"registration": "{}"}, RegistrationNotSupported, None),
        (
            {"response_type": None},
            InvalidOAuthRequest,
            "missing required parameter 'response_type'",
        ),
        ({"response_type": ""}, InvalidOAuthRequest, "missing required parameter 'response_type'"),
        ({"response_type": "token"}, UnsupportedResponseType, None),
        ({"response_type": "code token"}, UnsupportedResponseType, None),
        ({"response_type": "code "}, UnsupportedResponseType, None),
        (
            {"response_type": "id_token code"},
            UnauthorizedClient,
            "requested response_type is not allowed for this client",
        ),
        (
            {"response_type": "none"},
            UnauthorizedClient,
            "requested response_type is not allowed for this client",
        ),
        (
            {"type": "MachineToMachine"},
            UnauthorizedClient,
            "requested response_type is not allowed for this client",
        ),
        ({"prompt": "create"}, InvalidOAuthRequest, "unsupported prompt value requested"),
        ({"prompt": "login create"}, InvalidOAuthRequest, "unsupported prompt value requested"),
        ({"prompt": "none login"}, InvalidOAuthRequest, "prompt none must only be used alone"),
        (
            {"prompt": "none login consent"},
            InvalidOAuthRequest,
            "prompt none must only be used alone",
        ),
        ({"max_age": "-1"}, InvalidOAuthRequest, "invalid max_age parameter value"),
        ({"max_age": "1.5"}, InvalidOAuthRequest, "invalid max_age parameter value"),
        ({"max_age": ""}, InvalidOAuthRequest, "invalid max_age parameter value"),
        ({"max_age": "9" * 12}, InvalidOAuthRequest, "invalid max_age parameter value"),
        # A digit of Arabic, which Python's int() would read.
        ({"max_age": "\u0663"}, InvalidOAuthRequest, "invalid max_age parameter value"),
        (
            {"resource": ["relative"]},
            InvalidTarget,
            "resource indicator must be an absolute URI without a fragment",
        ),
        (
            {"type": "SPA"},
            InvalidOAuthRequest,
            "Authorization Server policy requires PKCE to be used for this request",
        ),
        (
            {"type": "Native"},
            InvalidOAuthRequest,
            "Authorization Server policy requires PKCE to be used for this request",
        ),
    ],
    ids=str,
)
def test_anything_else_is_refused_in_words(
    parameters: dict[str, Any], error: type[OAuthError], described: str | None
) -> None:
    caught = refused(**parameters)

    assert type(caught) is error
    assert caught.description == (described or error.described)


def test_an_age_may_have_eleven_digits() -> None:
    assert read(max_age="9" * 11).max_age == 99_999_999_999


def test_a_request_may_name_so_many_resources_and_no_more() -> None:
    most = [f"https://{number}.test" for number in range(MAX_RESOURCES)]

    assert read(resource=most).resources == tuple(most)
    error = refused(resource=[*most, "https://more.test"])
    assert type(error) is InvalidTarget
    assert error.description == "at most 20 resource indicators are supported"


@pytest.mark.parametrize(
    "indicator", ["https://api.test", "https://api.test/v1?x=1", "urn:a:b", "a+b.c-1:x"]
)
def test_a_resource_is_named_by_an_absolute_uri(indicator: str) -> None:
    assert require_resource(indicator) == indicator


@pytest.mark.parametrize(
    "indicator", ["", "api", "/api", "https:", "https://a.test#x", "https://a.test/ b", "1a:x"]
)
def test_a_resource_is_named_by_nothing_else(indicator: str) -> None:
    with pytest.raises(InvalidTarget):
        require_resource(indicator)


def test_an_organization_is_an_audience() -> None:
    assert organization_audience("o1") == "urn:logto:organization:o1"


def test_an_error_is_told_by_name_and_in_words() -> None:
    assert answer_of(LoginRequired()) == {
        "error": "login_required",
        "error_description": "End-User authentication is required",
    }
    assert answer_of(LoginRequired("told"))["error_description"] == "told"
