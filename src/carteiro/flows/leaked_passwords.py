"""Whether a new password is one that everybody knows, as far as the tenant wants to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from carteiro.connectors.leaks.pwned_passwords import is_listed
from carteiro.directory.passwords.rules import PasswordPolicy
from carteiro.flows.world import World

_log = structlog.get_logger("carteiro.passwords")


async def has_leaked(
    world: World, policy: PasswordPolicy, protection: Mapping[str, Any] | None, password: str
) -> bool:
    """Look the password up in the list that is here, then, where it is allowed, in the service.

    A service that does not answer knows nothing: the password passes.
    """
    if not policy.leaked:
        return False
    if await world.passwords.leaked(password):
        return True
    if not (protection or {}).get("leakedPasswordsService") or len(password) > policy.max_length:
        return False
    listed = await is_listed(world.services.http, password)
    if listed is None:
        _log.warning("the service of leaked passwords did not answer")
    return bool(listed)
