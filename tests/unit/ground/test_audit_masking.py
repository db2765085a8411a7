"""What may stand in the audit log (§3.10 of the wire's description)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model.masking import MASK, masked_for_log
from carteiro.secrets import time_prefix, timed_id


@pytest.mark.parametrize(
    "key",
    [
        *("secret", "clientSecret", "client_secret", "password", "new-password", "passwordDigest"),
        *("apiKey", "API_KEY", "privateKey", "credentials", "cookie", "Set-Cookie", "accessToken"),
        *("token", "authorization", "code", "verificationCode", "link"),
    ],
)
def test_what_is_secret_is_masked_at_any_depth(key: str) -> None:
    assert masked_for_log({"a": [{key: "v4lue"}]}) == {"a": [{key: MASK}]}


@pytest.mark.parametrize(
    "shown",
    [
        {"hasPassword": True},
        {"passwordVerified": False},
        {"tokenType": "Bearer"},
        {"authorizations": "x"},
        {"codeCount": 3},
        {"error": {"code": "user.email_already_in_use"}},
        {"name": "Ana"},
        {"applicationSecret": {"name": "Default secret"}},
    ],
)
def test_what_is_not_secret_stays(shown: dict[str, object]) -> None:
    assert masked_for_log(shown) == shown


@pytest.mark.parametrize("value", ["v4lue", {"value": "v4lue"}, {"name": "n", "value": "v4lue"}])
def test_a_secret_is_told_by_its_name_alone(value: object) -> None:
    assert masked_for_log({"applicationSecret": value}) == {"applicationSecret": MASK}


def test_flags_hide_no_texts_and_scripts_are_left_out() -> None:
    value = {
        "hasPassword": "hunter2",
        "scriptBody": "x",
        "my_script": "y",
        "environmentVariables": {},
    }

    assert masked_for_log(value) == {"hasPassword": MASK}
    assert masked_for_log({"a": "b\x00c"}) == {"a": "bc"}


@given(st.integers(0, 36**9 - 2), st.integers(1, 10**6))
def test_ids_sort_as_their_times_do(moment: int, later: int) -> None:
    first, second = timed_id(moment), timed_id(min(moment + later, 36**9 - 1))

    assert len(first) == 21
    assert first < second
    assert time_prefix(moment) <= first < time_prefix(moment + 1)


@dataclass(frozen=True)
class _Key:
    name: str
    material: str = field(repr=False)


class _Kind(Enum):
    OWN = "own"


def test_what_json_does_not_know_is_named_by_its_text():
    shown = masked_for_log({"a": [_Key("k", "v4lue")], "b": _Kind.OWN, "c": date(2026, 11, 27)})

    assert shown == {"a": ["_Key(name='k')"], "b": "_Kind.OWN", "c": "2026-11-27"}


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", ("a",), {"b": {"c": "d"}}])
def test_what_json_knows_stays(value):
    assert masked_for_log({"a": value}) == json.loads(json.dumps({"a": value}))
