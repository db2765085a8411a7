"""The OpenAPI document: FastAPI's routes and the hot ones, the error body, the security scheme."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from carteiro.api.hot import HotRoute, described
from carteiro.api.route import AnonymousRoute

_ERRORS = {
    "400": "The request is not valid, or the provider refused the message.",
    "401": "The access token is missing or not valid.",
    "403": "The access token lacks the scope `all`.",
    "404": "There is no such resource.",
    "405": "The path does not take this method.",
    "413": "The body is larger than 1 MB.",
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


def document(app: FastAPI) -> dict[str, Any]:
    """Build the document; it describes what is there and nothing else."""
    built = get_openapi(
        title="Carteiro",
        version=app.version,
        summary="The email side of sign-in.",
        description=app.description,
        routes=app.routes,
    )
    schemas = built.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR
    built["components"]["securitySchemes"] = {
        "ManagementToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "From `POST /oidc/token` with the client-credentials grant.",
        }
    }
    public = set()
    for route in app.routes:
        if isinstance(route, HotRoute):
            operation, named = described(route)
            schemas.update(named)
            built["paths"].setdefault(route.path, {})[route.method.lower()] = operation
            if not route.operation.secured:
                public.add((route.path, route.method.lower()))
        elif isinstance(route, AnonymousRoute):
            public |= {(route.path, method.lower()) for method in route.methods or ()}
    for path, operations in built["paths"].items():
        for method, operation in operations.items():
            operation["responses"] = {**_successes(operation), **_problems()}
            if (path, method) not in public:
                operation["security"] = [{"ManagementToken": []}]
    return built


def _successes(operation: dict[str, Any]) -> dict[str, Any]:
    return {code: text for code, text in operation["responses"].items() if code < "400"}


def _problems() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {
        code: {
            "description": text,
            "content": {**content, **plain} if code in {"404", "405"} else content,
        }
        for code, text in _ERRORS.items()
    }
