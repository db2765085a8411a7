"""The main job: a code leaves in the person's language and is redeemed once."""

from __future__ import annotations

import re

import httpx

from carteiro.testing.smtp_server import SmtpSink


def smtp_config(port: int) -> dict[str, object]:
    """A config for a server on loopback."""
    kinds = ["SignIn", "Register", "ForgotPassword", "Generic"]
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "Acme <no-reply@acme.test>",
        "templates": [
            {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
            for kind in kinds
        ],
    }


def template(tag: str, subject: str, content: str) -> dict[str, object]:
    """A stored template for codes."""
    return {
        "languageTag": tag,
        "templateType": "Generic",
        "details": {"subject": subject, "content": content, "contentType": "text/html"},
    }


async def test_a_code_arrives_in_the_persons_language_and_is_redeemed_once(
    client: httpx.AsyncClient,
) -> None:
    async with SmtpSink() as sink:
        await client.post(
            "/api/connectors",
            json={"connectorId": "simple-mail-transfer-protocol", "config": smtp_config(sink.port)},
        )
        templates = [
            template("en", "Your code", "<p>Code: <b>{{code}}</b></p>"),
            template(
                "pt-BR", "Seu código", "<p>Código: <b>{{code}}</b>, {{expiresInMinutes}} min</p>"
            ),
        ]
        await client.put("/api/email-templates", json={"templates": templates})

        sent = await client.post(
            "/api/verification-codes", json={"email": "Ana@Example.com", "locale": "pt-BR"}
        )

        assert sent.status_code == 204, sent.text
        mail = sink.received[0].message
        assert mail["Subject"] == "Seu código"
        assert mail["To"] == "Ana@example.com"
        text = mail.get_body(("plain",)).get_content()
        code = re.fullmatch(r"Código: (\d{6}), 10 min\n", text.replace("\r\n", "\n"))[1]
        assert f"<b>{code}</b>" in mail.get_body(("html",)).get_content()

        verify = {"email": "ana@example.com"}
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        answers = [
            await client.post(
                "/api/verification-codes/verify", json={**verify, "verificationCode": typed}
            )
            for typed in (wrong, code, code)
        ]
        assert [answer.status_code for answer in answers] == [400, 204, 400]
        assert answers[0].json()["code"] == "verification_code.code_mismatch"
        assert answers[2].json()["code"] == "verification_code.not_found"
