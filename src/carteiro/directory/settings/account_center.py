"""What people may see and change of their own accounts, as the tenant has decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from carteiro.directory.settings.tenant_settings import ACCOUNT_CENTER_DEFAULT

_OFF, _EDIT = "Off", "Edit"


class AccountField(StrEnum):
    """The parts of an account that are switched one by one."""

    NAME = "name"
    AVATAR = "avatar"
    PROFILE = "profile"
    EMAIL = "email"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 - a part's name
    USERNAME = "username"
    SOCIAL = "social"
    CUSTOM_DATA = "customData"
    MFA = "mfa"
    PASSKEY = "passkey"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCenter:
    """The setting as it is read; a part that is not named is off.

    ``profile_fields`` are what the account's page asks for, in this order; ``None`` leaves it to
    the page. ``delete_account_url`` is where the tenant ends accounts.
    """

    enabled: bool
    modes: Mapping[str, str]
    profile_fields: Sequence[str] | None = None
    delete_account_url: str | None = None
    custom_css: str | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """Read the setting; ``None`` is the default."""
        values = {**ACCOUNT_CENTER_DEFAULT, **(stored or {})}
        named = values["profileFields"]
        return cls(
            enabled=values["enabled"],
            modes=values["fields"],
            profile_fields=None if named is None else tuple(one["name"] for one in named),
            delete_account_url=values["deleteAccountUrl"],
            custom_css=values["customCss"],
        )

    def shows(self, field: AccountField) -> bool:
        """Whether people see this of theirs."""
        return self._mode(field) != _OFF

    def edits(self, field: AccountField) -> bool:
        """Whether people change this of theirs."""
        return self._mode(field) == _EDIT

    def _mode(self, field: AccountField) -> str:
        # What is not decided of passkeys is decided with second factors.
        if field is AccountField.PASSKEY and not self.modes.get(field):
            field = AccountField.MFA
        return self.modes.get(field) or _OFF
