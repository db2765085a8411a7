"""The OpenAPI document, and answers that are held against it."""

from __future__ import annotations

import re
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from carteiro.api import routing
from carteiro.api.openapi import document


def described() -> dict[str, Any]:
    app = FastAPI(version="test")
    routing.install(app)
    return document(app)


DOCUMENT = described()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def closed(schema: Any) -> Any:
    """A copy in which an object has no member that is not named, unless it says so."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(inner) for key, inner in schema.items()}
    if "properties" in copy and copy.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


COMPONENTS = closed(DOCUMENT["components"])


def route_of(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The operation that answers; paths without parameters go before those with."""
    for route in sorted(DOCUMENT["paths"], key=lambda route: route.count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", route)
        if re.fullmatch(pattern, path) and method.lower() in DOCUMENT["paths"][route]:
            operation = DOCUMENT["paths"][route][method.lower()]
            return operation["operationId"], operation
    raise AssertionError(f"{method} {path} is not in the document")


def check(answer: httpx.Response) -> str:
    """Hold an answer against the document; the operation's id."""
    name, operation = route_of(answer.request.method, answer.request.url.path)
    said = operation["responses"][str(answer.status_code)].get("content", {})
    if not said:
        assert answer.content == b"", (name, answer.text)
        return name
    kind, _, _ = answer.headers["content-type"].partition(";")
    if kind in {"text/plain", "application/octet-stream"}:
        assert kind in said, (name, answer.text)
        return name
    schema = {"components": COMPONENTS, **closed(said["application/json"]["schema"])}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())]
    assert not errors, (name, errors, answer.text)
    return name
