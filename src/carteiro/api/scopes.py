"""Which scopes suffice for a part of the management API beside ``all``; the part names its own.

One that names none is for ``all`` alone. So are those that could give a caller more than it has
(applications, roles, resources, what machines may do in organizations), that show secrets
(captcha, signing keys of webhooks), or that send people's data elsewhere (webhooks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.api.context import Context
from carteiro.errors import Forbidden
from carteiro.model.management import ManagementScope as Scope
from carteiro.model.masking import MASK

Needs = tuple[Scope | None, Scope | None]
"""To read, and to write; ``None`` is ``all``."""
CODES: Needs = (None, Scope.CODES_WRITE)
LINKS: Needs = (Scope.LINKS_READ, Scope.LINKS_WRITE)
INVITATIONS: Needs = (Scope.INVITATIONS_READ, Scope.INVITATIONS_WRITE)
TEMPLATES: Needs = (Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE)
CONNECTORS: Needs = (Scope.CONNECTORS_READ, Scope.CONNECTORS_WRITE)
MESSAGES: Needs = (Scope.MESSAGES_READ, Scope.MESSAGES_WRITE)
LOGS: Needs = (Scope.LOGS_READ, None)
PEOPLE: Needs = (Scope.PEOPLE_READ, Scope.PEOPLE_WRITE)
ORGANIZATIONS: Needs = (Scope.ORGANIZATIONS_READ, Scope.ORGANIZATIONS_WRITE)
GIVING: Needs = (Scope.ORGANIZATIONS_READ, None)
"""What an organization's roles give on resources, and to machines: the caller is one."""
SETTINGS: Needs = (Scope.SETTINGS_READ, Scope.SETTINGS_WRITE)
ALL: Needs = (None, None)


def scope_of(method: str, needs: Needs) -> Scope | None:
    """The scope that suffices for a method of a path; ``None``: only ``all``."""
    read, write = needs
    return read if method in {"GET", "HEAD"} else write


def require_also(caller: Context, *scopes: Scope) -> None:
    """Let only callers go on that have these scopes beside the route's own. Raises ``Forbidden``.

    A body may name what the route's scope does not show.
    """
    if not has(caller, *scopes):
        raise Forbidden(f"This needs the scope {' '.join(scopes)}, too, or `all`.")


def has(caller: Context, *scopes: Scope) -> bool:
    """Whether a caller has all of these scopes, or ``all``."""
    return caller.sees_secrets or caller.scopes.issuperset(scopes)


def require_own_secrets(caller: Context, given: Any) -> None:
    """Let only callers that may see secrets have a mask filled in. Raises ``Forbidden``.

    Whoever changes where a connector sends could have the stored secret sent there.
    """
    if not caller.sees_secrets and _has_mask(given):
        raise Forbidden("A masked secret stands for the stored one only with the scope `all`.")


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_mask, value.values()))
    if isinstance(value, list):
        return any(map(_has_mask, value))
    return bool(value == MASK)
