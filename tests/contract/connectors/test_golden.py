"""The recorded requests and errors of the reference, reproduced but for the differences listed here.

``recorded_requests.json`` was recorded from the reference's connectors before a fake server. Each
difference has a name and a reason; a test fails where one is listed that makes none.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from carteiro.connectors.contract import Services
from carteiro.connectors.registry import Registry
from carteiro.errors import ConnectorError, TemplateNotFound
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType, Message, TemplateSource
from carteiro.templates.compiled import compile_template
from carteiro.testing.clock import FrozenClock
from carteiro.testing.connector_contract import sample_message
from carteiro.testing.http_contract import fields
from carteiro.testing.http_provider import client_of, server_tls
from carteiro.testing.http_sink import OK, Answer, HttpSink, refused

RECORDED = {
    case["case"]: case
    for case in json.loads(
        (Path(__file__).parents[2] / "fixtures/recorded_requests.json").read_text("utf-8")
    )
}
PAYLOAD = {
    "code": "123456",
    "locale": "fr",
    "uiLocales": "fr-CA fr",
    "application": {"id": "a1", "name": "<i>Acme & Co</i>"},
    "link": "https://e.x/?a=1&b=2",
}
CONTENT = "<b>{{code}}</b> & {{application.name}} {{missing.x}} {{link}}"
USAGES = ("SignIn", "Register", "ForgotPassword", "Generic")


def own(**more: str) -> list[dict[str, str]]:
    return [
        {"usageType": kind, "subject": f"S {kind} {{{{code}}}}", "content": CONTENT, **more}
        for kind in USAGES
    ]


SENDGRID = {
    "apiKey": "K",
    "fromEmail": "f@e.com",
    "fromName": "FN",
    "templates": own(type="text/plain"),
}
MAILGUN = {
    "domain": "mg.e.com",
    "apiKey": "K",
    "from": "F <f@e.com>",
    "deliveries": {
        "SignIn": {
            "subject": "S {{code}}",
            "html": "<b>{{code}}</b>",
            "text": "{{code}}",
            "replyTo": "r {{code}}",
        }
    },
}
HTTP = {"endpoint": "https://h.e.com/p"}
SMTP2GO = {
    "apiKey": "K",
    "sender": "f@e.com",
    "senderName": "FN",
    "templates": own(type="text/html"),
}
MAILJUNKY = {
    "apiKey": "K",
    "fromEmail": "f@e.com",
    "fromName": "FN",
    "templates": own(type="text/html"),
}
ALIYUN = {
    "accessKeyId": "id",
    "accessKeySecret": "secret",
    "accountName": "a@e.com",
    "templates": own(),
}
POSTMARK = {
    "serverToken": "TOK",
    "fromEmail": "f@e.com",
    "templates": [{"usageType": kind, "templateAlias": f"al-{kind}"} for kind in USAGES],
}
SES = {
    "accessKeyId": "AK",
    "accessKeySecret": "SK",
    "region": "eu-west-1",
    "emailAddress": "F <f@e.com>",
    "configurationSetName": "cs",
    "templates": own(),
}
I18N = TemplateSource(
    subject="C {{code}}",
    content="<p>{{code}}</p>",
    reply_to="rt {{code}} <r@e.com>",
    send_from="{{application.name}} <s@e.com>",
)
PLAIN = TemplateSource(subject="x", content="y", content_type=ContentType.PLAIN)
ALIYUN_OK = Answer(200, b'{"EnvId": "e", "RequestId": "r"}')
SES_OK = Answer(200, b'{"MessageId": "m1"}')
POSTMARK_OK = Answer(200, b'{"ErrorCode": 0, "MessageID": "m"}')


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a recorded case was made, and which of the differences apply to it."""

    id: str
    config: Mapping[str, Any]
    custom: TemplateSource | None = None
    type: TemplateType = TemplateType.SIGN_IN
    answer: Answer = OK
    ip: str | None = None
    differences: tuple[str, ...] = ()
    succeeds: bool = True
    error: Mapping[str, Any] = field(default_factory=dict)
    """What of the recorded error is another one."""


# --- the differences --------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], None]
ESCAPED = "<b>123456</b> & &lt;i&gt;Acme &amp; Co&lt;/i&gt; {{missing.x}} https://e.x/?a=1&amp;b=2"
DERIVED = "123456 & <i>Acme & Co</i> {{missing.x}} https://e.x/?a=1&b=2"


def _ses_body(body: dict[str, Any]) -> dict[str, Any]:
    return body["Content"]["Simple"]["Body"]


