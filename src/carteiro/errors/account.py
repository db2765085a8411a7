"""The person inside: what they may not see or change of their own account, and what is missing."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class AccountCenterNotEnabled(CarteiroError):
    """The tenant does not let people look after their accounts themselves."""

    code = "account_center.not_enabled"
    summary = "The account center is not switched on."


class FieldNotEnabled(CarteiroError):
    """The tenant does not show people this part of their account."""

    code = "account_center.field_not_enabled"
    summary = "This part of the account is not shown here."


class FieldNotEditable(CarteiroError):
    """The tenant does not let people change this part of their account."""

    code = "account_center.field_not_editable"
    summary = "This part of the account cannot be changed here."


class ThirdPartyForbidden(CarteiroError):
    """A third party's application may not change a person's account."""

    code = "auth.third_party_application_forbidden"
    summary = "A third-party application may not do this."


class ScopeMissing(CarteiroError):
    """The token is good and lacks the scope of this part of the account."""

    code = "auth.unauthorized"
    summary = "The access token lacks the scope of this part of the account."


class IdentityNotVerified(CarteiroError):
    """The person has to prove once more who they are: ``logto-verification-id`` names a proof."""

    code = "verification_record.permission_denied"
    summary = "Prove once more who you are."


class VerificationRecordNotFound(CarteiroError):
    """There is no such proof: it is over, another's, for something else, or not proven."""

    code = "verification_record.not_found"
    summary = "There is no such verification. It may have expired."


class FactorNotFound(VerificationRecordNotFound):
    """The account has no second factor of this id."""

    summary = "There is no such second factor."


class LastSignInMethod(CarteiroError):
    """Without it the person could not sign in any more."""

    code = "user.last_sign_in_method_required"
    summary = "This is the last way to sign in to the account."


class BrowserSessionNotFound(CarteiroError):
    """The person has no such session."""

    code = "oidc.session_not_found"
    summary = "There is no such session."


class IdentityNotExist(CarteiroError):
    """The account is not linked to an identity elsewhere."""

    code = "user.identity_not_exist"
    summary = "The account has no such identity."
