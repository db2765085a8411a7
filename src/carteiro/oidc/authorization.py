"""An authorization request as read and checked (OpenID Connect Core §3.1.2, OAuth 2.1 §4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.oidc.clients import Client
from carteiro.oidc.errors import (
    InvalidOAuthRequest,
    InvalidRedirectUri,
    InvalidTarget,
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    UnauthorizedClient,
    UnsupportedResponseMode,
    UnsupportedResponseType,
)
from carteiro.oidc.pkce import read_challenge
from carteiro.oidc.screens import NAMES, Extras, extras_of

ORGANIZATIONS_RESOURCE = "urn:logto:resource:organizations"
_ORGANIZATION_AUDIENCE = "urn:logto:organization:"
OFFLINE_ACCESS, OPENID = "offline_access", "openid"
RESPONSE_MODES = ("form_post", "fragment", "query")
RESPONSE_TYPES = ("code id_token", "code", "id_token", "none")
_PROMPTS = frozenset({"none", "login", "consent"})
_STANDARD = (
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "code_challenge",
    "code_challenge_method",
    "id_token_hint",
)
_UNSUPPORTED = {"request": RequestNotSupported, "registration": RegistrationNotSupported}
"""Read so that they are refused: a signed request that is passed over would bind nobody
(OpenID Connect Core §6.1, §7.2.1)."""
MAX_RESOURCES = 20
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the answer goes, be it a code or an error."""

    redirect_uri: str
    response_mode: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What an application asks for; ``scopes`` and ``resources`` in the order of the request."""

    client_id: str
    target: Target
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    prompts: frozenset[str]
    nonce: str | None
    max_age: int | None
    challenge: str | None
    id_token_hint: str | None
    extras: Extras
    parameters: Mapping[str, Any]
    """The request as it is kept; ``resource`` is a list."""


def kept_parameters(parameters: Mapping[str, str], resources: Sequence[str]) -> dict[str, Any]:
    """Of a request what it may be kept as: what has a meaning, and no empty value."""
    kept: dict[str, Any] = {
        name: parameters[name]
        for name in (*_STANDARD, *_UNSUPPORTED, *sorted(NAMES))
        if parameters.get(name)
    }
    if resources:
        kept["resource"] = list(dict.fromkeys(resources))
    return kept


def read_target(parameters: Mapping[str, Any], client: Client) -> Target:
    """Where the answer may go. What is wrong here is never told there.

    Raises ``InvalidOAuthRequest`` or ``InvalidRedirectUri``.
    """
    uri = parameters.get("redirect_uri")
    if not uri:
        raise InvalidOAuthRequest("missing required parameter 'redirect_uri'")
    if not client.returns_to(uri):
        raise InvalidRedirectUri
    mode = parameters.get("response_mode")
    known = mode if mode in RESPONSE_MODES else "query"
    return Target(redirect_uri=uri, response_mode=known, state=parameters.get("state"))


def read_request(
    parameters: Mapping[str, Any], client: Client, target: Target
) -> AuthorizationRequest:
    """Read and check everything else. Raises an ``OAuthError`` that may be told at the target."""
    for name, refusal in _UNSUPPORTED.items():
        if name in parameters:
            raise refusal
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        raise UnsupportedResponseMode
    _require_response_type(parameters.get("response_type"), client)
    prompts = _prompts(parameters.get("prompt", ""))
    scopes = tuple(dict.fromkeys(parameters.get("scope", "").split()))
    if "consent" not in prompts:
        scopes = tuple(name for name in scopes if name != OFFLINE_ACCESS)
    return AuthorizationRequest(
        client_id=client.id,
        target=target,
        scopes=scopes,
        resources=_resources(parameters.get("resource", ())),
        prompts=prompts,
        nonce=parameters.get("nonce"),
        max_age=_max_age(parameters.get("max_age")),
        challenge=read_challenge(parameters, required=client.is_public),
        id_token_hint=parameters.get("id_token_hint"),
        extras=extras_of(parameters),
        parameters=parameters,
    )


def organization_audience(organization_id: str) -> str:
    """Whom a token for an organization is for."""
    return f"{_ORGANIZATION_AUDIENCE}{organization_id}"


def require_resource(indicator: str) -> str:
    """An indicator as RFC 8707 §2 wants it. Raises ``InvalidTarget``."""
    if not _ABSOLUTE.fullmatch(indicator):
        raise InvalidTarget("resource indicator must be an absolute URI without a fragment")
    return indicator


def _require_response_type(given: str | None, client: Client) -> None:
    if not given:
        raise InvalidOAuthRequest("missing required parameter 'response_type'")
    if " ".join(sorted(given.split(" "))) not in RESPONSE_TYPES:
        raise UnsupportedResponseType
    if given != "code" or not client.is_interactive:
        raise UnauthorizedClient("requested response_type is not allowed for this client")


def _prompts(given: str) -> frozenset[str]:
    prompts = frozenset(given.split())
    if not prompts <= _PROMPTS:
        raise InvalidOAuthRequest("unsupported prompt value requested")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidOAuthRequest("prompt none must only be used alone")
    return prompts


def _max_age(given: str | None) -> int | None:
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 12):
        raise InvalidOAuthRequest("invalid max_age parameter value")
    return int(given)


def _resources(given: Sequence[str]) -> tuple[str, ...]:
    if len(given) > MAX_RESOURCES:
        raise InvalidTarget(f"at most {MAX_RESOURCES} resource indicators are supported")
    return tuple(require_resource(indicator) for indicator in given)


def answer_of(error: OAuthError) -> dict[str, str]:
    """An error as the parameters of an answer."""
    return {"error": error.error, "error_description": error.description}
