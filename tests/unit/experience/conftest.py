"""Settings with dull defaults for the rules at the door."""

from __future__ import annotations

from typing import Any

from carteiro.directory.settings.experience_record import record
from carteiro.experience.settings import DoorSettings


def settings(*, has_email: bool = True, has_sms: bool = False, **changes: Any) -> DoorSettings:
    """A tenant that has set nothing but these."""
    return DoorSettings.of(record("default", changes), has_email=has_email, has_sms=has_sms)
