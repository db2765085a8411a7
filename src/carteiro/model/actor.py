"""Who does something, and how it was asked: for the audit log and for webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever asked. Without an application and a user it is the operator at the command line.

    ``request`` is what a webhook tells of the API call: ``path`` and ``matchedRoute`` without the
    ``/api`` prefix, ``method``, ``params`` and the ``status`` of its success.
    """

    application_id: str | None = None
    user_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    at_door: bool = False
    """Whether a person asks who is not signed in yet."""
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def person_ip(self) -> str | None:
        """The address of the person who asks.

        A backend asks for many people: its own address says nothing of any of them.
        """
        return self.ip if self.user_id is not None or self.at_door else None

    def acting(
        self, *, application_id: str | None, user_id: str | None, at_door: bool = False
    ) -> Actor:
        """The same call, by somebody who is known now."""
        # Written out: for every request, and ``dataclasses.replace`` looks at each field by name.
        return Actor(
            application_id=application_id,
            user_id=user_id,
            ip=self.ip,
            user_agent=self.user_agent,
            at_door=at_door or self.at_door,
            request=self.request,
        )

    def for_something_new(self) -> Actor:
        """The same call where it made what it would else have changed: it is answered with 201."""
        return replace(self, request={**self.request, "status": 201}) if self.request else self

    @property
    def kind(self) -> str:
        """What the audit log calls such an actor."""
        if self.user_id is not None or self.at_door:
            return "User"
        return "Application" if self.application_id is not None else "Operator"


OPERATOR = Actor()
"""The operator at the command line."""
