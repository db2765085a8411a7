"""People as the wire, webhooks and mails show them."""

from __future__ import annotations

import json
from typing import Any

from carteiro.model.kinds import UserInfo
from carteiro.storage.people.users import UserRow


def user_info(row: UserRow) -> dict[str, Any]:
    """A person in an answer of the management API and in a webhook: everything but the password."""
    return {
        "id": row.id,
        "username": row.username,
        "primaryEmail": row.primary_email,
        "primaryPhone": row.primary_phone,
        "name": row.name,
        "avatar": row.avatar,
        "customData": json.loads(row.custom_data),
        "identities": json.loads(row.identities),
        "lastSignInAt": row.last_sign_in_at,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "profile": json.loads(row.profile),
        "applicationId": row.application_id,
        "cimdClientId": row.cimd_client_id,
        "isSuspended": row.is_suspended,
        "hasPassword": row.password_encrypted is not None,
    }


def sign_in_choices(row: UserRow) -> dict[str, Any]:
    """What a person has decided about second factors and passkeys; nothing decided is ``False``."""
    stored: dict[str, Any] = json.loads(row.logto_config)
    return {
        "mfa": {"skipped": False, "skipMfaOnSignIn": False, **stored.get("mfa", {})},
        "passkeySignIn": {"skipped": False, **stored.get("passkeySignIn", {})},
    }


def mail_person(row: UserRow) -> UserInfo:
    """A person as ``user`` or ``inviter`` of a mail: what is not set is there as ``None``."""
    return {
        "id": row.id,
        "name": row.name,
        "username": row.username,
        "primaryEmail": row.primary_email,
        "primaryPhone": row.primary_phone,
        "avatar": row.avatar,
        "profile": json.loads(row.profile),
    }
