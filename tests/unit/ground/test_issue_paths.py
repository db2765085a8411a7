"""An issue's path is the way into what was given, for every body and every connector's config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from carteiro.api import routing
from carteiro.api.hot import HotRoute
from carteiro.connectors.registry import Registry
from carteiro.model.issues import issues_of

WRONG: list[Any] = [5, 1.5, "?", True, None, [], {}, [5], [{}], {"?": 5}, {"?": [5]}]

ABSENT = {"missing", "union_of_auth"}
"""Errors about a member that need not be there."""


def shapes() -> dict[str, Any]:
    """What a request's body or a connector's config is read as, by name."""
    app = FastAPI()
    routing.install(app)
    found: dict[str, Any] = {}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.body_field is not None:
            found[route.name] = route.body_field.field_info.annotation
        elif isinstance(route, HotRoute) and route.operation.body is not None:
            found[route.name] = route.operation.body
    for factory in Registry.discover().factories():
        found[factory.metadata.id] = factory.config_model
    return found


SHAPES = shapes()


def bodies(schema: dict[str, Any], known: dict[str, Any], depth: int = 3) -> Iterator[Any]:
    """Values that are wrong somewhere: at each member by each kind of value, and further in."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    for kind in ("anyOf", "oneOf", "allOf"):
        for alternative in schema.get(kind, ()):
            yield from bodies(alternative, known, depth)
    if depth == 0:
        return
    for name, inner in schema.get("properties", {}).items():
        told = inner.get("const")
        yield from ({name: value} for value in [*WRONG, told])
        yield from ({name: value} for value in bodies(inner, known, depth - 1))
    if "items" in schema:
        yield from ([value] for value in [*WRONG, *bodies(schema["items"], known, depth - 1)])
    if isinstance(schema.get("additionalProperties"), dict):
        more = bodies(schema["additionalProperties"], known, depth - 1)
        yield from ({"k": value} for value in [*WRONG, *more])
    # A union that is told apart by a member needs it to look at the others.
    tags = {
        name: inner["const"]
        for name, inner in schema.get("properties", {}).items()
        if "const" in inner
    }
    if tags:
        yield from ({**tags, name: value} for name in schema["properties"] for value in WRONG)


def way_into(value: Any, details: Any) -> list[str | int]:
    """The parts of a location that can be walked in the value, and at last what is missing there.

    What pydantic adds for itself, such as the name of an alternative, is no member of the value.
    """
    path: list[str | int] = []
    for part in details["loc"]:
        if (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int)
        ):
            value = value[part]
        elif not (details["type"] in ABSENT and part == details["loc"][-1]):
            continue
        path.append(part)
    return path[:-1] if details["type"] == "extra_forbidden" else path


@pytest.mark.parametrize("name", SHAPES)
def test_a_path_is_the_way_into_what_was_given(name: str) -> None:
    shape = SHAPES[name]
    adapter = TypeAdapter(shape)
    schema = adapter.json_schema()
    found, expected = [], []

    for body in [*WRONG, *bodies(schema, schema.get("$defs", {}))]:
        try:
            adapter.validate_python(body)
        except ValidationError as error:
            found += [(issue["path"], body) for issue in issues_of(error, shape)]
            expected += [(way_into(body, details), body) for details in error.errors()]

    assert found == expected
    assert found
