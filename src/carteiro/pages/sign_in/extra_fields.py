"""The fields of `/continue/extra-profile`: what a tenant asks of newcomers beside the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.forms import Form

_PREFIX = "extra."
_MOST = 60
_LONGEST = 512
_NAMES = ("givenName", "middleName", "familyName")
_AUTOCOMPLETE = {
    "name": "name",
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
_TYPES = {"avatar": "url", "profile": "url", "website": "url", "birthdate": "date"}
_CHOICES = {"gender": ("female", "male", "prefer_not_to_say")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraField:
    """One field. ``choices`` are values with their words; without any it is typed."""

    key: str
    name: str
    label: str
    type: str
    autocomplete: str
    choices: Sequence[tuple[str, str]] = ()


def fields_of(shown: Shown) -> list[ExtraField]:
    """What is asked for, in the tenant's order; a full name comes in its parts."""
    asked = [one["name"] for one in shown.experience["signUpProfileFields"] or ()]
    parts = [part for name in asked for part in (_NAMES if name == "fullname" else (name,))]
    known = [key for key in dict.fromkeys(parts) if key in shown.settings.extra_fields]
    return [_field(shown, key) for key in known[:_MOST]]


def filled(fields: Sequence[ExtraField], form: Form) -> tuple[dict[str, Any], Mapping[str, Said]]:
    """What was filled in, and what is wrong with it, by the fields' names."""
    given = {one.key: form.get(one.name, "").strip() for one in fields}
    too_long = {"minLength": 0, "maxLength": _LONGEST}
    wrong = {
        one.name: Said("error.invalid_min_max_length", too_long)
        for one in fields
        if len(given[one.key]) > _LONGEST
    }
    values: dict[str, Any] = {key: text for key, text in given.items() if text}
    if "address" in values:
        values["address"] = {"formatted": values["address"]}
    return values, wrong


def _field(shown: Shown, key: str) -> ExtraField:
    say, has = shown.spoken.say, shown.spoken.has
    text = "profile.address.formatted" if key == "address" else f"profile.{key}"
    choices = [(one, say(f"profile.{key}_options.{one}")) for one in _CHOICES.get(key, ())]
    return ExtraField(
        key=key,
        name=f"{_PREFIX}{key}",
        label=say("input.label_with_optional", label=say(text) if has(text) else key),
        type=_TYPES.get(key, "text"),
        autocomplete=_AUTOCOMPLETE.get(key, "off"),
        choices=choices,
    )
