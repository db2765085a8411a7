"""Who within a tenant has something of its own: an organization or an application."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OwnerKind(StrEnum):
    """Whose something is."""

    ORGANIZATION = "organization"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization or an application."""

    kind: OwnerKind
    id: str

    @classmethod
    def of(cls, organization_id: str | None, application_id: str | None) -> Owner | None:
        """The one of the two that there is; ``None`` where it is the tenant's."""
        if organization_id is not None:
            return cls(OwnerKind.ORGANIZATION, organization_id)
        return None if application_id is None else cls(OwnerKind.APPLICATION, application_id)

    @property
    def organization_id(self) -> str | None:
        """Its id, where it is an organization."""
        return self.id if self.kind is OwnerKind.ORGANIZATION else None

    @property
    def application_id(self) -> str | None:
        """Its id, where it is an application."""
        return self.id if self.kind is OwnerKind.APPLICATION else None
