"""What the audit log tells of a change: what differs, without what is secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carteiro.model.differences import difference
from carteiro.model.masking import MASK, masked_for_log
from carteiro.storage.tenancy.applications import ApplicationRow


def row(**changes: Any) -> ApplicationRow:
    values = {"tenant_id": "t", "id": "a", "name": "N", "type": "Traditional", "created_at": 1}
    return ApplicationRow(**{**values, **changes})


def test_only_what_differs_is_told() -> None:
    before = row(custom_data='{"a": {"x": 1, "y": 2}, "b": 3}')
    after = row(name="M", custom_data='{"a": {"x": 1, "y": 5}, "c": 4}')

    assert difference(before, after) == {
        "before": {"name": "N", "customData": {"a": {"y": 2}, "b": 3}},
        "after": {"name": "M", "customData": {"a": {"y": 5}, "c": 4}},
    }


def test_what_came_or_went_is_told_as_far_as_it_says_something() -> None:
    made = difference(None, row(description=None))

    assert set(made) == {"after"}
    assert {"name": "N", "type": "Traditional"}.items() <= made["after"].items()
    assert not {"description", "tenantId"} & set(made["after"])
    assert set(difference(row(), None)) == {"before"}
    assert difference(None, None) == {}


def test_lists_of_names_tell_who_came_and_who_went() -> None:
    changed = difference({"ids": ["a", "b", "c"]}, {"ids": ["b", "c", "d"]})
    ordered = difference({"ids": ["a", "b"]}, {"ids": ["b", "a"]})

    assert changed == {"before": {"ids": ["a"]}, "after": {"ids": ["d"]}}
    assert ordered == {"before": {"ids": ["a", "b"]}, "after": {"ids": ["b", "a"]}}


@pytest.mark.parametrize("key", ["pass", "password", "apiKey", "clientSecret", "authorization"])
def test_a_changed_secret_is_told_as_changed_and_not_otherwise(key: str) -> None:
    told = difference({"config": {key: "old"}, "a": 1}, {"config": {key: "new"}, "a": 1})

    assert told == {"before": {"config": {key: MASK}}, "after": {"config": {key: MASK}}}


def test_addresses_are_masked() -> None:
    told = difference(
        {"primaryEmail": "ana@example.com", "primaryPhone": "351912345678"},
        {"primaryEmail": "bob@example.com", "primaryPhone": "not a phone"},
    )

    assert told["before"] == {"primaryEmail": "a***@example.com", "primaryPhone": "***78"}
    assert told["after"] == {"primaryEmail": "b***@example.com", "primaryPhone": MASK}


def test_what_lets_somebody_in_is_taken_out_of_urls() -> None:
    told = difference(None, {"endpoint": "https://user:pw@example.com/a?key=abc&x=1#y"})

    assert told["after"]["endpoint"] == f"https://{MASK}@example.com/a?key={MASK}&x={MASK}#y"


def test_long_texts_are_named_and_told_apart() -> None:
    told = difference({"content": "x" * 90_000}, {"content": "x" * 89_999 + "y"})

    before, after = told["before"]["content"], told["after"]["content"]
    assert "90000 characters" in before
    assert len(before) < 150
    assert before != after


@pytest.mark.parametrize(
    "value",
    [
        {f"field{number}": f"value {number}" for number in range(5000)},
        {"list": ["x" * 150] * 5000},
        {"mixed": [{"a": "y" * 150, "b": [1, 2, 3]}] * 500},
    ],
)
def test_whatever_is_told_is_small(value: Any) -> None:
    assert len(json.dumps(difference(None, value))) < 20_000


def test_what_is_nested_deep_ends() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = {"a": deep}

    assert len(json.dumps(difference(None, deep))) < 200
    assert difference({"x": 1}, {"x": deep})["before"] == {"x": 1}


def test_what_a_policy_asks_for_is_no_secret() -> None:
    told = masked_for_log(
        difference(
            {"passwordPolicy": {"length": {"min": 8}}, "signIn": [{"password": True}]},
            {"passwordPolicy": {"length": {"min": 12}}, "signIn": [{"password": False}]},
        )
    )

    assert told["before"]["passwordPolicy"] == {"length": {"min": 8}}
    assert told["after"] == {
        "passwordPolicy": {"length": {"min": 12}},
        "signIn": [{"password": False}],
    }
