"""Validation failures in the words of the wire (connectors §1.6)."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carteiro.errors import InvalidConfig, InvalidInput
from carteiro.model.issues import describe, issues_of, json_error, json_type, zod_type
from carteiro.model.kinds import TemplateType


class Auth(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    user: str
    type: Literal["login", "Login"] = "login"


class Config(BaseModel):
    model_config = ConfigDict(strict=True)

    host: str
    port: int = 25
    secure: bool = False
    reply_to: str | None = Field(default=None, alias="replyTo")
    usage: TemplateType | None = None
    auth: Auth | None = None
    tags: list[str] = []
    name: Annotated[str, Field(min_length=2, max_length=4)] = "name"
    tries: Annotated[int, Field(ge=1, le=100)] = 10


def issues(data):
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(data)
    return issues_of(caught.value, Config)


@pytest.mark.parametrize(
    ("data", "code", "path", "more"),
    [
        (
            {},
            "invalid_type",
            ["host"],
            {"expected": "string", "received": "undefined", "message": "Required"},
        ),
        (
            {"host": 1},
            "invalid_type",
            ["host"],
            {
                "expected": "string",
                "received": "number",
                "message": "Expected string, received number",
            },
        ),
        (
            {"host": None},
            "invalid_type",
            ["host"],
            {"expected": "string", "received": "null"},
        ),
        (
            {"host": "h", "port": "25"},
            "invalid_type",
            ["port"],
            {"expected": "number", "received": "string"},
        ),
        (
            {"host": "h", "secure": "yes"},
            "invalid_type",
            ["secure"],
            {"expected": "boolean", "received": "string"},
        ),
        (
            {"host": "h", "replyTo": []},
            "invalid_type",
            ["replyTo"],
            {"expected": "string", "received": "array"},
        ),
        (
            {"host": "h", "auth": "x"},
            "invalid_type",
            ["auth"],
            {"expected": "object", "received": "string"},
        ),
        ({"host": "h", "auth": {}}, "invalid_type", ["auth", "user"], {"received": "undefined"}),
        (
            {"host": "h", "tags": ["a", 1]},
            "invalid_type",
            ["tags", 1],
            {"expected": "string", "received": "number"},
        ),
        (
            {"host": "h", "auth": {"user": "u", "type": "x"}},
            "invalid_enum_value",
            ["auth", "type"],
            {"options": ["login", "Login"], "received": "x"},
        ),
        (
            {"host": "h", "auth": {"user": "u", "foo": 1}},
            "unrecognized_keys",
            ["auth"],
            {"keys": ["foo"]},
        ),
        (
            {"host": "h", "name": "x"},
            "too_small",
            ["name"],
            {"minimum": 2, "type": "string", "inclusive": True},
        ),
        ({"host": "h", "name": "xxxxx"}, "too_big", ["name"], {"maximum": 4, "type": "string"}),
        ({"host": "h", "tries": 0}, "too_small", ["tries"], {"minimum": 1, "type": "number"}),
        ({"host": "h", "tries": 101}, "too_big", ["tries"], {"maximum": 100, "type": "number"}),
    ],
)
def test_a_failure_is_an_issue_of_the_wire(data, code, path, more):
    (found,) = issues(data)

    assert (found["code"], found["path"]) == (code, path)
    assert found.items() >= more.items()


def test_issues_come_in_order_and_can_be_written_as_json():
    found = issues({"port": "25", "tags": [1]})

    assert [entry["path"] for entry in found] == [["host"], ["port"], ["tags", 0]]
    assert json.loads(json.dumps(found)) == found


def test_details_have_one_line_for_each_issue():
    lines = describe(issues({"port": "25"})).split("\n")

    assert lines == [
        'Error in key path "host": (invalid_type) Expected string but received undefined.',
        'Error in key path "port": (invalid_type) Expected number but received string.',
    ]


@pytest.mark.parametrize("error", [InvalidConfig, InvalidInput])
def test_an_error_carries_its_issues_as_data(error):
    found = issues({})

    assert error(found).data == {"issues": found, "name": "ZodError"}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *((None, "null"), (True, "boolean"), (0, "number"), (1.5, "number"), ("", "string")),
        *(([], "array"), ({}, "object")),
    ],
)
def test_a_json_value_has_a_name(value, name):
    assert json_type(value) == name


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        *((str, "string"), (str | None, "string"), (int, "number"), (float, "number")),
        *((bool, "boolean"), (list[int], "array"), (dict[str, str], "object"), (Auth, "object")),
        (Literal["a", "b"], "'a' | 'b'"),
    ],
)
def test_an_annotation_has_a_name(annotation, name):
    assert zod_type(annotation) == name


def test_broken_json_is_said_without_its_content():
    text = '{"code": "042137",\n "x": }'
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)

    message = json_error(text, caught.value)

    assert "line 2" in message
    assert "042137" not in message
