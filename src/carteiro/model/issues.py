"""Validation failures as the wire names them.

Clients of the reference implementation read ``data.issues``: a list of ``{code, path, message, …}``
in the vocabulary of the Zod 3 library. Pydantic finds the failures; this file says them in those
words, and in the one-line-per-issue text that the error body carries as ``details``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from carteiro.errors import Issue
from carteiro.model.limits import MAX_ISSUES, quoted

_EXPECTED = {
    "string_type": "string",
    "int_type": "number",
    "int_from_float": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "dict_type": "object",
    "mapping_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "list_type": "array",
    "tuple_type": "array",
    "none_required": "null",
    "finite_number": "number",
}
_BOUNDS = {
    "string_too_short": ("too_small", "minimum", "min_length", "string"),
    "string_too_long": ("too_big", "maximum", "max_length", "string"),
    "too_short": ("too_small", "minimum", "min_length", "array"),
    "too_long": ("too_big", "maximum", "max_length", "array"),
    "greater_than_equal": ("too_small", "minimum", "ge", "number"),
    "greater_than": ("too_small", "minimum", "gt", "number"),
    "less_than_equal": ("too_big", "maximum", "le", "number"),
    "less_than": ("too_big", "maximum", "lt", "number"),
}


def issue(code: str, path: Sequence[str | int], message: str, **more: Any) -> Issue:
    """One issue of the list."""
    return {"code": code, **more, "path": list(path), "message": message}


def issues_of(error: ValidationError, model: type[BaseModel]) -> list[Issue]:
    """Translate a failed validation of ``model``, in the order in which pydantic reports it."""
    found = error.errors(include_url=False)[:MAX_ISSUES]
    return [translate(dict(details), model) for details in found]


def describe(issues: Iterable[Issue]) -> str:
    """The ``details`` text: one line per issue."""
    return "\n".join(_line(entry) for entry in issues)


def _line(entry: Issue) -> str:
    path = ".".join(str(part) for part in entry["path"])
    if entry["code"] == "invalid_type":
        reason = f"Expected {entry['expected']} but received {entry['received']}."
    else:
        reason = entry["message"]
    return f'Error in key path "{path}": ({entry["code"]}) {reason}'


def translate(details: Mapping[str, Any], model: Any) -> Issue:
    """Translate one of pydantic's error details; ``model`` is the annotation it was found in."""
    kind, given = details["type"], details["input"]
    annotation, path = _resolve(model, details["loc"])
    if kind in {"missing", "null_not_allowed"}:
        return _absent(kind, annotation, path)
    if kind in _EXPECTED:
        expected, received = _EXPECTED[kind], json_type(given)
        text = f"Expected {expected}, received {received}"
        return issue("invalid_type", path, text, expected=expected, received=received)
    if kind in _BOUNDS:
        code, member, context, of = _BOUNDS[kind]
        bound = details["ctx"][context]
        inclusive = kind not in {"greater_than", "less_than"}
        more = {member: bound, "type": of, "inclusive": inclusive, "exact": False}
        return issue(code, path, details["msg"], **more)
    if kind in {"enum", "literal_error"}:
        options = _options(annotation)
        text = f"Invalid enum value. Expected {' | '.join(map(repr, options))}"
        if isinstance(given, str):
            return issue("invalid_enum_value", path, text, options=options, received=quoted(given))
        received = json_type(given)
        more = {"expected": "string", "received": received}
        return issue("invalid_type", path, text, **more)
    if kind == "string_pattern_mismatch":
        return issue("invalid_string", path, "Invalid", validation="regex")
    if kind == "extra_forbidden":
        name = quoted(str(path[-1]))
        text = f"Unrecognized key(s) in object: {name!r}"
        return issue("unrecognized_keys", path[:-1], text, keys=[name])
    if kind.startswith("invalid_string:"):
        rule = details.get("ctx", {}).get("validation", kind.partition(":")[2])
        return issue("invalid_string", path, details["msg"], validation=rule)
    if kind.startswith("union"):
        return issue("invalid_union", path, "Invalid input", unionErrors=[])
    return issue("custom", path, details["msg"].removeprefix("Value error, "))


def _absent(kind: str, annotation: Any, path: Sequence[str | int]) -> Issue:
    expected = zod_type(annotation)
    received = "undefined" if kind == "missing" else "null"
    text = "Required" if kind == "missing" else f"Expected {expected}, received null"
    return issue("invalid_type", path, text, expected=expected, received=received)


def _resolve(model: Any, loc: Sequence[str | int]) -> tuple[Any, list[str | int]]:
    """Follow a location through the model: what stands there, and the way into what was given.

    Pydantic puts the name of the alternative into a location wherever it goes through a union, and
    ``[key]`` where a key itself is wrong; neither stands in the request.
    """
    standing: list[Any] = [_bare(model)]
    path: list[str | int] = []
    for part in loc:
        alternatives = [member for one in standing for member in _alternatives(one)]
        if alternatives:
            standing = [one for one in alternatives if _is_named(one, part)] or alternatives
            continue
        steps = [step for one in standing if (step := _step(one, part)) is not None]
        if (not steps and path) or part == "[key]":
            continue
        standing = [_bare(step) for step in steps] or [Any]
        path.append(quoted(part) if isinstance(part, str) else part)
    return standing[0], path


def _alternatives(annotation: Any) -> Sequence[Any]:
    """The members of a union, or nothing."""
    if get_origin(annotation) not in (Union, UnionType):
        return ()
    return [_bare(member) for member in get_args(annotation) if member is not NoneType]


def _is_named(annotation: Any, name: str | int) -> bool:
    """Whether pydantic calls a member of a union so: by its class, or by what tells it apart."""
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return False
    told = (field.annotation for field in annotation.model_fields.values())
    return annotation.__name__ == name or any(name in get_args(_bare(kind)) for kind in told)


def _step(annotation: Any, part: str | int) -> Any:
    """What stands at one part below an annotation; ``None`` where there is nothing."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias, field.validation_alias):
                return field.annotation
        return Any
    if origin in (list, tuple) and isinstance(part, int):
        return (get_args(annotation) or (Any,))[0]
    if origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        return (get_args(annotation) or (Any, Any))[1]
    return Any if annotation is Any else None


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        if len(members) == 1:
            return _bare(members[0])
    return annotation


def zod_type(annotation: Any) -> str:
    """The wire's name for a Python annotation, such as ``string`` or ``object``."""
    bare = _bare(annotation)
    origin = get_origin(bare)
    if origin is Literal or (isinstance(bare, type) and issubclass(bare, Enum)):
        return " | ".join(map(repr, _options(bare)))
    for candidates, name in (
        ((bool,), "boolean"),
        ((str,), "string"),
        ((int, float), "number"),
        ((list, tuple, set, frozenset), "array"),
    ):
        if bare in candidates or origin in candidates:
            return name
    if isinstance(bare, type) and issubclass(bare, str):
        return "string"
    return "object"


def _options(annotation: Any) -> list[str]:
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return [str(member.value) for member in bare]
    return [str(value) for value in get_args(bare)] if get_origin(bare) is Literal else []


def json_type(value: Any) -> str:
    """The wire's name for a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (str, bytes)):
        return "string"
    return "array" if isinstance(value, (list, tuple)) else "object"


def json_error(text: str, error: json.JSONDecodeError) -> str:
    """A JSON syntax error said without the text around it, which may hold secrets."""
    return f"Malformed JSON at line {error.lineno}, column {error.colno} of {len(text)} characters."
