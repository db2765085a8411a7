"""What a call has to have; in which order it is asked is each route's own (experience API §3.4)."""

from __future__ import annotations

from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import (
    FieldNotEditable,
    FieldNotEnabled,
    IdentityNotVerified,
    ScopeMissing,
    ThirdPartyForbidden,
    Unauthorized,
)
from carteiro.experience.confirmations import shows_identity
from carteiro.flows.account.inside import Inside
from carteiro.storage.sign_in.verifications import VerificationRow


def require_identity(inside: Inside, *, reads: bool = False) -> None:
    """The person has proven once more who they are, in this application.

    Where a third party's application is refused further on for what it is (all but what only
    ``reads``), it is not refused here for not being the one. Raises ``IdentityNotVerified``.
    """
    excused = bool(inside.row.is_third_party) and not reads
    if not shows_identity(inside.proof) or not (excused or is_own(inside, inside.proof)):
        raise IdentityNotVerified


def is_own(inside: Inside, proof: VerificationRow | None) -> bool:
    """Whether a proof was made in the application that calls."""
    return proof is not None and proof.client_id == inside.row.client_id


def require_editable(inside: Inside, *fields: AccountField) -> None:
    """The tenant lets people change these. Raises ``FieldNotEditable``."""
    if not all(inside.center.edits(field) for field in fields):
        raise FieldNotEditable


def require_shown(inside: Inside, field: AccountField) -> None:
    """The tenant lets people see this. Raises ``FieldNotEnabled``."""
    if not inside.center.shows(field):
        raise FieldNotEnabled


def require_scope(inside: Inside, scope: str) -> None:
    """The token has the scope of this part. Raises ``ScopeMissing``, which answers 400."""
    if scope not in inside.row.scopes:
        raise ScopeMissing


def require_scope_strictly(inside: Inside, scope: str) -> None:
    """The same where it is answered as a token that is not good. Raises ``Unauthorized``."""
    if scope not in inside.row.scopes:
        raise Unauthorized(ScopeMissing.summary)


def require_first_party(inside: Inside) -> None:
    """The application is the tenant's own. Raises ``ThirdPartyForbidden``."""
    if inside.row.is_third_party:
        raise ThirdPartyForbidden
