"""Everything that the database holds of a person: where, how it is found, what of it may be shown.

A row of the list below for each table. What is asked and erased is read from it, and a test walks
the schema: a table or a column that stands neither here nor among what is nobody's fails it.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

_OF_MAIL = "recipient_hash IN (:email_hash, :phone_hash)"
_OF_MESSAGES = (
    "message_id IN (SELECT id FROM messages WHERE messages.tenant_id = :tenant_id "
    "AND messages.recipient_hash IN (:email_hash, :phone_hash))"
)
_INVITED = "(invitee_key = :email_key OR inviter_id = :user_id OR accepted_user_id = :user_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Rows of one table. ``whose`` is the condition that finds a person's.

    ``withheld`` are columns that are named and not shown: hashes, secrets and what is sealed.
    ``erased`` says whether the rows go with the person; the others are somebody else's matter.
    Where a row is the tenant's, ``author`` is the column that is emptied instead.
    """

    name: str
    table: str
    key: tuple[str, ...]
    whose: str
    shown: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    erased: bool = True
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a person is found by: the id, and hashes and keys of their addresses."""

    tenant_id: str
    user_id: str
    email_key: str | None = None
    email_hash: str | None = None
    phone_hash: str | None = None
    locks: tuple[str, ...] = ()
    """Hashes under which failures are counted: five at most for each of four names."""
    texts: tuple[str | None, ...] = ()
    """Patterns for ``LIKE`` of what names them inside of JSON without its spaces; six at most."""

    def arguments(self) -> dict[str, Any]:
        """Values for every condition of the list."""
        locks = [*self.locks, *[None] * _LOCKS][:_LOCKS]
        texts = [*self.texts, *[None] * _TEXTS][:_TEXTS]
        return {
            "tenant_id": self.tenant_id,
            "user_id": self.user_id,
            "email_key": self.email_key,
            "email_hash": self.email_hash,
            "phone_hash": self.phone_hash,
            **dict(zip(_LOCK_NAMES, locks, strict=True)),
            **dict(zip(_TEXT_NAMES, texts, strict=True)),
        }


_LOCK_NAMES = tuple(f"lock_{letter}" for letter in ascii_lowercase[:20])
_TEXT_NAMES = ("text_a", "text_b", "text_c", "text_d", "text_e", "text_f")
_LOCKS, _TEXTS = len(_LOCK_NAMES), len(_TEXT_NAMES)
_LOCKED = f"target_hash IN ({', '.join(f':{name}' for name in _LOCK_NAMES)})"


def _named_in(column: str) -> str:
    """Whether JSON names the person, whatever its case and wherever its writer puts spaces."""
    text = f"REPLACE(LOWER({column}), ' ', '')"
    parts = [f"{text} LIKE CAST(:{name} AS VARCHAR) ESCAPE '!'" for name in _TEXT_NAMES]
    return f"({' OR '.join(parts)})"


HOLDINGS = (
    Holding(
        name="organizations",
        table="organization_users",
        key=("organization_id", "user_id"),
        whose="user_id = :user_id",
        shown=("organization_id", "user_id", "created_at"),
    ),
    Holding(
        name="organizationRoles",
        table="organization_user_roles",
        key=("organization_id", "organization_role_id", "user_id"),
        whose="user_id = :user_id",
        shown=("organization_id", "user_id", "organization_role_id", "role_type"),
    ),
    Holding(
        name="roles",
        table="user_roles",
        key=("role_id", "user_id"),
        whose="user_id = :user_id",
        shown=("user_id", "role_id", "role_type"),
    ),
    Holding(
        name="consentedOrganizations",
        table="consent_organizations",
        key=("application_id", "organization_id", "user_id"),
        whose="user_id = :user_id",
        shown=("application_id", "user_id", "organization_id"),
    ),
    Holding(
        name="activeDays",
        table="active_users",
        key=("day", "user_id"),
        whose="user_id = :user_id",
        shown=("day", "user_id"),
    ),
    Holding(
        name="knownBrowsers",
        table="known_browsers",
        key=("browser_hash",),
        whose="user_id = :user_id",
        shown=("user_id", "seen_at"),
        withheld=("browser_hash",),
    ),
    Holding(
        name="verificationRecords",
        table="verification_records",
        key=("id",),
        whose="user_id = :user_id",
        shown=(
            *("user_id", "client_id", "type", "template", "address", "verified", "created_at"),
            "expires_at",
        ),
        withheld=("id",),
    ),
    Holding(
        name="grants",
        table="grants",
        key=("id",),
        whose="account_id = :user_id",
        shown=("id", "account_id", "client_id", "scopes", "created_at", "expires_at"),
    ),
    Holding(
        name="sessions",
        table="browser_sessions",
        key=("uid",),
        whose="account_id = :user_id",
        shown=("account_id", "login_at", "authorizations", "created_at", "expires_at"),
        withheld=("uid", "secret_hash", "last_submission"),
    ),
    Holding(
        name="tokens",
        table="oidc_tokens",
        key=("value_hash",),
        whose="account_id = :user_id",
        shown=(
            *("kind", "client_id", "grant_id", "account_id", "created_at", "expires_at"),
            "consumed_at",
        ),
        withheld=("value_hash", "content", "session_uid"),
    ),
    Holding(
        name="interactions",
        table="interactions",
        key=("uid",),
        whose=(
            f"(account_id = :user_id OR {_named_in('record')} OR {_named_in('params')} "
            f"OR {_named_in('screen')})"
        ),
        shown=(
            *("client_id", "prompt", "language", "account_id", "submitted_at", "created_at"),
            *("expires_at", "record", "screen"),
        ),
        withheld=("uid", "resume_hash", "params", "session_uid", "grant_id", "version"),
    ),
    Holding(
        name="codes",
        table="codes",
        key=("identity_hash",),
        whose=_OF_MAIL,
        shown=("type", "tries", "created_at", "consumed_at", "message_id"),
        withheld=("identity_hash", "id", "key_id", "salt", "digest", "recipient_hash"),
    ),
    Holding(
        name="oneTimeTokens",
        table="one_time_tokens",
        key=("id",),
        whose="email_key = :email_key",
        shown=("id", "email", "context", "status", "created_at", "expires_at"),
        withheld=("email_key", "token_hash"),
    ),
    Holding(
        name="invitationRoles",
        table="organization_invitation_roles",
        key=("invitation_id", "organization_role_id"),
        whose=(
            "invitation_id IN (SELECT id FROM organization_invitations "  # noqa: S608 - fixed
            f"WHERE organization_invitations.tenant_id = :tenant_id AND {_INVITED})"
        ),
        shown=("invitation_id", "organization_role_id"),
    ),
    Holding(
        name="invitations",
        table="organization_invitations",
        key=("id",),
        whose=_INVITED,
        shown=(
            *("id", "inviter_id", "invitee", "accepted_user_id", "organization_id", "status"),
            *("created_at", "updated_at", "expires_at"),
        ),
        withheld=("invitee_key",),
    ),
    Holding(
        name="attempts",
        table="attempts",
        key=("message_id", "number"),
        whose=_OF_MESSAGES,
        shown=(
            *("message_id", "number", "connector_id", "factory_id", "started_at", "finished_at"),
            *("outcome", "disposition", "provider_id", "error", "skipped", "decision"),
            *("template", "template_revision", "connector_revision"),
        ),
    ),
    Holding(
        name="idleRounds",
        table="idle_rounds",
        key=("message_id", "after", "waiting_for"),
        whose=_OF_MESSAGES,
        shown=(
            *("message_id", "after", "waiting_for", "skipped", "first_at", "last_at", "due_at"),
            "times",
        ),
    ),
    Holding(
        name="messageEvents",
        table="message_events",
        key=("connector_id", "id"),
        whose=f"({_OF_MAIL} OR {_OF_MESSAGES})",
        shown=(
            *("connector_id", "id", "message_id", "provider_id", "type", "reason", "detail"),
            *("recipient_masked", "occurred_at", "received_at"),
        ),
        withheld=("recipient_hash",),
    ),
    Holding(
        name="messages",
        table="messages",
        key=("id",),
        whose=_OF_MAIL,
        shown=(
            *("id", "type", "mode", "state", "recipient_masked", "language", "language_reason"),
            *("template", "connector_id", "created_at", "expires_at", "finished_at", "failure"),
            *("attempts", "attempt_at", "due_at", "waiting_for", "suppressed_by"),
            "template_revision",
        ),
        withheld=(
            *("recipient_hash", "payload_sealed", "priority", "owner", "subject_kind"),
            "subject_id",
        ),
    ),
    Holding(
        name="notices",
        table="notices",
        key=("recipient_hash", "type"),
        whose=_OF_MAIL,
        shown=("type", "message_id", "last_at"),
        withheld=("recipient_hash",),
    ),
    Holding(
        name="suppressions",
        table="suppressions",
        key=("recipient_hash",),
        whose=_OF_MAIL,
        shown=("reason", "connector_id", "note", "created_at", "expires_at"),
        withheld=("recipient_hash", "recipient_sealed"),
    ),
    Holding(
        name="sendLimits",
        table="send_windows",
        key=("action", "recipient_hash"),
        whose=_OF_MAIL,
        shown=("last_at", "window_ms", "max_sends"),
        withheld=("action", "recipient_hash", "stamps"),
    ),
    Holding(
        name="failedCodes",
        table="failure_budgets",
        key=("recipient_hash",),
        whose=_OF_MAIL,
        shown=("failures", "since", "last_at"),
        withheld=("recipient_hash",),
    ),
    Holding(
        name="failedSignIns",
        table="lockouts",
        key=("target_hash",),
        whose=_LOCKED,
        shown=("blocked_until", "last_at"),
        withheld=("target_hash", "stamps"),
    ),
    Holding(
        name="webhooks",
        table="hook_deliveries",
        key=("id",),
        whose=_named_in("body"),
        shown=("id", "hook_id", "event", "body", "attempts", "created_at", "due_at"),
        withheld=("leased_until",),
    ),
    *(
        Holding(
            name=f"{kind}Revisions",
            table=f"{kind}_revisions",
            key=(f"{kind}_id", "number"),
            whose="user_id = :user_id",
            shown=(
                *(f"{kind}_id", "number", "user_id", "application_id", "note", "restores"),
                *("based_on", "created_at"),
            ),
            withheld=(content,),
            author="user_id",
        )
        for kind, content in (("template", "details"), ("connector", "config_sealed"))
    ),
    Holding(
        name="auditLog",
        table="logs",
        key=("id",),
        whose="user_id = :user_id",
        shown=("id", "key", "result", "payload", "created_at"),
        withheld=("user_id", "application_id", "hook_id"),
        erased=False,
    ),
)
"""In the order in which they are erased: what hangs on messages goes before these."""

PERSON = Holding(
    name="user",
    table="users",
    key=("id",),
    whose="id = :user_id",
    shown=(
        *("id", "username", "primary_email", "primary_phone", "name", "avatar", "profile"),
        *("application_id", "cimd_client_id", "identities", "custom_data", "logto_config"),
        *("is_suspended", "is_password_expired", "last_sign_in_at", "password_updated_at"),
        *("created_at", "updated_at"),
    ),
    withheld=(
        *("username_lower", "email_key", "password_encrypted", "password_encryption_method"),
        "mfa_verifications",
    ),
    erased=False,
)
"""The person's own row, which goes last: by it an erasure that was broken off goes on."""
