"""A new user name on a page: what it has to be like, said before one is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.experience.guards.usernames import bounds_of, letters_of
from carteiro.languages.spoken import Spoken


def requirements(policy: Mapping[str, Any], spoken: Spoken) -> str:
    """What the tenant asks of user names."""
    shortest, longest = bounds_of(policy)
    letters = [
        f"description.username_character.{_NAMES.get(one, one)}" for one in letters_of(policy)
    ]
    asked = [
        spoken.say("description.username_requirement.length", min=shortest, max=longest),
        spoken.say("description.username_requirement.characters", characters=letters),
    ]
    return spoken.say("description.username_requirements", items=asked)


_NAMES = {"numbers": "number"}
