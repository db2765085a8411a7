"""Shapes of `/api/dkim-keys`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from carteiro.connectors.dkim.keys import KeyAlgorithm
from carteiro.model.wire import Wire
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow


class CreateDkimKey(Wire):
    """A key that is to be made."""

    domain: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="The domain in `From`, or one above it."
    )
    algorithm: Annotated[KeyAlgorithm, Field(strict=False)] = Field(
        KeyAlgorithm.RSA,
        description="`ed25519` stands beside `rsa`, which every receiver can verify.",
    )
    selector: Annotated[str, Field(min_length=1, max_length=63)] | None = Field(
        None, description="The name in front of `_domainkey`; without it one is made up."
    )


class UseDkimKey(Wire):
    """How a key comes to sign."""

    unseen: bool | None = Field(
        None, description="Without asking the DNS whether it publishes the key."
    )


def key_response(row: DkimKeyRow) -> dict[str, Any]:
    """A key with its record; the key itself is shown to nobody."""
    return {
        "tenantId": row.tenant_id,
        "domain": row.domain,
        "selector": row.selector,
        "algorithm": row.algorithm,
        "state": row.state,
        "record": {
            "type": "TXT",
            "name": f"{row.selector}._domainkey.{row.domain}",
            "value": row.record,
        },
        "createdAt": row.created_at,
        "changedAt": row.changed_at,
    }
