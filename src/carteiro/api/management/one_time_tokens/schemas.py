"""One-time tokens on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from carteiro.api.fields import Ids
from carteiro.model.links import link_fault
from carteiro.model.masking import MASK
from carteiro.model.wire import Wire
from carteiro.storage.mail.one_time_tokens import TokenRow, TokenStatus

Status = Annotated[TokenStatus, Field(strict=False)]


def _link(value: str) -> str:
    fault = link_fault(value)
    if fault is None and value.count("{token}") != 1:
        fault = "A link has {token} in it once."
    if fault is None and any(letter.isspace() for letter in value):
        fault = "A link has no blanks in it."
    if fault is not None:
        raise PydanticCustomError("custom", "{fault}", {"fault": fault})
    return value


class TokenContext(Wire):
    """What the token is for."""

    jit_organization_ids: Ids | None = None
    interaction_event: Literal["SignIn", "Register", "ForgotPassword"] | None = None


class LinkMessage(Wire):
    """The mail that brings the link."""

    link: Annotated[str, Field(max_length=2048), AfterValidator(_link)] = Field(
        description="The address to open; `{token}` and `{email}` are filled in.", repr=False
    )
    locale: Annotated[str, Field(max_length=64)] | None = None
    organization_id: str | None = Field(
        None,
        max_length=21,
        description=(
            "Whose templates and sender the mail has, if it has any; the only one of "
            "`jitOrganizationIds` where none is given."
        ),
    )
    application_id: str | None = Field(
        None,
        max_length=21,
        description="The same for an application; the one that asks where none is given.",
    )


class CreateToken(Wire):
    """Whom the token is for. With a `message` it is mailed."""

    email: Annotated[str, Field(min_length=1, max_length=128)]
    context: TokenContext | None = None
    expires_in: Annotated[int, Field(ge=1, le=10 * 365 * 86_400)] | None = Field(
        None, description="Seconds; 600 when not given."
    )
    message: LinkMessage | None = None


class VerifyToken(Wire):
    """A token that somebody brings, and who they say they are."""

    token: Annotated[str, Field(min_length=1)] = Field(repr=False)
    email: str


class TokenStatusChange(Wire):
    """Another status."""

    status: Status


def token_response(row: TokenRow, now: int, value: str = MASK) -> dict[str, Any]:
    """A token as the wire shows it; its value only to who made it or brought it."""
    return {
        "tenantId": row.tenant_id,
        "id": row.id,
        "email": row.email,
        "token": value,
        "context": json.loads(row.context),
        "status": row.status_at(now),
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
    }
