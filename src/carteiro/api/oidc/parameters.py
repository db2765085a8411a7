"""The parameters of a request to the provider: a form, or JSON of one level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from carteiro.api.bodies import parse_json
from carteiro.api.problems import MalformedBody
from carteiro.model.limits import MAX_TOKEN_BODY
from carteiro.oidc.errors import InvalidOAuthRequest

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_CHARSETS = {
    **dict.fromkeys(("", "utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("utf16le", "utf-16le"), "utf-16-le"),
    **dict.fromkeys(("latin1", "iso-8859-1"), "latin-1"),
}
_ONLY_FORMS = "only application/x-www-form-urlencoded content-type bodies are supported on"
_NUL = "null bytes are not allowed in the request body"
_UNREADABLE = "failed to parse the request body"


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request: each once, but for its resources."""

    parameters: Mapping[str, str]
    resources: Sequence[str]


async def read_parameters(request: Request) -> Asked:
    """Read those of a body; an empty one and malformed JSON have none.

    Raises ``InvalidOAuthRequest`` for another kind of body, NUL or a repeated parameter.
    """
    return _each_once(await _read_pairs(request))


async def read_asked(request: Request) -> Asked:
    """Read those of an authorization request, from the address or from a body.

    ``resource`` may be there more than once, and may name several with commas. Raises
    ``InvalidOAuthRequest``.
    """
    if request.method == "POST":
        asked = _each_once(await _read_pairs(request))
    else:
        asked = _each_once(request.query_params.multi_items())
    parts = [part for value in asked.resources for part in value.split(",") if part]
    return Asked(asked.parameters, parts)


async def _read_pairs(request: Request) -> list[tuple[str, str]]:
    body = await request.body()
    if len(body) > MAX_TOKEN_BODY:
        raise InvalidOAuthRequest("request body is too large")
    kind, charset = _content_type(request.headers.get("content-type", ""))
    if not body and not kind:
        return []
    if kind not in {_FORM, _JSON}:
        path = request.scope["path"].removeprefix("/oidc")
        raise InvalidOAuthRequest(f"{_ONLY_FORMS} {request.method} {path}")
    text = _decoded(body, charset)
    return _from_json(text) if kind == _JSON else _from_form(text)


def _content_type(header: str) -> tuple[str, str]:
    kind, *parameters = (part.strip() for part in header.split(";"))
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return kind.lower(), charset


def _decoded(body: bytes, charset: str) -> str:
    try:
        text = body.decode(_CHARSETS[charset])
    except (KeyError, ValueError) as error:
        raise InvalidOAuthRequest(_UNREADABLE) from error
    if "\0" in text:
        raise InvalidOAuthRequest(_NUL)
    return text


def _from_form(text: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise InvalidOAuthRequest(_UNREADABLE) from error
    if any("\0" in name + value for name, value in pairs):
        raise InvalidOAuthRequest(_NUL)
    return pairs


def _from_json(text: str) -> list[tuple[str, str]]:
    if "\\u0000" in text:
        raise InvalidOAuthRequest(_NUL)
    try:
        given = parse_json(text.encode())
    except (MalformedBody, ValueError):
        return []
    if not isinstance(given, dict):
        return []
    return [(name, text) for name, value in given.items() for text in _texts(value)]


def _texts(value: Any) -> list[str]:
    """A scalar as text, a list of scalars as several; nothing else is a parameter."""
    if isinstance(value, list):
        return [text for entry in value if not isinstance(entry, list) for text in _texts(entry)]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(value)] if isinstance(value, str | int | float) else []


def _each_once(pairs: Iterable[tuple[str, str]]) -> Asked:
    parameters: dict[str, str] = {}
    resources: list[str] = []
    for name, value in pairs:
        if name == "resource":
            resources.append(value)
        elif name in parameters:
            raise InvalidOAuthRequest(f"'{name}' parameter must not be provided twice")
        else:
            parameters[name] = value
    return Asked(parameters, resources)
