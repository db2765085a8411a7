"""The presets are configs that the SMTP connector takes as they are meant."""

import pytest

from carteiro.connectors.providers.smtp import _server
from carteiro.connectors.smtp.config import SmtpConfig
from carteiro.connectors.smtp.presets import PRESETS, SmtpPreset, presets
from carteiro.model.default_templates import default_templates

AUTH = {
    "login": {"type": "login", "user": "u@example.com", "pass": "p"},
    "oauth2": {"type": "oauth2", "user": "u@example.com", "accessToken": "t"},
}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_is_a_config_with_tls(preset: SmtpPreset) -> None:
    config = SmtpConfig.model_validate(
        {
            **preset.config(),
            "auth": AUTH[preset.auth],
            "fromEmail": "u@example.com",
            "templates": default_templates("contentType"),
        }
    )

    server = _server(config)

    assert server.implicit_tls == preset.secure
    assert server.implicit_tls or server.starttls
    assert preset.advice.endswith(".")


def test_the_six_mailboxes_that_users_ask_for_are_there_as_json() -> None:
    ids = [preset["id"] for preset in presets()]

    assert ids == ["gmail", "microsoft-365", "zoho", "fastmail", "yandex", "qq"]
