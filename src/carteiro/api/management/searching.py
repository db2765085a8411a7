"""Reading a search from the query: ``search``, ``search.<field>``, ``mode``, ``joint``."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from carteiro.api.management.flags import flag
from carteiro.errors import InvalidRequestInput
from carteiro.model.phones import phone_spellings
from carteiro.model.search import Condition, Joint, Search, SearchField, SearchMode

Choice = TypeVar("Choice", bound=StrEnum)
_LONGEST = 512
_VALUES_AT_MOST = 100


def read_search(query: QueryParams, among: type[StrEnum] = SearchField) -> Search:
    """What a query looks for ``among`` these fields.

    Raises ``InvalidRequestInput`` for one that makes no sense.
    """
    conditions = [
        _condition(query, key, among)
        for key in dict.fromkeys(query.keys())
        if key == "search" or key.startswith("search.")
    ]
    _refuse_modes_alone(query)
    return Search(
        conditions=tuple(conditions),
        joint=_choice(Joint, _single(query, "joint"), Joint.OR),
        case_sensitive=flag(query.get("isCaseSensitive", "")),
        exclude_role_id=_single(query, "excludeRoleId"),
        exclude_organization_id=_single(query, "excludeOrganizationId"),
    )


def _condition(query: QueryParams, key: str, among: type[StrEnum]) -> Condition:
    _, _, name = key.partition(".")
    fields = (_choice(among, name, None),) if name else tuple(among)
    mode_key = f"mode.{name}" if name else "mode"
    inherited = _choice(SearchMode, _single(query, "mode"), SearchMode.LIKE)
    mode = _choice(SearchMode, _single(query, mode_key), inherited)
    if mode is SearchMode.SIMILAR_TO and not flag(query.get("isCaseSensitive", "")):
        raise InvalidRequestInput("The mode `similar_to` has no case-insensitive form.")
    values = query.getlist(key)
    if any(not value or len(value) > _LONGEST for value in values):
        raise InvalidRequestInput(f"{key} cannot be empty, nor longer than {_LONGEST} characters.")
    if len(values) > (_VALUES_AT_MOST if mode is SearchMode.EXACT else 1):
        raise InvalidRequestInput(f"{key}: only the mode `exact` takes several values.")
    if SearchField.PRIMARY_PHONE in fields and mode in {SearchMode.EXACT, SearchMode.LIKE}:
        values = [spelling for value in values for spelling in _spellings(value)]
    return Condition(fields, mode, tuple(values))


def _spellings(value: str) -> tuple[str, ...]:
    """A whole number is found however it is written."""
    return (value, *(text for text in phone_spellings(value) if text != value))


def _refuse_modes_alone(query: QueryParams) -> None:
    for key in query:
        searched = key.replace("mode", "search", 1)
        if key.startswith("mode.") and searched not in query:
            raise InvalidRequestInput(f"{key} stands without {searched}.")


def _single(query: QueryParams, name: str) -> str | None:
    values = query.getlist(name)
    if len(values) > 1:
        raise InvalidRequestInput(f"{name} is given more than once.")
    return values[0] or None if values else None


def _choice(kind: type[Choice], text: str | None, default: Choice | None) -> Choice:
    if text is None and default is not None:
        return default
    try:
        return kind(text or "")
    except ValueError:
        options = ", ".join(kind)
        raise InvalidRequestInput(f"{text!r} is not valid: it is none of {options}.") from None
