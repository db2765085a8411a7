"""Somebody at the door chooses a password, or comes with one that is too old."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.directory.passwords.expiry import is_expired
from carteiro.directory.passwords.rules import password_issues, password_policy
from carteiro.directory.settings.tenant_settings import SettingName
from carteiro.errors import PasswordExpired, PasswordRejected
from carteiro.flows.leaked_passwords import has_leaked
from carteiro.flows.world import World
from carteiro.storage.people.users import UserRow


async def require_good_password(
    world: World, workspace: Workspace, password: str, personal: Sequence[str]
) -> None:
    """Refuse a password that the tenant's policy does not take.

    ``personal`` is what ``personal_words`` makes of the person, what is pending before what is
    stored. It hashes and may ask a service, so it is called outside a unit of work. Raises
    ``PasswordRejected``, whose ``data`` is the list of what is wrong.
    """
    policy = password_policy(workspace.experience["passwordPolicy"])
    protection = workspace.settings.get(SettingName.PROTECTION)
    leaked = await has_leaked(world, policy, protection, password)
    issues = password_issues(password, policy, personal, leaked=leaked)
    if issues:
        raise PasswordRejected(data=issues)


def require_fresh_password(workspace: Workspace, person: UserRow, now: int) -> None:
    """Refuse a right password that is too old. Raises ``PasswordExpired``."""
    if is_expired(
        workspace.experience["passwordExpiration"],
        flagged=person.is_password_expired,
        updated_at=person.password_updated_at,
        created_at=person.created_at,
        now=now,
    ):
        raise PasswordExpired
