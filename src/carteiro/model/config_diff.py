"""Two sets of named values compared for people: in words, and no secret in clear."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carteiro.model.differences import without_way_in
from carteiro.model.masking import is_secret_key
from carteiro.model.word_diff import Piece, Search, visible, word_diff

MAX_FIELDS = 200
"""Fields that are told of; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is not the same; of one that is secret that is all there is to say."""

    field: str
    pieces: tuple[Piece, ...] = ()
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs, in the order of the fields' names; ``omitted`` counts those left out."""

    fields: tuple[FieldChange, ...]
    omitted: int = 0


def changes_between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Changes:
    """The fields that differ; what is not there at all has no field."""
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    search = Search()
    told = tuple(_told(name, old.get(name), new.get(name), search) for name in names[:MAX_FIELDS])
    return Changes(told, len(names) - len(told))


@dataclass(frozen=True, slots=True)
class _Value:
    """A value as text; equal to another one when both are."""

    text: str
    is_secret: bool


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, _Value]]:
    """Every single value by its place, such as ``auth.pass``; a secret is one, whatever it is."""
    inner: Iterator[tuple[str, Any]]
    if isinstance(value, Mapping):
        inner = ((str(key), member) for key, member in value.items())
    else:
        inner = ((str(number), member) for number, member in enumerate(value))
    for key, member in inner:
        path = f"{place}.{key}" if place else key
        if is_secret_key(key) and member:
            yield path, _Value(_text(member), is_secret=True)
        elif isinstance(member, Mapping | list) and member:
            yield from _flat(member, path)
        else:
            yield path, _Value(_text(member), is_secret=False)


def _text(member: Any) -> str:
    return member if isinstance(member, str) else json.dumps(member, ensure_ascii=False)


def _told(name: str, old: _Value | None, new: _Value | None, search: Search) -> FieldChange:
    field = visible(name)
    if any(value is not None and value.is_secret for value in (old, new)):
        return FieldChange(field, is_secret=True)
    shown = [without_way_in(value.text) if value else "" for value in (old, new)]
    pieces = tuple(word_diff(shown[0], shown[1], search))
    # Only what is not shown differs, or a field that is empty came or went.
    hidden = bool(old and new and not pieces)
    return FieldChange(field, pieces, is_secret=hidden)
