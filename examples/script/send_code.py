"""Carteiro as a library: no server, no database.

    SMTP_HOST=127.0.0.1 SMTP_PORT=1025 python send_code.py ana@example.com "pt-BR,en;q=0.5"

Decides on a language, checks and renders a template, sends it through SMTP.
"""

import asyncio
import os
import sys

import carteiro

TEMPLATES = {
    "en": carteiro.TemplateSource(
        subject="Your code is {{code}}",
        content="<p>Sign in with <b>{{code}}</b>.</p>",
    ),
    "pt-BR": carteiro.TemplateSource(
        subject="Seu código é {{code}}",
        content="<p>Entre com <b>{{code}}</b>.</p>",
    ),
}
SMTP = {
    "host": os.environ.get("SMTP_HOST", "127.0.0.1"),
    "port": int(os.environ.get("SMTP_PORT", "1025")),
    "auth": {"type": "login"},
    "fromEmail": "Example <no-reply@example.com>",
    "templates": [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
    ],
}


async def main(to: str, accept_language: str) -> None:
    """Send one sign-in code."""
    decision = carteiro.negotiate(
        accept_language=accept_language, library=carteiro.LanguageLibrary(), fallback="en"
    )
    source = TEMPLATES.get(decision.tag, TEMPLATES["en"])
    kind = carteiro.TemplateType.SIGN_IN
    for finding in carteiro.check_template(source, kind):
        print(f"{finding.severity}: {finding.message}")
    template = carteiro.compile_template(source, language=decision.tag)
    variables = {"code": carteiro.numeric_code(), "locale": decision.tag}
    async with carteiro.open_sender("simple-mail-transfer-protocol", SMTP) as sender:
        receipt = await sender.send(to, kind, variables, template=template)
    print(f"Sent in {decision.tag} ({decision.reason}): {receipt.detail}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "en"))
