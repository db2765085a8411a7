"""A new password on a page: what it has to be like, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro import errors
from carteiro.directory.passwords.rules import password_policy
from carteiro.errors import CarteiroError
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.flows.sign_in.screens.state import Said
from carteiro.flows.sign_in.screens.words import words_for
from carteiro.languages.spoken import Spoken

NEW, AGAIN = "newPassword", "confirmPassword"
_LONGEST = 1024
_WRONG = (errors.PasswordRejected, errors.SamePassword, errors.PasswordExistsInProfile)
_REJECTED = "password_rejected."
_FOUND = "restricted."


def requirements(policy: Mapping[str, Any], spoken: Spoken) -> str:
    """What the tenant asks of passwords, said before one is chosen."""
    rules = password_policy(policy)
    asked = [spoken.say("description.password_requirement.length", count=rules.min_length)]
    if rules.min_types > 1:
        types = "description.password_requirement.character_types"
        asked.append(spoken.say(types, count=rules.min_types))
    return spoken.say("description.password_requirements", items=asked)


def asked_twice(shown: Shown) -> bool:
    """Whether the new password is typed twice: a slip could not be mended by a reset."""
    return not any(shown.experience["forgotPassword"].values())


def unfit(password: str, again: str | None) -> dict[str, Said]:
    """What is wrong with what was typed before anybody judges it, by field."""
    if not password:
        return {NEW: Said("error.password_required")}
    if len(password) > _LONGEST:
        return {NEW: Said("error.password_rejected.too_long", {"max": _LONGEST})}
    if again is not None and again != password:
        return {AGAIN: Said("error.passwords_do_not_match")}
    return {}


def refused(error: CarteiroError) -> dict[str, Said] | None:
    """What is wrong with a password that was judged, by field; ``None`` for any other error."""
    if isinstance(error, errors.PasswordRejected):
        return {NEW: rejected(error)}
    return {NEW: words_for(error)} if isinstance(error, _WRONG) else None


def rejected(error: errors.PasswordRejected) -> Said:
    """Every rule that a password breaks; what makes it easy to guess is one list."""
    issues = [dict(one) for one in error.data or () if isinstance(one, Mapping)]
    codes = [str(one["code"]).removeprefix(_REJECTED) for one in issues]
    said = [
        Said(f"error.{_REJECTED}{code}", one.get("interpolation") or {})
        for one, code in zip(issues, codes, strict=True)
        if not code.startswith(_FOUND)
    ]
    guessed = [f"error.{_REJECTED}{code}" for code in codes if code.startswith(_FOUND)]
    if guessed:
        said.append(Said(f"error.{_REJECTED}restricted_found", {"list": guessed}))
    if not said:
        return Said("error.general_invalid")
    first, *others = said
    return Said(first.key, first.values, tuple(others))
