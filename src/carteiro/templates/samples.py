"""Values to try a template with: everything that its type can have, or hardly anything of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from carteiro.model.kinds import TemplateType
from carteiro.templates.kinds import USAGES, sample_context


class Sample(StrEnum):
    """How much there is to say."""

    RICH = "rich"
    """Every variable that the type can have."""
    SPARSE = "sparse"
    """What is always there, and of it only what is never empty."""
    NONE = "none"
    """Nothing but what is given."""


_BARE: dict[str, dict[str, Any]] = {
    "application": {"id": "example-app", "name": "Example App"},
    "organization": {"id": "example-org", "name": "Example Organization"},
    "user": {
        "id": "sample",
        "name": None,
        "username": None,
        "primaryEmail": "person@example.com",
        "primaryPhone": None,
        "avatar": None,
        "profile": {},
    },
}


def sample_values(kind: TemplateType, sample: Sample, locale: str) -> dict[str, Any]:
    """Values for a type; they name nobody, and the code among them is none that was issued."""
    if sample is Sample.NONE:
        return {}
    rich = sample_context(kind, locale)
    if sample is Sample.RICH:
        return rich
    usage = USAGES[kind]
    known = {name: value for name, value in rich.items() if isinstance(value, (int, str))}
    known.pop("uiLocales")
    empty = dict.fromkeys((*usage.texts, *usage.facts), "")
    told = {"time": known["time"]} if "time" in usage.facts else {}
    return {**known, **empty, **told, **{name: _BARE[name] for name in usage.always}}
