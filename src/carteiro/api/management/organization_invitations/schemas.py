"""Invitations on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError
from pydantic_core import InitErrorDetails

from carteiro.api.fields import Email, Ids
from carteiro.model.wire import Wire

_TEXTS = ("code", "link", "locale", "uiLocales")


def require_message(value: dict[str, Any]) -> dict[str, Any]:
    """The known members of a message's payload are texts; others pass as they are."""
    wrong = [name for name in _TEXTS if name in value and not isinstance(value[name], str)]
    if wrong:
        raise ValidationError.from_exception_data(
            "Message",
            [InitErrorDetails(type="string_type", loc=(n,), input=value[n]) for n in wrong],
        )
    return value


def _alternative(value: Any) -> str:
    return "none" if value is False else "payload"


Message = Annotated[dict[str, Any], AfterValidator(require_message)]
Moment = Annotated[int, Field(ge=0, lt=2**53)]


class CreateInvitation(Wire):
    """Who is invited where. With a `messagePayload` (even `{}`) they get a mail."""

    nullable = frozenset({"inviterId"})

    inviter_id: Annotated[str, Field(max_length=21)] | None = None
    invitee: Annotated[Email, Field(max_length=256)]
    organization_id: Annotated[str, Field(min_length=1, max_length=21)]
    expires_at: Moment = Field(description="Milliseconds since the epoch.")
    organization_role_ids: Ids | None = None
    message_payload: (
        Annotated[
            Annotated[Message, Tag("payload")] | Annotated[Literal[False], Tag("none")],
            Discriminator(_alternative),
        ]
        | None
    ) = Field(None, description="The template's variables, such as `link`; `false` sends no mail.")

    @property
    def message(self) -> Mapping[str, Any] | None:
        """The payload, if a mail is asked for."""
        return self.message_payload or {} if isinstance(self.message_payload, dict) else None


class Decision(Wire):
    """What becomes of an invitation."""

    nullable = frozenset({"acceptedUserId"})

    status: Literal["Accepted", "Revoked"]
    accepted_user_id: str | None = None
