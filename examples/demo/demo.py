"""The main job, end to end, on this machine: `make demo`.

Starts Carteiro on SQLite and a real SMTP server on loopback, configures everything through the
management API, and checks each step. The exit status is 0 only if every check held.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from carteiro.testing.smtp_server import Received, SmtpSink

PERSON = "ana@example.com"
screen = Console(highlight=False)


class StepFailed(Exception):
    """A check did not hold."""


class Steps:
    """Numbers the steps and stops at the first check that does not hold."""

    def __init__(self) -> None:
        self._count = 0

    def begin(self, title: str) -> None:
        """Announce a step."""
        self._count += 1
        screen.print(f"\n[bold cyan]{self._count}[/]  [bold]{title}[/]")

    def check(self, holds: bool, what: str) -> None:
        """Show a check; raise if it does not hold."""
        screen.print(f"   [green]✓[/] {what}" if holds else f"   [red]✗ {what}[/]")
        if not holds:
            raise StepFailed(what)


class Api:
    """The management API over HTTP, as a backend uses it."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base
        self._token = ""

    async def sign_in(self, application: dict[str, str]) -> str:
        """Exchange the application's credentials for a token; the answer is its scope."""
        form = {
            "grant_type": "client_credentials",
            "resource": application["resource"],
            "scope": "all",
        }
        basic = aiohttp.encode_basic_auth(application["id"], application["secret"])
        headers = {"Authorization": basic}
        url = f"{self._base}/oidc/token"
        async with self._session.post(url, data=form, headers=headers) as answer:
            granted = await answer.json()
        self._token = granted["access_token"]
        return str(granted["scope"])

    async def call(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self._base}{path}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None


def template(tag: str, kind: str, subject: str, heading: str, line: str) -> dict[str, Any]:
    """A small HTML template."""
    content = (
        f'<h1>{heading}</h1>\n<p>{line}</p>\n<p style="font-size:32px"><b>{{{{code}}}}</b></p>'
    )
    return {
        "languageTag": tag,
        "templateType": kind,
        "details": {"subject": subject, "content": content, "contentType": "text/html"},
    }


TEMPLATES = [
    template("en", "SignIn", "Sign in to Acme", "Sign in", "Your code for Acme:"),
    template("pt-BR", "SignIn", "Entre na Acme", "Entrar", "Seu código para a Acme:"),
    template(
        "en",
        "Generic",
        "Your Acme code",
        "Is it you?",
        "Enter this code within {{expiresInMinutes}} minutes:",
    ),
    template(
        "pt-BR",
        "Generic",
        "Seu código da Acme: é você?",
        "É você?",
        "Digite este código em até {{expiresInMinutes}} minutos:",
    ),
]


def smtp_config(port: int) -> dict[str, Any]:
    """The SMTP connector's config for the server of this demonstration."""
    fallback = [
        {"usageType": kind, "contentType": "text/plain", "subject": kind, "content": "{{code}}"}
        for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
    ]
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login"},
        "fromEmail": "Acme <no-reply@acme.test>",
        "replyTo": "help@acme.test",
        "templates": fallback,
    }


async def main_job(steps: Steps, api: Api, application: dict[str, str], sink: SmtpSink) -> None:
    """Everything between a configured server and a redeemed code."""
    steps.begin("A backend signs in with its application's credentials")
    steps.check(await api.sign_in(application) == "all", "POST /oidc/token granted the scope all")

    steps.begin("An administrator sets up SMTP")
    connector = {"connectorId": "simple-mail-transfer-protocol", "config": smtp_config(sink.port)}
    status, made = await api.call("POST", "/api/connectors", connector)
    steps.check(status == 200, f"POST /api/connectors made {made['name']['en']} ({made['id']})")

    steps.begin("… and writes templates in English and Brazilian Portuguese")
    status, stored = await api.call("PUT", "/api/email-templates", {"templates": TEMPLATES})
    steps.check(status == 200 and len(stored) == 4, "PUT /api/email-templates stored 4 templates")

    steps.begin(f"The backend asks for a code for {PERSON}, who reads pt-BR")
    wish = {"email": PERSON, "locale": "pt-BR"}
    status, _ = await api.call("POST", "/api/verification-codes", wish)
    steps.check(status == 204, "POST /api/verification-codes answered 204")
    steps.check(len(sink.received) == 1, "the SMTP server took exactly one mail")
    code = show_mail(steps, sink.received[0])
    await redeem(steps, api, code)


