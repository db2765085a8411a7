"""The fields of `/continue/extra-profile`: what a tenant asks of newcomers beside the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said
from carteiro.pages.forms import Form
from carteiro.pages.profile_fields import (
    AUTOCOMPLETE,
    TYPES,
    choices_of,
    in_parts,
    label_of,
    named,
)

_PREFIX = "extra."
_MOST = 60
_LONGEST = 512


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
    known = [key for key in in_parts(asked) if key in shown.settings.extra_fields]
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
    spoken = shown.spoken
    return ExtraField(
        key=key,
        name=named(_PREFIX, key),
        label=spoken.say("input.label_with_optional", label=label_of(spoken, key)),
        type=TYPES.get(key, "text"),
        autocomplete=AUTOCOMPLETE.get(key, "off"),
        choices=choices_of(spoken, key),
    )
