"""The nine one-line templates that a connector's form starts with."""

from __future__ import annotations

from carteiro.model.kinds import TemplateType

_PURPOSE = {
    TemplateType.SIGN_IN: ("Your sign-in code", "sign in"),
    TemplateType.REGISTER: ("Your sign-up code", "create your account"),
    TemplateType.FORGOT_PASSWORD: ("Your code to reset the password", "reset your password"),
    TemplateType.ORGANIZATION_INVITATION: ("You are invited", ""),
    TemplateType.GENERIC: ("Your verification code", "verify your address"),
    TemplateType.USER_PERMISSION_VALIDATION: ("Confirm that it is you", "go on"),
    TemplateType.BIND_NEW_IDENTIFIER: ("Confirm your address", "add this address"),
    TemplateType.MFA_VERIFICATION: ("Your second-step code", "finish signing in"),
    TemplateType.BIND_MFA: ("Set up two-step verification", "set up two-step verification"),
}


def default_templates(type_key: str | None) -> list[dict[str, str]]:
    """The list as a form's default.

    ``type_key`` is what the connector calls the content type; ``None`` where all content is HTML.
    """
    content_type = {type_key: "text/plain"} if type_key else {}
    return [
        {
            "usageType": kind,
            **content_type,
            "subject": subject,
            "content": "Accept your invitation here: {{link}}"
            if kind is TemplateType.ORGANIZATION_INVITATION
            else f"Your code to {purpose} is {{{{code}}}}. It works for 10 minutes.",
        }
        for kind, (subject, purpose) in _PURPOSE.items()
    ]
