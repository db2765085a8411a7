"""A changed password signs its person out everywhere, whoever changes it and by what."""

from __future__ import annotations

from carteiro.model.kinds import TemplateType
from carteiro.storage.drivers.database import Call
from carteiro.storage.sign_in import grants, interactions, sessions, verifications


def sign_out_everywhere(
    tenant_id: str,
    user_id: str,
    *,
    session_uid: str | None = None,
    grant_id: str | None = None,
    proof_id: str | None = None,
    interaction_uid: str | None = None,
) -> list[Call]:
    """What ends: sessions, grants with their tokens, who is on the way in, and what was proven.

    What is named stays: it is from there that the password is changed.
    """
    return [
        sessions.ending_others(tenant_id, user_id, kept=session_uid),
        grants.ending_others(tenant_id, user_id, kept=grant_id),
        interactions.ending_of_account(tenant_id, user_id, beside=interaction_uid),
        forget_proofs(tenant_id, user_id, proof_id=proof_id),
    ]


def forget_proofs(tenant_id: str, user_id: str, *, proof_id: str | None = None) -> Call:
    """What was proven in a person's name counts no more, but for one proof."""
    return verifications.forgetting_others(
        tenant_id,
        user_id,
        kept=proof_id or "",
        template=TemplateType.USER_PERMISSION_VALIDATION.value,
    )