def _set(path: str, value: Any) -> Change:
    def change(body: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for step in way:
            body = body[int(step)] if isinstance(body, list) else body[step]
        body[last] = value

    return change


def _drop(*names: str) -> Change:
    return lambda body: [body.pop(name) for name in names]


def _both(*changes: Change) -> Change:
    def change(body: dict[str, Any]) -> None:
        for each in changes:
            each(body)

    return change


_AUTO = {"Auto-Submitted": "auto-generated"}
DIFFERENCES: dict[str, tuple[str, Change]] = {
    "escaped (SES)": (
        "values are escaped in HTML (design 1)",
        _set("Content/Simple/Body/Html/Data", ESCAPED),
    ),
    "escaped (Aliyun)": ("values are escaped in HTML (design 1)", _set("HtmlBody", ESCAPED)),
    "escaped (SMTP2GO)": ("values are escaped in HTML (design 1)", _set("html_body", ESCAPED)),
    "escaped (MailJunky)": (
        "values are escaped in HTML (design 1); the text part shows the value",
        _both(_set("html", ESCAPED), _set("text", DERIVED)),
    ),
    "text part (SES)": (
        "every HTML mail has a text part (design 2)",
        lambda body: _ses_body(body).update(
            Text={
                "Data": "123456" if _ses_body(body)["Html"]["Data"] == "<p>123456</p>" else DERIVED
            }
        ),
    ),
    "charset (SES)": (
        "SES documents 7-bit ASCII for a body without a charset",
        lambda body: [part.update(Charset="UTF-8") for part in _ses_body(body).values()],
    ),
    "text part (SMTP2GO)": (
        "every HTML mail has a text part (design 2)",
        _set("text_body", DERIVED),
    ),
    "text part (Mailgun)": ("every HTML mail has a text part (design 2)", _set("text", "123456")),
    "text part (SendGrid)": (
        "every HTML mail has a text part (design 2)",
        lambda body: body["content"].insert(0, {"type": "text/plain", "value": "123456"}),
    ),
    "Auto-Submitted (SES)": (
        "every mail says that it is automatic (design 2)",
        _set("Content/Simple/Headers", [{"Name": "Auto-Submitted", "Value": "auto-generated"}]),
    ),
    "Auto-Submitted (SendGrid)": (
        "every mail says that it is automatic (design 2)",
        _set("headers", _AUTO),
    ),
    "Auto-Submitted (Mailgun)": (
        "every mail says that it is automatic and has a stable Message-ID (design 2)",
        _both(
            _set("h:Auto-Submitted", "auto-generated"),
            _set("h:Message-Id", "<0contract0message0id0@e.com>"),
        ),
    ),
    "Auto-Submitted (Postmark)": (
        "every mail says that it is automatic (design 2)",
        _set("Headers", [{"Name": "Auto-Submitted", "Value": "auto-generated"}]),
    ),
    "Auto-Submitted (SMTP2GO)": (
        "every mail says that it is automatic (design 2)",
        _set("custom_headers", [{"header": "Auto-Submitted", "value": "auto-generated"}]),
    ),
    "Auto-Submitted (MailJunky)": (
        "every mail says that it is automatic (design 2)",
        _set("headers", _AUTO),
    ),
    "no tracking (SendGrid)": (
        "links and opens of sign-in mails are nobody's business",
        _set(
            "tracking_settings",
            {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        ),
    ),
    "no tracking (Mailgun)": (
        "links and opens of sign-in mails are nobody's business",
        _set("o:tracking", "no"),
    ),
    "no tracking (Postmark)": (
        "links and opens of sign-in mails are nobody's business",
        _both(_set("TrackOpens", False), _set("TrackLinks", "None")),
    ),
    "recipient's own name (SendGrid)": (
        "the recipient is not named after the sender (design 8)",
        lambda body: body["personalizations"][0]["to"][0].pop("name"),
    ),
    "sender parsed (SendGrid)": (
        "sendFrom is a mailbox: name and address (design 1, 2)",
        _set("from", {"email": "s@e.com", "name": "iAcme & Co/i"}),
    ),
    "sender's name (SendGrid)": (
        "without sendFrom the config's name stands (connectors 4.3)",
        _set("from/name", "FN"),
    ),
    "reply-to (SendGrid)": (
        "replyTo works where it can be expressed (design 2)",
        _set("reply_to", {"email": "r@e.com", "name": "rt 123456"}),
    ),
    "sender parsed (Mailgun)": (
        "sendFrom is a mailbox: a value adds no brackets (design 1)",
        _set("from", "iAcme & Co/i <s@e.com>"),
    ),
    "no mailbox (Mailgun)": (
        "a Reply-To that is no mailbox is left out (design 1)",
        _drop("h:Reply-To"),
    ),
    "plain is text (Mailgun)": (
        "contentType works: plain text is not sent as HTML (design 2)",
        _drop("html"),
    ),
    "reply-to (MailJunky)": (
        "replyTo works where it can be expressed (design 2)",
        _set("reply_to", "rt 123456 <r@e.com>"),
    ),
    "sender and reply-to (SES)": (
        "sendFrom and replyTo work where they can be expressed (design 2)",
        _both(
            _set("FromEmailAddress", "iAcme & Co/i <s@e.com>"),
            _set("ReplyToAddresses", ["rt 123456 <r@e.com>"]),
        ),
    ),
    "alias and reply-to (Aliyun)": (
        "sendFrom and replyTo are mailboxes; only the name can be the alias (design 1, 2)",
        _both(
            _set("FromAlias", "iAcme & Co/i"),
            _set("ReplyAddress", "r@e.com"),
            _set("ReplyAddressAlias", "rt 123456"),
        ),
    ),
}
_SENDGRID = ("Auto-Submitted (SendGrid)", "no tracking (SendGrid)")
_MAILGUN = ("Auto-Submitted (Mailgun)", "no tracking (Mailgun)")
_RAW = (*_MAILGUN, "no mailbox (Mailgun)")
_POSTMARK = ("Auto-Submitted (Postmark)", "no tracking (Postmark)")
_SMTP2GO = ("escaped (SMTP2GO)", "text part (SMTP2GO)", "Auto-Submitted (SMTP2GO)")
_MAILJUNKY = ("escaped (MailJunky)", "Auto-Submitted (MailJunky)")
_ALIYUN = ("escaped (Aliyun)",)
_SES_COMMON = ("text part (SES)", "charset (SES)", "Auto-Submitted (SES)")
_SES = ("escaped (SES)", *_SES_COMMON)
_NETWORK = {"code": "general", "data": {"message": "…"}}
"""Network failures are connector errors and hold no request (design 8; connectors 11.1, 11.10)."""

# --- the cases --------------------------------------------------------------------------------


def template_at_mailgun(**more: Any) -> dict[str, Any]:
    return {**MAILGUN, "deliveries": {"SignIn": {"template": "t1", **more}}}


def broken_endpoint(endpoint: str) -> dict[str, Any]:
    return {**MAILGUN, "endpoint": endpoint}


CASES = {
    "sendgrid-email": Case(id="sendgrid-email-service", config=SENDGRID, answer=Answer(202, b""), differences=_SENDGRID),
    "sendgrid-email i18n": Case(
        id="sendgrid-email-service", config=SENDGRID, custom=I18N,
        differences=(*_SENDGRID, "recipient's own name (SendGrid)", "sender parsed (SendGrid)", "text part (SendGrid)", "reply-to (SendGrid)"),
    ),
    "sendgrid-email i18n no sendFrom, plain": Case(
        id="sendgrid-email-service", config=SENDGRID, custom=PLAIN,
        differences=(*_SENDGRID, "recipient's own name (SendGrid)", "sender's name (SendGrid)"),
    ),
    "sendgrid-email 401": Case(id="sendgrid-email-service", config=SENDGRID, answer=refused(401, '{"errors":[{"message":"bad"}]}'), differences=_SENDGRID, succeeds=False),
    "sendgrid-email 500": Case(id="sendgrid-email-service", config=SENDGRID, answer=refused(500, "oops"), differences=_SENDGRID, succeeds=False),
    "sendgrid-email missing generic": Case(
        id="sendgrid-email-service", succeeds=False,
        config={**SENDGRID, "templates": [entry for entry in SENDGRID["templates"] if entry["usageType"] != "Generic"]},
    ),
    "sendgrid-email empty config": Case(id="sendgrid-email-service", config={}, succeeds=False),
    "mailgun": Case(id="mailgun-email", config=MAILGUN, differences=_RAW),
    "mailgun tmpl": Case(id="mailgun-email", config=template_at_mailgun(variables={"a": 1}, subject="G"), differences=_MAILGUN),
    "mailgun tmpl no subject": Case(id="mailgun-email", config=template_at_mailgun(), differences=_MAILGUN),
    "mailgun i18n": Case(id="mailgun-email", config=MAILGUN, custom=I18N, differences=(*_MAILGUN, "sender parsed (Mailgun)", "text part (Mailgun)")),
    "mailgun i18n plain": Case(
        id="mailgun-email", config=MAILGUN, differences=(*_MAILGUN, "plain is text (Mailgun)"),
        custom=TemplateSource(subject="x", content="y {{code}}", content_type=ContentType.PLAIN),
    ),
    "mailgun 401": Case(id="mailgun-email", config=MAILGUN, answer=refused(401, "Forbidden"), differences=_RAW, succeeds=False),
    "mailgun none": Case(id="mailgun-email", config={**MAILGUN, "deliveries": {}}, succeeds=False),
    "mailgun endpoint slash": Case(id="mailgun-email", config=broken_endpoint("https://api.mailgun.net/"), succeeds=False),
    "mailgun endpoint other sub": Case(id="mailgun-email", config=broken_endpoint("https://x.mailgun.net"), differences=_RAW),
    "http-email": Case(id="http-email", config={"endpoint": "https://h.e.com/p?q=1", "authorization": "Bearer x"}, ip="1.2.3.4"),
    "http-email noauth": Case(id="http-email", config=HTTP),
    "http-email 400": Case(id="http-email", config=HTTP, answer=refused(400, '{"a":1}'), succeeds=False),
    "http-email 503": Case(id="http-email", config=HTTP, answer=refused(503, "busy"), succeeds=False),
    "http-email bad url": Case(id="http-email", config={"endpoint": "not a url"}, succeeds=False, error=_NETWORK),
    "http-email unreach": Case(id="http-email", config=HTTP, succeeds=False, error=_NETWORK),
    "smtp2go-email": Case(
        id="smtp2go-email-service", config=SMTP2GO, differences=_SMTP2GO, succeeds=False,
        answer=Answer(200, b'{"request_id":"r","data":{"succeeded":0,"failed":1,"failures":["bad"]}}'),
        # A failed message is a failure (design 8).
        error={"code": "general", "data": {"statusCode": 200, "body": {"request_id": "r", "data": {"succeeded": 0, "failed": 1, "failures": ["bad"]}}}},
    ),
    "smtp2go-email 400": Case(id="smtp2go-email-service", config=SMTP2GO, answer=refused(400, '{"data":{"error":"x","error_code":"E"}}'), differences=_SMTP2GO, succeeds=False),
    "smtp2go-email bad sender": Case(id="smtp2go-email-service", config={**SMTP2GO, "sender": "nope"}, succeeds=False),
    "mailjunky": Case(id="mailjunky-email-service", config=MAILJUNKY, differences=_MAILJUNKY),
    "mailjunky i18n": Case(id="mailjunky-email-service", config=MAILJUNKY, custom=I18N, differences=("Auto-Submitted (MailJunky)", "reply-to (MailJunky)")),
    "mailjunky 400": Case(id="mailjunky-email-service", config=MAILJUNKY, answer=refused(400, "{}"), differences=_MAILJUNKY, succeeds=False),
    "aliyun-dm": Case(id="aliyun-direct-mail", config=ALIYUN, answer=ALIYUN_OK, differences=_ALIYUN),
    "aliyun-dm i18n": Case(
        id="aliyun-direct-mail", config={**ALIYUN, "regionId": "ap-southeast-1"}, custom=I18N, answer=ALIYUN_OK,
        differences=("alias and reply-to (Aliyun)",),
    ),
    "aliyun-dm err": Case(
        id="aliyun-direct-mail", config=ALIYUN, differences=_ALIYUN, succeeds=False,
        answer=refused(404, '{"Code":"InvalidMailAddress.NotFound","Message":"nope","RequestId":"r","HostId":"h","x":1}'),
    ),
    "aliyun-dm err nonjson": Case(id="aliyun-direct-mail", config=ALIYUN, answer=refused(500, "<x/>"), differences=_ALIYUN, succeeds=False),
    "aliyun-dm 200 bad body": Case(id="aliyun-direct-mail", config=ALIYUN, answer=Answer(200, b"{}"), differences=_ALIYUN, succeeds=False),
    "aliyun-dm unreach": Case(id="aliyun-direct-mail", config=ALIYUN, succeeds=False, error=_NETWORK),
    "postmark": Case(id="postmark-mail", config=POSTMARK, answer=POSTMARK_OK, differences=_POSTMARK),
    "postmark 422": Case(id="postmark-mail", config=POSTMARK, answer=refused(422, '{"ErrorCode":1101,"Message":"template missing"}'), differences=_POSTMARK, succeeds=False),
    "postmark 500": Case(id="postmark-mail", config=POSTMARK, answer=refused(500, "oops"), differences=_POSTMARK, succeeds=False),
    "postmark BindMfa": Case(id="postmark-mail", config=POSTMARK, type=TemplateType.BIND_MFA, answer=POSTMARK_OK, differences=_POSTMARK),
    "postmark unreach": Case(id="postmark-mail", config=POSTMARK, succeeds=False, error=_NETWORK),
    "aws-ses": Case(id="aws-ses-mail", config=SES, answer=SES_OK, differences=_SES),
    "aws-ses i18n": Case(id="aws-ses-mail", config=SES, custom=I18N, answer=SES_OK, differences=(*_SES_COMMON, "sender and reply-to (SES)")),
    "aws-ses 400": Case(id="aws-ses-mail", config=SES, answer=refused(400, '{"message":"Email address is not verified."}'), differences=_SES, succeeds=False),
    # Only the courier counts attempts: the reference's SDK tries three times (contract of a connector).
    "aws-ses 500": Case(id="aws-ses-mail", config=SES, answer=refused(500, '{"message":"ise"}'), differences=_SES, succeeds=False),
    "aws-ses unreach": Case(id="aws-ses-mail", config=SES, succeeds=False, error=_NETWORK),
}  # fmt: skip
VARYING = ("SignatureNonce", "Timestamp", "Signature")


def parse_recorded(case: Mapping[str, Any]) -> dict[str, Any]:
    body = case["body"]
    body = dict(parse_qsl(body, keep_blank_values=True)) if isinstance(body, str) else body
    return {name: value for name, value in copy.deepcopy(body).items() if name not in VARYING}


def message_of(case: Case, connector: Any) -> Message:
    content = None
    source = case.custom or connector.template(case.type)
    if source is not None:
        content = compile_template(source).render(PAYLOAD)
    elif connector.capabilities.templates == "own":
        raise TemplateNotFound
    return sample_message(
        to=parse_address("to@e.com"),
        type=case.type,
        payload=PAYLOAD,
        content=content,
        ip=case.ip,
    )


def test_every_recorded_case_is_reproduced() -> None:
    assert set(CASES) == set(RECORDED)


def test_every_difference_is_used() -> None:
    assert {name for case in CASES.values() for name in case.differences} == set(DIFFERENCES)


@pytest.mark.parametrize("name", CASES)
async def test_recorded(name: str) -> None:
    case, recorded = CASES[name], RECORDED[name]
    host = urlsplit(recorded.get("origin") or "https://h.e.com").hostname or ""
    factory = Registry.discover().get(case.id)
    async with HttpSink(case.answer, tls=server_tls(host)) as sink:
        if name.endswith("unreach"):
            await sink.stop()
        http = client_of(sink)
        services = Services(http=http, clock=FrozenClock())
        error = None
        try:
            connector = factory(factory.parse(case.config), services)
            message = message_of(case, connector)
            await connector.send(message)
        except ConnectorError as raised:
            error = raised
        await http.close()

    assert (error is None) == case.succeeds
    if error is not None:
        same_error(error, {**recorded.get("error", {}), **case.error})
    if recorded["uri"] is None:
        assert sink.requests == []
        return
    (request,) = sink.requests
    assert request.method == "POST"
    assert f"https://{request.headers['host']}" == recorded["origin"]
    assert request.path == recorded["uri"]
    same_headers(case, request.headers, recorded["headers"])
    expected = parse_recorded(recorded)
    for difference in case.differences:
        before = copy.deepcopy(expected)
        DIFFERENCES[difference][1](expected)
        assert expected != before, f"{difference} makes no difference"
    sent = fields(connector.request(message))
    assert {name: value for name, value in sent.items() if name not in VARYING} == expected


def same_error(error: ConnectorError, expected: Mapping[str, Any]) -> None:
    assert error.code == f"connector.{expected['code']}"
    data = json.loads(json.dumps(error.data))
    if expected["data"] == _NETWORK["data"]:
        assert list(data) == ["message"]
        assert re.fullmatch(r"[A-Z][^{}]+\.", data["message"])
    else:
        assert data == expected["data"]


def same_headers(case: Case, ours: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    for name, value in recorded.items():
        if case.id == "aws-ses-mail" and name == "authorization":
            # Which headers are signed is free; the scope is not. The signature has its own tests.
            scope = re.compile(r"AWS4-HMAC-SHA256 Credential=AK/\d{8}/eu-west-1/ses/aws4_request, ")
            assert scope.match(value)
            assert scope.match(ours[name])
        else:
            assert ours[name].split(";")[0] == value
