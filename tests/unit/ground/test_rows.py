"""Rows of a database become values, whichever database gave them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pytest

from carteiro.storage.drivers.rows import value_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    id: str
    is_open: bool
    sealed: bytes
    colour: Colour
    seen_at: int | None = None


def test_what_databases_have_for_a_kind_becomes_that_kind() -> None:
    row = {
        "id": "a",
        "is_open": 1,
        "sealed": memoryview(b"x"),
        "colour": "red",
        "seen_at": None,
        "further": 3,
    }

    thing = value_of(Thing, row)

    assert thing == Thing(id="a", is_open=True, sealed=b"x", colour=Colour.RED, seen_at=None)
    assert [type(thing.is_open), type(thing.sealed), type(thing.colour)] == [bool, bytes, Colour]


def test_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="is_open"):
        value_of(Thing, {"id": "a"})
