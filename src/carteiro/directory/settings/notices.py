"""Which changes a tenant's people are told of by mail: the shape of the settings, the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from carteiro.model.wire import Wire


class NoticesUpdate(Wire):
    """Of what people are told; each given member replaces the stored one."""

    enabled: bool | None = Field(None, description="Whether anybody is told of anything.")
    password_changed: bool | None = Field(None, description="The password was set or changed.")
    email_changed: bool | None = Field(
        None, description="The address was changed or removed: the old and the new one are told."
    )
    phone_changed: bool | None = Field(None, description="The number was changed or removed.")
    mfa_changed: bool | None = Field(None, description="The second factor was changed.")
    sessions_ended: bool | None = Field(None, description="Sessions were ended from elsewhere.")
    new_device: bool | None = Field(
        None, description="Somebody signed in with a browser that the account does not know."
    )
    at_endpoints: bool | None = Field(
        None,
        description=(
            "Whether connectors that keep words elsewhere (`http-email`, Postmark) get notices: "
            "their types are none of the nine that such an endpoint may be written for."
        ),
    )


NOTICES_DEFAULT: Mapping[str, Any] = {
    "enabled": True,
    "passwordChanged": True,
    "emailChanged": True,
    "phoneChanged": True,
    "mfaChanged": True,
    "sessionsEnded": True,
    "newDevice": True,
    "atEndpoints": False,
}
