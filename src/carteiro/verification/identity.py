"""What a code is bound to, and the hashes by which it is found again without naming anybody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from carteiro.model.kinds import TemplateType
from carteiro.model.message import Recipient
from carteiro.secrets import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Tenant, purpose, recipient and, in a sign-in session, the interaction.

    Without ``session`` the recipient itself identifies the code (the management API's codes).
    """

    tenant_id: str
    type: TemplateType
    recipient: Recipient
    session: str | None = None

    def recipient_hash(self, keys: Keyring) -> str:
        """Stable for all spellings of the address; budgets and limits are kept under it."""
        return recipient_hash(keys, self.tenant_id, self.recipient)

    def hash(self, keys: Keyring) -> str:
        """Where the one waiting code of this identity is stored."""
        if self.session is not None:
            return keys.index_digest("session", self.tenant_id, self.type, self.session)
        return keys.index_digest("direct", self.tenant_id, self.type, self.recipient.key)


def recipient_hash(keys: Keyring, tenant_id: str, recipient: Recipient) -> str:
    """The recipient as rows know it."""
    return keys.index_digest("recipient", tenant_id, recipient.key)


def normalize_code(typed: str) -> str:
    """What the person meant: blanks and dashes dropped, digits of any script ASCII, capitals."""
    folded = unicodedata.normalize("NFKC", typed)
    return "".join(
        str(unicodedata.digit(letter)) if letter.isdigit() else letter
        for letter in folded
        if not letter.isspace() and unicodedata.category(letter) not in {"Pd", "Cf"}
    ).upper()
