"""What a password was reset by is no second factor to it: a mailbox would be both of them.

The account remembers how its password was reset, until it has shown a factor of another kind or
an administrator gives it another password.
"""

from __future__ import annotations

import json
from typing import Any

from carteiro.experience.proofs import IdentifierType, ProofType
from carteiro.experience.record import InteractionRecord
from carteiro.experience.settings import Factor
from carteiro.storage.people.users import UserRow

_KEY = "passwordResetBy"
_PROVES = {
    ProofType.EMAIL_CODE: IdentifierType.EMAIL,
    ProofType.MFA_EMAIL_CODE: IdentifierType.EMAIL,
    ProofType.ONE_TIME_TOKEN: IdentifierType.EMAIL,
    ProofType.PHONE_CODE: IdentifierType.PHONE,
    ProofType.MFA_PHONE_CODE: IdentifierType.PHONE,
}
_FACTOR = {
    IdentifierType.EMAIL: Factor.EMAIL_CODE,
    IdentifierType.PHONE: Factor.PHONE_CODE,
}


def proven_by(record: InteractionRecord) -> frozenset[Factor]:
    """The channels that were proven in an interaction, whatever for."""
    return frozenset(
        _FACTOR[_PROVES[proof.type]]
        for proof in record.proofs
        if proof.verified and proof.type in _PROVES
    )


def reset_by(user: UserRow) -> Factor | None:
    """What the account's password was reset by, and nothing else has been shown since."""
    found = _read(user.logto_config).get(_KEY)
    return None if found is None else Factor(found)


def remembered(logto_config: str, factor: Factor) -> str:
    """An account's ``logto_config`` once its password was reset by this alone."""
    return json.dumps({**_read(logto_config), _KEY: factor.value}, ensure_ascii=False)


def forgotten(logto_config: str) -> str:
    """The same once that does not count any more."""
    if _KEY not in logto_config:
        return logto_config
    rest = {key: value for key, value in _read(logto_config).items() if key != _KEY}
    return json.dumps(rest, ensure_ascii=False)


def _read(logto_config: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(logto_config)
    return stored
