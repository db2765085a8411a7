"""The fields of `/account`: what a tenant has people see and say of themselves, in its order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carteiro.directory.settings.account_center import AccountCenter, AccountField
from carteiro.directory.settings.sign_in_experience import require_url
from carteiro.experience.profile import CLAIMS
from carteiro.flows.account.profile import Said as Changed
from carteiro.flows.sign_in.screens.state import Said
from carteiro.languages.spoken import Spoken
from carteiro.pages.forms import Form
from carteiro.pages.profile_fields import (
    AUTOCOMPLETE,
    TYPES,
    choices_of,
    in_parts,
    label_of,
    named,
)

_UNLESS_ASKED = ("name", "avatar", "givenName", "familyName", "nickname")
"""Where the tenant does not say what its page has."""
_OWN = {"name": AccountField.NAME, "avatar": AccountField.AVATAR}
_HELD = {AccountField.PROFILE: "profile", AccountField.CUSTOM_DATA: "customData"}
_CLAIMS = CLAIMS | {"preferredUsername"}
"""Members of the account's ``profile``; every other name is one of its custom data."""
_ELSEWHERE = frozenset({"username", "email", "phone", "password"})
"""They have pages of their own."""
_PREFIX = "custom."
"""The tenant chooses these names: none of them is that of another field of the form."""
_MOST = 60
_LONGEST = {"name": 128, "avatar": 2048, "profile": 2048, "website": 2048}
_LONGEST_TEXT = 512
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS = ("streetAddress", "locality", "region", "postalCode", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnField:
    """One field. ``value`` is what its form shows; ``choices`` are values with their words."""

    key: str
    name: str
    label: str
    value: str = field(repr=False)
    edits: bool
    type: str
    autocomplete: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """The value in words."""
        return dict(self.choices).get(self.value, self.value)


def fields_of(account: Mapping[str, Any], center: AccountCenter, spoken: Spoken) -> list[OwnField]:
    """What the person sees, as far as the tenant's switches and the token's scopes allow."""
    asked = _UNLESS_ASKED if center.profile_fields is None else center.profile_fields
    keys = [key for key in in_parts(asked) if key not in _ELSEWHERE]
    fields = [_field(key, account, center, spoken) for key in keys[:_MOST]]
    return [one for one in fields if one is not None]


def changed(
    fields: Sequence[OwnField], form: Form
) -> tuple[Changed, Mapping[str, Said], Mapping[str, str]]:
    """What differs from what was shown; what is wrong with it; and what was typed there."""
    given = {
        one: form[one.name].strip()
        for one in fields
        if one.edits and form.get(one.name, one.value).strip() != one.value
    }
    wrong = {one.name: said for one, text in given.items() if (said := _wrong(one, text))}
    typed = {one.name: text[: _LONGEST.get(one.key, _LONGEST_TEXT)] for one, text in given.items()}
    values = {one.key: text or None for one, text in given.items()}
    columns = {key: text for key, text in values.items() if key in _OWN}
    claims: dict[str, Any] = {key: text for key, text in values.items() if key in _CLAIMS}
    if claims.get("address"):
        claims["address"] = {"formatted": claims["address"]}
    custom = {key: text for key, text in values.items() if key not in columns.keys() | claims}
    return Changed(columns=columns, profile=claims, custom_data=custom), wrong, typed


def _field(
    key: str, account: Mapping[str, Any], center: AccountCenter, spoken: Spoken
) -> OwnField | None:
    """``None`` for what this person does not see here."""
    switch = _switch(key)
    held: Mapping[str, Any] | None = account if key in _OWN else account.get(_HELD[switch])
    if held is None or not center.shows(switch):
        return None
    stored = held.get(key)
    value = _address(stored) if key == "address" else stored
    plain = value is None or isinstance(value, str)
    text = _in_line(value) if isinstance(value, str) else ("" if plain else str(value))
    return OwnField(
        key=key,
        name=named(_PREFIX, key) if switch is AccountField.CUSTOM_DATA else key,
        label=label_of(spoken, key),
        value=text,
        # What is no text was put there by an application, which knows what it means.
        edits=plain and center.edits(switch),
        type=_type(key, text),
        autocomplete=AUTOCOMPLETE.get(key, "off"),
        choices=_choices(spoken, key, text),
    )


def _switch(key: str) -> AccountField:
    if key in _OWN:
        return _OWN[key]
    return AccountField.PROFILE if key in _CLAIMS else AccountField.CUSTOM_DATA


def _type(key: str, text: str) -> str:
    """A browser empties a date's field whose value is none, such as a year alone."""
    kind = TYPES.get(key, "text")
    return "text" if kind == "date" and text and not _DAY.fullmatch(text) else kind


def _choices(spoken: Spoken, key: str, text: str) -> tuple[tuple[str, str], ...]:
    """What somebody has said otherwise stays theirs to choose."""
    known = choices_of(spoken, key)
    return (*known, (text, text)) if known and text and text not in dict(known) else known


def _address(stored: Any) -> Any:
    """In one line, whichever of its parts there are."""
    if not isinstance(stored, Mapping):
        return stored
    parts = [stored[name] for name in _ADDRESS if stored.get(name)]
    return stored.get("formatted") or ", ".join(map(str, parts)) or None


def _in_line(text: str) -> str:
    """As the field of a form gives it back: a browser keeps no line breaks in one."""
    return ", ".join(line.strip() for line in text.splitlines() if line.strip())


def _wrong(one: OwnField, text: str) -> Said | None:
    longest = _LONGEST.get(one.key, _LONGEST_TEXT)
    if len(text) > longest:
        return Said("error.invalid_min_max_length", {"minLength": 0, "maxLength": longest})
    if one.choices and text and text not in dict(one.choices):
        return Said("error.general_invalid")
    if TYPES.get(one.key) == "url" and text and not _leads_somewhere(text):
        return Said("error.general_invalid")
    return None


def _leads_somewhere(text: str) -> bool:
    try:
        return require_url(text).lower().startswith(("https://", "http://"))
    except ValueError:
        return False
