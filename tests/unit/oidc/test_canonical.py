"""Equal values are written alike (RFC 8785)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from carteiro.oidc.canonical import NotCanonical, canonical, hash_of


def test_the_example_of_the_rfc_is_written_as_the_rfc_writes_it() -> None:
    # RFC 8785 §3.2.2 and §3.2.3, without its fractions.
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\x80": "Control",
        "\xf6": "Latin Small Letter O With Diaeresis",
    }

    names = list(json.loads(canonical(value)))

    assert names == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    text = {"string": '\u20ac$\x0f\nA\'B"\\\\"/', "literals": [None, True, False]}
    assert canonical(text).decode() == (
        '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_a_hash_is_sha_256_of_it_in_base64url() -> None:
    digest = hashlib.sha256(b'{"a":"1","b":[2,{"c":true,"d":null}]}').digest()

    found = hash_of({"b": [2, {"d": None, "c": True}], "a": "1"})

    assert found == base64.urlsafe_b64encode(digest).decode().rstrip("=")


@pytest.mark.parametrize(
    "value",
    [1.0, 2.5, 2**53, -(2**53), float("nan"), "\ud800", {"\udfff": 1}, [[{"a": 1e3}]]],
    ids=["one", "half", "big", "small", "nan", "text", "name", "deep"],
)
def test_what_others_would_write_otherwise_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)
    assert canonical([2**53 - 1, 0, -1, True]) == b"[9007199254740991,0,-1,true]"
