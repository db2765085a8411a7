"""A violated constraint as the domain's error: one table for both databases.

PostgreSQL names the constraint; SQLite names a check by its name and a unique one by its columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from carteiro.errors import (
    CarteiroError,
    ConstraintViolated,
    EmailInUse,
    MessageRateLimited,
    PhoneInUse,
    RecipientSuppressed,
    RelationNotFound,
    ResourceIndicatorInUse,
    RoleNameInUse,
    ScopeNameExists,
    SecretNameExists,
    UniqueViolation,
    UsageLimitExceeded,
    UsernameInUse,
)

_CHECKS: Mapping[str, type[CarteiroError]] = {
    "application_roles_type": ConstraintViolated,
    "organization_application_roles_type": ConstraintViolated,
    "organization_applications_type": ConstraintViolated,
    "organization_user_roles_type": ConstraintViolated,
    "messages_suppressed": RecipientSuppressed,
    "send_rates_limit": MessageRateLimited,
    "send_windows_limit": MessageRateLimited,
    "usage_counters_cap": UsageLimitExceeded,
    "user_roles_type": ConstraintViolated,
}
_UNIQUE: Mapping[tuple[str, str], type[UniqueViolation]] = {
    ("application_secrets_pkey", "application_secrets.name"): SecretNameExists,
    ("resources_indicator", "resources.indicator"): ResourceIndicatorInUse,
    ("roles_name", "roles.name"): RoleNameInUse,
    ("scopes_name", "scopes.name"): ScopeNameExists,
    ("users_email", "users.email_key"): EmailInUse,
    ("users_phone", "users.primary_phone"): PhoneInUse,
    ("users_username", "users.username"): UsernameInUse,
}
"""By PostgreSQL's name of the constraint and by the last column that SQLite names."""
_BY_NAME = {name: kind for (name, _), kind in _UNIQUE.items()}
_BY_COLUMN = {column: kind for (_, column), kind in _UNIQUE.items()}
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")


def check_error(name: str | None) -> CarteiroError | None:
    """The error of a named check, if it is one of ours."""
    kind = _CHECKS.get(name or "")
    return kind() if kind else None


def unique_error(name: str | None) -> UniqueViolation:
    """The error of a named unique constraint."""
    return _BY_NAME.get(name or "", UniqueViolation)()


def sqlite_error(text: str) -> CarteiroError | None:
    """The error behind SQLite's message, if it is a constraint that has a meaning."""
    if match := _SQLITE_CHECK.search(text):
        return check_error(match[1])
    if text.startswith("UNIQUE constraint failed"):
        return _BY_COLUMN.get(text.rpartition(", ")[2], UniqueViolation)()
    return RelationNotFound() if text.startswith("FOREIGN KEY constraint failed") else None
