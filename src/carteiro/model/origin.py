"""What a mail is sent for: whose words and whose sender it may have follows from that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The organization and the application that a mail is sent for, as far as there are any.

    The ids come from requests: they may name nothing that there is.
    """

    organization_id: str | None = None
    application_id: str | None = None


NOWHERE = Origin()
"""Nothing but the tenant."""
