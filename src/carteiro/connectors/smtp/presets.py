"""How to reach well-known mailboxes by SMTP: facts to fill the form with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPreset:
    """A provider's submission server. ``auth`` is ``login`` or ``oauth2``.

    ``secure`` is TLS from the first byte; without it the connection is upgraded by STARTTLS.
    """

    id: str
    name: str
    host: str
    port: int
    secure: bool
    auth: str
    advice: str

    def config(self) -> dict[str, Any]:
        """What the preset says of the SMTP connector's config."""
        config = {"host": self.host, "port": self.port, "secure": self.secure}
        return config if self.secure else {**config, "requireTLS": True}


PRESETS = (
    SmtpPreset(
        id="gmail",
        name="Gmail and Google Workspace",
        host="smtp.gmail.com",
        port=465,
        secure=True,
        auth="login",
        advice="Make an app password; it needs two-step verification. OAuth 2.0 works too.",
    ),
    SmtpPreset(
        id="microsoft-365",
        name="Microsoft 365",
        host="smtp.office365.com",
        port=587,
        secure=False,
        auth="oauth2",
        advice="Allow SMTP AUTH for the mailbox and use OAuth 2.0: passwords are being retired.",
    ),
    SmtpPreset(
        id="zoho",
        name="Zoho Mail",
        host="smtp.zoho.com",
        port=465,
        secure=True,
        auth="login",
        advice="Accounts of the EU use smtp.zoho.eu; with two-factor sign-in make an app password.",
    ),
    SmtpPreset(
        id="fastmail",
        name="Fastmail",
        host="smtp.fastmail.com",
        port=465,
        secure=True,
        auth="login",
        advice="Make an app password that may send mail; the account's own is refused.",
    ),
    SmtpPreset(
        id="yandex",
        name="Yandex Mail",
        host="smtp.yandex.com",
        port=465,
        secure=True,
        auth="login",
        advice="Allow mail clients in the settings and make an app password.",
    ),
    SmtpPreset(
        id="qq",
        name="QQ Mail",
        host="smtp.qq.com",
        port=465,
        secure=True,
        auth="login",
        advice="Switch SMTP on in the settings; its authorization code is the password.",
    ),
)


def presets() -> list[dict[str, Any]]:
    """The presets as JSON, for whoever fills in the form."""
    return [asdict(preset) for preset in PRESETS]
