"""The OpenAPI document: FastAPI's routes and the hot ones, the error body, the security scheme."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from carteiro.api.answers.answer import Answer
from carteiro.api.hot import HotRoute, described
from carteiro.api.route import DescribedRoute

_ERRORS = {
    "400": "The request is not valid, or the provider refused the message.",
    "401": "The access token is missing or not valid.",
    "403": "The access token has neither the scope `all` nor the one of this part of the API.",
    "404": "There is no such resource.",
    "405": "The path does not take this method.",
    "412": "`If-Match` does not fit: what is to be changed is not what was seen any more.",
    "413": "The body is larger than 1 MB, or a list in it is too long.",
    "422": "The request conflicts with what is stored.",
    "429": "Too many messages; `Retry-After` says when to come back.",
    "501": "There is no connector for this.",
    "503": "The database is not available.",
}
_ERROR = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "code": {"type": "string", "description": "Stable; what to act on."},
        "message": {"type": "string", "description": "For people."},
        "data": {"type": "object", "description": "What the code's documentation names."},
        "details": {"type": "string", "description": "One line per place that is wrong."},
    },
}


_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "From `POST /oidc/token` with the client-credentials grant.",
}
_ACCOUNT_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A person's access token for no resource, which an application got for them.",
}
_APPLICATION_SECRET = {
    "type": "http",
    "scheme": "basic",
    "description": "An application's id and secret; it asks in its own name alone.",
}
_REF = "#/components/schemas/{model}"
_TEXT = {"text/plain": {"schema": {"type": "string"}}}


def document(app: FastAPI) -> dict[str, Any]:
    """Build the document; it describes what is there and nothing else."""
    built = _with_short_names(
        get_openapi(
            title="Carteiro",
            version=app.version,
            summary="The email side of sign-in.",
            description=app.description,
            routes=app.routes,
        )
    )
    schemas = built["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR
    built["components"]["securitySchemes"] = {
        "ManagementToken": _TOKEN,
        "AccountToken": _ACCOUNT_TOKEN,
        "ApplicationSecret": _APPLICATION_SECRET,
    }
    by_secret = {
        route.name for route in app.routes if isinstance(route, DescribedRoute) and route.or_secret
    }
    tokens = _name_operations(app, built["paths"], schemas)
    answers = _answers(app, schemas)
    for operations in built["paths"].values():
        for operation in operations.values():
            operation["responses"] = _responses(operation, answers)
            token = tokens.get(operation["operationId"])
            if token is not None:
                operation["security"] = [{token: []}]
            if operation["operationId"] in by_secret:
                operation["security"].append({"ApplicationSecret": []})
    return built


def _name_operations(
    app: FastAPI, paths: dict[str, Any], schemas: dict[str, Any]
) -> dict[str, str | None]:
    """Call each operation as its endpoint is called, and add the hot ones; which token each needs.

    Public ones need none.
    """
    tokens: dict[str, str | None] = {}
    for route in app.routes:
        if isinstance(route, HotRoute):
            operation, named = described(route)
            schemas.update(named)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
            tokens[route.name] = "ManagementToken" if route.operation.secured else None
        elif isinstance(route, APIRoute):
            for method in route.methods or ():
                paths[route.path_format][method.lower()]["operationId"] = route.name
            if isinstance(route, DescribedRoute):
                tokens[route.name] = route.token
    return tokens


@dataclass(frozen=True, slots=True)
class _Answers:
    """What is said of the operations, and the schemas of it, by the operation's id and status."""

    said: Mapping[str, Answer]
    schemas: Mapping[tuple[str, str], dict[str, Any]]


def _answers(app: FastAPI, schemas: dict[str, Any]) -> _Answers:
    """Add the shapes of all answers to ``schemas``; the usual one stands under no status."""
    said = answers_of(app)
    kinds = {(name, ""): answer.body for name, answer in said.items() if answer.body is not None}
    for name, answer in said.items():
        kinds.update({(name, status): kind for status, kind in answer.otherwise.items()})
    found, shared = TypeAdapter.json_schemas(
        [(key, "validation", TypeAdapter(kind)) for key, kind in kinds.items()], ref_template=_REF
    )
    for name, shape in shared["$defs"].items():
        # One name for two shapes would describe one of them wrongly.
        assert schemas.setdefault(name, shape) == shape, name
    return _Answers(said, {key: found[key, "validation"] for key in kinds})


def answers_of(app: FastAPI) -> dict[str, Answer]:
    """What each operation says that it answers, by its id."""
    said = {}
    for route in app.routes:
        if isinstance(route, HotRoute):
            said[route.name] = route.operation.answer
        elif isinstance(route, DescribedRoute):
            said[route.name] = route.answer
    return said


def _with_short_names(built: dict[str, Any]) -> dict[str, Any]:
    """Two shapes of one name are told apart by their rooms, not by where their files are."""
    schemas = built["components"]["schemas"]
    for name in [name for name in schemas if "__" in name]:
        *_, room, _, own = name.split("__")
        schemas[name]["title"] = f"{_camel(room)}{own}"
    text = json.dumps(built)
    for name in [name for name in schemas if "__" in name]:
        text = text.replace(f'"{name}"', f'"{schemas[name]["title"]}"')
        text = text.replace(f"/{name}", f"/{schemas[name]['title']}")
    shortened: dict[str, Any] = json.loads(text)
    return shortened


def _camel(room: str) -> str:
    return "".join(word.capitalize() for word in room.split("_"))


def _responses(operation: dict[str, Any], answers: _Answers) -> dict[str, Any]:
    name = operation["operationId"]
    said = answers.said.get(name, Answer())
    found = {code: text for code, text in operation["responses"].items() if code < "400"}
    if said.also is not None:
        found[said.also] = {"description": "The first time."}
    content: dict[str, Any] = {"content": _TEXT} if said.is_plain else {}
    if said.file is not None:
        content = {"content": {said.file: {"schema": {"type": "string", "format": "binary"}}}}
    if said.body is not None:
        content = {"content": {"application/json": {"schema": answers.schemas[name, ""]}}}
    successes = {
        code: {"description": text["description"], **({} if code == "204" else content)}
        for code, text in found.items()
    }
    responses = {**successes, **_problems()}
    for status in said.otherwise:
        known = responses[status]["content"]["application/json"]["schema"]
        responses[status]["content"]["application/json"] = {
            "schema": {"anyOf": [known, answers.schemas[name, status]]}
        }
    return responses


def _problems() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        code: {
            "description": text,
            "content": {**content, **_TEXT} if code in {"404", "405"} else dict(content),
        }
        for code, text in _ERRORS.items()
    }
