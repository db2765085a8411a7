"""The reference's recorded SMTP dialogues: the same envelope, the same headers, the same refusals.

``recorded_dialogues.txt`` holds what the reference's connector said (``C``), the mail (``D``) and what
came of it. What we do otherwise on purpose stands beside the case.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email import message_from_string
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest

from carteiro.connectors.contract import Services
from carteiro.connectors.egress.guard import EgressPolicy
from carteiro.connectors.http.client import HttpClient
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.errors import ConnectorError, InvalidAddress
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, TemplateSource
from carteiro.templates.compiled import compile_template
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import Behaviour, SmtpSink

TEXT = (Path(__file__).parents[3] / "fixtures/recorded_dialogues.txt").read_text("utf-8")
LOGIN = {"type": "login", "user": "u", "pass": "p"}
SERVER = {"user": "u", "password": "p"}
PAYLOAD = {"code": "123456", "application": {"name": "Acmé"}, "user": {"primaryEmail": "u@e.com"}}
KINDS = ("SignIn", "Register", "ForgotPassword", "Generic")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One dialogue of the file."""

    commands: list[str]
    mail: str
    outcome: dict[str, Any]

    def command(self, verb: str) -> str | None:
        return next((line for line in self.commands if line.startswith(verb)), None)


def read() -> dict[str, Recorded]:
    found = {}
    for block in re.split(r"^=== ", TEXT, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        commands = [line[3:] for line in lines if line.startswith("C: ")]
        mail = "\n".join(line[3:] for line in lines if line.startswith("D: ") and line != "D: .")
        outcome = next(line for line in lines if line.startswith("{"))
        found[re.sub(r" \d+ms$", "", head)] = Recorded(
            commands=commands, mail=mail, outcome=json.loads(outcome)
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a dialogue was made. ``html`` and the rest say what we do otherwise, and why."""

    config: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    content_type: str = "text/plain"
    custom: TemplateSource | None = None
    to: str = "to@e.com"
    type: TemplateType = TemplateType.SIGN_IN
    sender: str = "f@e.com"
    subject: str | None = None
    accepted: bool | None = None
    """Where the outcome is another one than the recorded."""
    says: str | None = None
    """What the error says, where the words are ours."""


HTML = TemplateSource(
    subject="s {{code}}",
    content="<p>x</p>",
    reply_to="{{user.primaryEmail}}",
    send_from="{{application.name}} <f@e.com>",
)
CASES = {
    "plain": Case(config={"replyTo": "R <r@e.com>", "customHeaders": {"X-A": "1", "X-B": ["2", "3"]}}, server=SERVER),
    "html": Case(content_type="text/html", server=SERVER),
    "login auth type": Case(server=SERVER),
    # A relay that knows us by our address: without credentials AUTH is skipped (connectors §4.6).
    "no creds": Case(config={"auth": {"type": "login"}}, accepted=True),
    "empty auth": Case(config={"auth": {}}),
    "no AUTH offered with creds": Case(server={"offer_auth": False}),
    "bad auth": Case(server={"user": "u", "password": "other"}, says="Invalid login: 535"),
    "rcpt rejected": Case(server={**SERVER, "rcpt": lambda: "550 5.1.1 no such user"}),
    "mail 451": Case(server={**SERVER, "mail": lambda: "451 4.3.0 try later"}),
    "data reject": Case(server={**SERVER, "data": lambda: "554 5.7.1 spam"}),
    "requireTLS no starttls": Case(config={"requireTLS": True, "auth": {}}, says="STARTTLS"),
    # A value cannot name another sender: here the template's own address stands (design 1).
    "i18n no contentType": Case(custom=HTML, server=SERVER),
    "i18n mailbox": Case(
        server=SERVER,
        custom=TemplateSource(
            subject="s\r\nX-Inj: 1", content="<p>x</p>", send_from="Acmé z@e.com <f@e.com>"
        ),
    ),
    "from bare": Case(config={"fromEmail": "<notice@test.smtp>", "name": "my.host"}, server=SERVER, sender="notice@test.smtp"),
    "non-ascii to": Case(to="üser@exämple.com", server=SERVER),
    "missing template type": Case(type=TemplateType.BIND_MFA, server=SERVER),
    "unknown key ok": Case(config={"dkim": {"keySelector": "x"}}, server=SERVER),
    "auth extra key": Case(config={"auth": {"user": "u", "pass": "p", "foo": 1}}, server=SERVER),
}  # fmt: skip
WITHOUT_A_SERVER = {
    "port string": {"port": "25"},
    "bad header types": {"customHeaders": {"a": 1}},
    "auth wrong type": {"auth": {"type": "plain", "user": "u", "pass": "p"}},
    "auth null": {"auth": None},
}
ELSEWHERE = {
    "oauth2 token": "test_dialogue.test_a_token_signs_in",
    "conn refused": "test_dialogue.test_nobody_listens",
    "auth key obj": "test_dialogue.test_a_service_account_signs_an_assertion",
    "invalid to": "test_an_address_that_is_none_goes_nowhere",
    # Keys that the schema does not name never reach a mail library (design 9), so they do nothing.
    "jsonTransport passthrough": "unknown key ok",
    "sendmail passthrough": "unknown key ok",
}


def config(case: Case, port: int) -> dict[str, Any]:
    templates = [
        {
            "usageType": kind,
            "contentType": case.content_type,
            "subject": "Ünï {{code}}",
            "content": "<b>{{code}}</b> é",
        }
        for kind in KINDS
    ]
    given = {"host": "127.0.0.1", "port": port, "auth": LOGIN, "fromEmail": "Näme <f@e.com>"}
    return {**given, "templates": templates, "greetingTimeout": 20_000, **case.config}


def connect(given: dict[str, Any]) -> SmtpConnector:
    services = Services(http=HttpClient(EgressPolicy(enabled=False)), clock=FrozenClock())
    return SmtpConnector(SmtpConnector.parse(given), services)


def message(case: Case, connector: SmtpConnector) -> Message:
    source = case.custom or connector.template(case.type)
    assert source is not None
    return Message(
        id="m" * 21,
        to=parse_address(case.to),
        type=case.type,
        payload=PAYLOAD,
        created_at=1_800_000_000_000,
        content=compile_template(source).render(PAYLOAD),
    )


def test_every_recorded_dialogue_has_its_case() -> None:
    assert set(read()) == set(CASES) | set(WITHOUT_A_SERVER) | set(ELSEWHERE)


@pytest.mark.parametrize("name", CASES)
async def test_dialogue(name: str) -> None:
    case, recorded = CASES[name], read()[name]
    async with SmtpSink(Behaviour(**case.server)) as sink:
        connector = connect(config(case, sink.port))
        error = None
        try:
            await connector.send(message(case, connector))
        except ConnectorError as raised:
            error = raised
        await connector.close()

    accepted = "ok" in recorded.outcome if case.accepted is None else case.accepted
    assert (error is None) == accepted
    if error is not None:
        expected = case.says or recorded.outcome["data"]["message"]
        assert error.code == "connector.general"
        assert expected in error.message
        assert error.data == {"message": error.message}
        return
    (got,) = sink.received
    assert got.mail_from == case.sender
    assert got.rcpt_tos == [str(parse_address(case.to))]
    if recorded.mail:
        same_mail(case, got.message, message_from_string(recorded.mail, policy=policy))


def same_mail(case: Case, ours: Any, theirs: Any) -> None:
    for name in ("Reply-To", "Subject", "X-A", "X-B"):
        assert ours.get_all(name) == theirs.get_all(name), name
    # The reference takes the address out of a value; ours is the template's (see the case).
    named = [mail["From"].addresses[0].display_name for mail in (ours, theirs)]
    assert named[0] == named[1]
    html = case.content_type == "text/html" or case.custom is not None
    # Every HTML mail has a text part beside it (design 2).
    assert ours.get_content_type() == ("multipart/alternative" if html else "text/plain")
    part = ours.get_body(("html",) if html else ("plain",))
    assert part.get_content().strip() == theirs.get_content().strip()
    assert ours["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", WITHOUT_A_SERVER)
def test_a_config_that_is_refused(name: str) -> None:
    recorded = read()[name].outcome
    given = config(Case(config=WITHOUT_A_SERVER[name]), 25)

    with pytest.raises(ConnectorError) as caught:
        SmtpConnector.parse(given)

    issues = recorded["data"]["issues"]
    assert caught.value.code == "connector.invalid_config"
    assert [(issue["code"], issue["path"]) for issue in caught.value.data["issues"]] == [
        (issue["code"], issue.get("path")) for issue in issues
    ]


def test_an_address_that_is_none_goes_nowhere() -> None:
    with pytest.raises(InvalidAddress):
        parse_address("foo")