def show_mail(steps: Steps, received: Received) -> str:
    """Print the mail as people read it and as the server received it; the answer is its code."""
    mail = received.message
    raw = Syntax(received.raw.decode(), "email", background_color="default", word_wrap=True)
    envelope = f"MAIL FROM:<{received.mail_from}> RCPT TO:<{received.rcpt_tos[0]}>"
    # Beside each other where the terminal is wide enough, else below each other.
    half = screen.width // 2 - 1 if screen.width >= 100 else screen.width
    screen.print(envelope, style="dim")
    screen.print(
        Columns(
            [
                Panel(decoded(mail), title="the mail", width=half),
                Panel(raw, title="its source, as received", width=half),
            ],
            padding=(0, 1),
        )
    )
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    found = re.search(r"\b\d{6}\b", text)
    steps.check(found is not None, "the text part has a code of six digits")
    code = found[0] if found else ""
    steps.check(f"<b>{code}</b>" in html, "the HTML part has the same code")
    steps.check(mail["Subject"] == "Seu código da Acme: é você?", "the subject is in Portuguese")
    steps.check("10 minutos" in text, "the lifetime in it comes from the policy in force")
    return code


def decoded(mail: EmailMessage) -> Text:
    """Headers and both parts without their encodings."""
    shown = Text()
    for name in ("From", "To", "Reply-To", "Subject", "Date", "Content-Language"):
        shown.append(f"{name}: ", style="bold").append(f"{mail[name]}\n")
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        if part is not None:
            shown.append(f"\ntext/{kind}\n", style="bold cyan").append(part.get_content())
    return shown


async def redeem(steps: Steps, api: Api, code: str) -> None:
    """A wrong code, the right one, and the right one again."""
    steps.begin("Somebody guesses, then Ana types her code, then somebody replays it")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    path = "/api/verification-codes/verify"
    status, body = await api.call("POST", path, {"email": PERSON, "verificationCode": wrong})
    refused = status == 400 and body["code"] == "verification_code.code_mismatch"
    steps.check(refused, f"{wrong} is refused: {body['code'] if body else status}")
    status, _ = await api.call("POST", path, {"email": PERSON, "verificationCode": code})
    steps.check(status == 204, f"{code} is redeemed: 204")
    status, body = await api.call("POST", path, {"email": PERSON, "verificationCode": code})
    refused = status == 400 and body["code"] == "verification_code.not_found"
    steps.check(refused, f"{code} again is refused: {body['code'] if body else status}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run(folder: Path) -> None:
    """Start both servers, do the job, stop both."""
    steps = Steps()
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if "CARTEIRO_" not in name} | {
        "CARTEIRO_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CARTEIRO_PORT": str(port),
        "CARTEIRO_LOG_LEVEL": "warning",
        # The mail server of this demonstration stands on this machine.
        "CARTEIRO_EGRESS_ALLOW": "127.0.0.0/8",
    }
    steps.begin("Two servers start: Carteiro on SQLite, and an SMTP server")
    created = subprocess.run(
        [sys.executable, "-m", "carteiro", "apps", "create", "Backend", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    application = json.loads(created.stdout)
    server = subprocess.Popen([sys.executable, "-m", "carteiro", "serve"], env=environment)
    try:
        async with SmtpSink() as sink, aiohttp.ClientSession() as session:
            base = f"http://127.0.0.1:{port}"
            steps.check(await answers(session, base), f"Carteiro serves at {base}")
            steps.check(sink.port > 0, f"the SMTP server listens at 127.0.0.1:{sink.port}")
            await main_job(steps, Api(session, base), application, sink)
    finally:
        server.terminate()
        server.wait(timeout=40)
    steps.begin("Both stop")
    # A server that has drained its requests ends by the signal that it was sent.
    good = server.returncode in {0, -signal.SIGTERM}
    steps.check(good, "Carteiro stopped in good order")


async def answers(session: aiohttp.ClientSession, base: str) -> bool:
    """Wait until the server answers, for ten seconds at most."""
    for _ in range(100):
        try:
            async with session.get(f"{base}/api/status") as answer:
                return answer.status == 204
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    return False


def main() -> int:
    """Run and report."""
    screen.print(Rule("[bold]Carteiro[/] · the main job, end to end"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(run(Path(folder)))
    except StepFailed as failed:
        screen.print(f"\n[bold red]Not as it should be:[/] {failed}")
        return 1
    screen.print("\n[bold green]Every step was verified.[/]  Next: [bold]make dev[/]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
