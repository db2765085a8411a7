"""What people say of themselves in a form: its words, and what a browser makes of its fields."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from carteiro.languages.spoken import Spoken

AUTOCOMPLETE = {
    "name": "name",
    "avatar": "photo",
    "givenName": "given-name",
    "middleName": "additional-name",
    "familyName": "family-name",
    "nickname": "nickname",
    "website": "url",
    "birthdate": "bday",
    "gender": "sex",
    "address": "street-address",
    "locale": "language",
}
"""By the member's name (HTML standard, "Autofill")."""
TYPES = {"avatar": "url", "profile": "url", "website": "url", "birthdate": "date"}
_CHOICES = {"gender": ("female", "male", "prefer_not_to_say")}
_PARTS = {"fullname": ("givenName", "middleName", "familyName")}


def in_parts(names: Iterable[str]) -> list[str]:
    """The members that are asked for, each once; a full name comes in its parts."""
    return list(dict.fromkeys(part for name in names for part in _PARTS.get(name, (name,))))


def label_of(spoken: Spoken, key: str) -> str:
    """What a member is called; the tenant's own by their name."""
    text = "profile.address.formatted" if key == "address" else f"profile.{key}"
    return spoken.say(text) if spoken.has(text) else key


def choices_of(spoken: Spoken, key: str) -> tuple[tuple[str, str], ...]:
    """Values with their words; none for what is typed."""
    known = _CHOICES.get(key, ())
    return tuple((one, spoken.say(f"profile.{key}_options.{one}")) for one in known)


def named(prefix: str, key: str) -> str:
    """A field's name, and its id: whatever the tenant calls a member, there is no space in it."""
    return f"{prefix}{quote(key, safe='')}"
