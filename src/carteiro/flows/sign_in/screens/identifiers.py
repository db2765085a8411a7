"""What somebody types into the one field: an address, a number or a user name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from carteiro.experience.proofs import Identifier, IdentifierType
from carteiro.flows.sign_in.screens.state import Said

_EMAIL = re.compile(r"\S+@\S+\.\S+")
_PHONE = re.compile(r"[+(]?[\d\s().\-/]+")
_SEPARATORS = re.compile(r"[\s().\-/]")
_ORDER = (IdentifierType.USERNAME, IdentifierType.EMAIL, IdentifierType.PHONE)
_LONGEST = 256
LABELS = {
    IdentifierType.USERNAME: "input.username",
    IdentifierType.EMAIL: "input.email",
    IdentifierType.PHONE: "input.phone_number",
}
NAMES = {
    IdentifierType.USERNAME: "description.username",
    IdentifierType.EMAIL: "description.email",
    IdentifierType.PHONE: "description.phone_number",
}
_WRONG = {
    IdentifierType.USERNAME: Said("error.username_required"),
    IdentifierType.EMAIL: Said("error.invalid_email"),
    IdentifierType.PHONE: Said("error.invalid_phone"),
}


def in_order(kinds: Iterable[IdentifierType]) -> list[IdentifierType]:
    """As the label of the field names them."""
    known = set(kinds)
    return [kind for kind in _ORDER if kind in known]


def plain(typed: str) -> str:
    """What was typed without what a keyboard or the clipboard added: blanks, full-width letters.

    A digit of any script counts as its digit.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    kept = (sign for sign in text if unicodedata.category(sign) not in {"Cf", "Cc"})
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in kept)


def code_of(typed: str) -> str:
    """A code of digits, or else of letters, without what is written between and around them."""
    signs = [sign for sign in plain(typed[:200]) if sign.isalnum()]
    return "".join(sign for sign in signs if sign.isdigit()) or "".join(signs).upper()


def understood(typed: str, allowed: Collection[IdentifierType]) -> Identifier | None:
    """Whom it names, of the kinds that are ``allowed``."""
    text = plain(typed)
    if not text or len(text) > _LONGEST:
        return None
    if _EMAIL.fullmatch(text):
        kind = IdentifierType.EMAIL
    elif IdentifierType.PHONE in allowed and _PHONE.fullmatch(text):
        digits = _SEPARATORS.sub("", text).lstrip("+")
        return Identifier(IdentifierType.PHONE, digits) if digits else None
    else:
        kind = IdentifierType.USERNAME
    if kind not in allowed or any(sign.isspace() for sign in text):
        return None
    return Identifier(kind, text)


def misunderstood(typed: str, allowed: Collection[IdentifierType]) -> Said:
    """What to say of something that names nobody."""
    if not plain(typed):
        return Said("error.general_required")
    kinds = in_order(allowed)
    return _WRONG[kinds[0]] if len(kinds) == 1 else Said("error.general_invalid")
