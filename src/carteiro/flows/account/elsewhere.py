"""What would stand in an account and is no part of the service: it answers as what is not there."""

from __future__ import annotations

from carteiro.directory.settings.account_center import AccountField
from carteiro.errors import (
    IdentityNotExist,
    MimeTypeNotAllowed,
    StorageNotConfigured,
    VerificationRecordNotFound,
)
from carteiro.flows.account.inside import Bearer, Inside
from carteiro.flows.account.rules import (
    require_editable,
    require_first_party,
    require_identity,
    require_scope,
    require_scope_strictly,
)
from carteiro.flows.account.steps import Taken, take

_SCOPE = "identities"


async def link_identity(bearer: Bearer) -> None:
    """Link an identity elsewhere: no proof of one can be made here.

    Raises ``FieldNotEditable``, ``Unauthorized``, ``ThirdPartyForbidden``, ``IdentityNotVerified``
    or ``VerificationRecordNotFound``.
    """

    async def work(inside: Inside) -> Taken[None]:
        require_editable(inside, AccountField.SOCIAL)
        require_scope_strictly(inside, _SCOPE)
        require_first_party(inside)
        require_identity(inside)
        raise VerificationRecordNotFound

    await take(bearer, "Identity.Update", work)


async def unlink_identity(bearer: Bearer) -> None:
    """Unlink one: there is none. Raises as ``link_identity``, at the end ``IdentityNotExist``."""

    async def work(inside: Inside) -> Taken[None]:
        require_editable(inside, AccountField.SOCIAL)
        require_scope(inside, _SCOPE)
        require_first_party(inside)
        require_identity(inside)
        raise IdentityNotExist

    await take(bearer, "Identity.Delete", work)


async def upload_avatar(bearer: Bearer, *, is_image: bool) -> None:
    """Store a picture: there is nowhere to.

    Raises ``FieldNotEditable``, ``MimeTypeNotAllowed`` or ``StorageNotConfigured``.
    """

    async def work(inside: Inside) -> Taken[None]:
        require_editable(inside, AccountField.AVATAR)
        raise StorageNotConfigured if is_image else MimeTypeNotAllowed

    await take(bearer, "Avatar.Update", work)
