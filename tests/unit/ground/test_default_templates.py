"""The templates that a new connector's form is filled with (connectors §4)."""

import pytest

from carteiro.model.default_templates import default_templates

ORDER = [
    *("SignIn", "Register", "ForgotPassword", "OrganizationInvitation", "Generic"),
    *("UserPermissionValidation", "BindNewIdentifier", "MfaVerification", "BindMfa"),
]


@pytest.mark.parametrize("type_key", ["contentType", "type"])
def test_there_is_one_plain_line_for_each_type_in_the_order_of_the_wire(type_key):
    entries = default_templates(type_key)

    assert [entry["usageType"] for entry in entries] == ORDER
    for entry in entries:
        assert set(entry) == {"usageType", type_key, "subject", "content"}
        assert entry[type_key] == "text/plain"
        assert "\n" not in entry["subject"] + entry["content"]


def test_every_entry_says_the_code_and_how_long_it_lives_but_the_invitation_its_link():
    for entry in default_templates("type"):
        if entry["usageType"] == "OrganizationInvitation":
            assert "{{link}}" in entry["content"]
            assert "{{code}}" not in entry["content"]
        else:
            assert "{{code}}" in entry["content"]
            assert "10 minutes" in entry["content"]
