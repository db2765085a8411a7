"""Configs compared: field by field, and no secret in clear."""

from __future__ import annotations

from typing import Any

import pytest

from carteiro.model.config_diff import MAX_FIELDS, FieldChange, changes_between

_SECRETS = ("hunter2-old", "hunter2-new")


def told(before: Any, after: Any) -> dict[str, FieldChange]:
    return {one.field: one for one in changes_between(before, after).fields}


def test_each_value_is_a_field_by_its_place() -> None:
    before = {"host": "a.test", "templates": [{"subject": "A"}, {"subject": "B"}]}
    after = {"host": "a.test", "port": 25, "templates": [{"subject": "A"}, {"subject": "C"}]}

    assert list(told(before, after)) == ["port", "templates.1.subject"]


@pytest.mark.parametrize(
    "at",
    [
        lambda value: {"auth": {"pass": value}},
        lambda value: {"apiKey": value},
        lambda value: {"headers": {"X-Api-Key": value, "Authorization": value}},
        lambda value: {"credentials": {"anything": {"user": value}}},
        lambda value: {"list": [{"token": value}]},
        lambda value: {"endpoint": f"https://u:{value}@example.com/path?key={value}"},
    ],
    ids=["nested", "key", "headers", "whole", "in-a-list", "in-a-url"],
)
def test_of_a_secret_it_is_only_said_that_it_is_another_one(at: Any) -> None:
    old, new = at(_SECRETS[0]), at(_SECRETS[1])

    for pair in ((old, new), (None, new), (old, None)):
        changes = changes_between(*pair)
        assert changes.fields
        assert "hunter2" not in repr(changes)
    assert all(one.is_secret and not one.pieces for one in changes_between(old, new).fields)
    assert changes_between(old, old).fields == ()


def test_a_secret_that_becomes_an_open_value_stays_closed() -> None:
    changes = changes_between({"token": _SECRETS[0]}, {"token": ""})

    assert "hunter2" not in repr(changes)
    assert [one.is_secret for one in changes.fields] == [True]


def test_more_fields_than_anybody_reads_are_counted() -> None:
    changes = changes_between({}, {f"f{n}": n for n in range(MAX_FIELDS + 7)})

    assert (len(changes.fields), changes.omitted) == (MAX_FIELDS, 7)


def test_a_name_cannot_hide_anything() -> None:
    (change,) = changes_between({}, {"a\u202eb": 1}).fields

    assert change.field == "a⟨U+202E⟩b"
