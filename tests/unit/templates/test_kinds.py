"""What each type may speak of, as the seeds and management API §5.1 and §5.2 list it."""

import pytest

from carteiro.model.kinds import TemplateType as T
from carteiro.templates.kinds import BRANDING, Presence, sample_context, variables
from carteiro.templates.values import look_up

BRANDING_FIELDS = ["logoUrl", "darkLogoUrl", "favicon", "darkFavicon"]
PERSON = ["id", "name", "username", "primaryEmail", "primaryPhone", "avatar", "profile"]
POLICY = {"expiresInMinutes", "expiresInSeconds", "expiresAt", "maxRetryAttempts"}
ALWAYS, SOMETIMES = Presence.ALWAYS, Presence.SOMETIMES


@pytest.mark.parametrize(
    ("kind", "always", "sometimes"),
    [
        (T.SIGN_IN, {"code", "application"}, {"organization"}),
        (T.REGISTER, {"code", "application"}, {"organization"}),
        (T.FORGOT_PASSWORD, {"code", "application"}, {"organization"}),
        (T.MFA_VERIFICATION, {"code", "application"}, {"organization"}),
        (T.GENERIC, {"code"}, set()),
        (T.ORGANIZATION_INVITATION, {"link", "organization"}, {"inviter"}),
        (T.USER_PERMISSION_VALIDATION, {"code", "user", "operation"}, {"application"}),
        (T.BIND_NEW_IDENTIFIER, {"code", "user"}, {"application"}),
        (T.BIND_MFA, {"code", "user"}, {"application", "organization"}),
    ],
)
def test_a_type_has_these_variables(kind, always, sometimes):
    found = {v.path: v.presence for v in variables(kind) if v.presence is not Presence.FIELD}

    policy = POLICY if "code" in always else set()
    assert {path for path, presence in found.items() if presence is ALWAYS} == {
        *always,
        *policy,
        "locale",
    }
    rest = {path for path, presence in found.items() if presence is SOMETIMES}
    assert rest == sometimes | {"uiLocales"}


def test_every_field_of_an_object_can_be_named():
    paths = {variable.path for variable in variables(T.BIND_MFA)}

    assert {f"user.{name}" for name in PERSON} <= paths
    assert {f"application.branding.{name}" for name in BRANDING_FIELDS} <= paths
    assert {"application.id", "application.name", "application.displayName"} <= paths
    assert {"user.profile.givenName", "user.profile.address.formatted"} <= paths


@pytest.mark.parametrize("kind", T)
def test_a_sample_has_every_variable_of_its_type_and_no_other(kind):
    context = sample_context(kind, "de")

    roots = {variable.path.partition(".")[0] for variable in variables(kind)}
    assert set(context) == roots
    assert look_up(context, "locale") == "de"


def test_a_sample_is_our_own_to_change():
    sample_context(T.SIGN_IN)["application"]["name"] = "changed"

    assert sample_context(T.SIGN_IN)["application"]["name"] == "Example App"


def test_branding_belongs_to_the_prebuilt_templates_alone():
    for kind in T:
        assert not BRANDING.keys() & {variable.path for variable in variables(kind)}
