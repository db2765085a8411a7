"""What the vendors' own SDKs send for the same message, compared field by field.

What we send beyond what an SDK was told is taken off by name, so nothing else can differ.
"""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import responses

from carteiro.connectors.http.api import HttpRequest
from carteiro.model.addresses import parse_address, parse_mailbox
from carteiro.model.message import Message
from carteiro.testing.http_contract import fields
from provider_parts import documented

SUBJECT, TEXT, HTML = "Seu código é 735201", "Código: 735201", "<p>Código: <b>735201</b></p>"
TO = "person@example.test"
FROM = "no-reply@example.test"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Everything that the SDKs on `requests` send ends here."""
    with responses.RequestsMock() as mock:
        yield mock


def given(value: Any) -> Any:
    """Without the members that are null or empty: SDKs send them, APIs read them as absent."""
    if isinstance(value, dict):
        found = {name: given(inner) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner not in (None, [], {}, "")}
    return [given(inner) for inner in value] if isinstance(value, list) else value


def sent(wire: responses.RequestsMock) -> tuple[Any, Any]:
    """The request that an SDK made, and its JSON body."""
    request = wire.calls[0].request
    return request, given(json.loads(request.body))


def same_place(ours: HttpRequest, theirs: Any, *headers: str) -> None:
    assert ours.url == str(theirs.url)
    assert theirs.method == "POST"
    for name in headers:
        assert ours.headers[name] == theirs.headers[name], name


def test_sendgrid(make: Callable[..., Any], message: Message) -> None:
    from sendgrid.helpers.mail import (
        ClickTracking,
        Header,
        Mail,
        OpenTracking,
        ReplyTo,
        SubscriptionTracking,
        TrackingSettings,
    )

    mail = Mail((FROM, "Acme"), TO, SUBJECT, TEXT, HTML)
    mail.reply_to = ReplyTo("help@example.test", "Ajuda")
    mail.header = Header("Auto-Submitted", "auto-generated")
    tracking = TrackingSettings()
    tracking.click_tracking = ClickTracking(enable=False, enable_text=False)
    tracking.open_tracking = OpenTracking(enable=False)
    tracking.subscription_tracking = SubscriptionTracking(enable=False)
    mail.tracking_settings = tracking

    ours = make("sendgrid-email-service").request(message)

    assert fields(ours) == mail.get()
    assert ours.url == "https://api.sendgrid.com/v3/mail/send"


def test_mailgun(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from mailgun.client import Client

    config = documented("mailgun-email")
    url = "https://api.mailgun.net/v3/mg.example.test/messages"
    wire.post(url, json={"id": "1", "message": "Queued."})
    data = {
        "from": config["from"],
        "to": TO,
        "subject": SUBJECT,
        "text": TEXT,
        "html": HTML,
        "h:Reply-To": "Ajuda <help@example.test>",
        "h:Auto-Submitted": "auto-generated",
        "h:Message-Id": f"<{message.id}@example.test>",
        "o:tracking": "no",
    }

    Client(auth=("api", config["apiKey"])).messages.create(data=data, domain=config["domain"])
    theirs = wire.calls[0].request
    ours = make("mailgun-email").request(message)

    same_place(ours, theirs, "Authorization", "Content-Type")
    assert fields(ours) == dict(parse_qsl(theirs.body))


def test_postmark(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from postmarker.core import PostmarkClient

    config = documented("postmark-mail")
    wire.post("https://api.postmarkapp.com/email/withTemplate/", json={"ErrorCode": 0})

    PostmarkClient(server_token=config["serverToken"]).emails.send_with_template(
        TemplateAlias="sign-in",
        TemplateModel=dict(message.payload),
        From=config["fromEmail"],
        To=TO,
        ReplyTo="help@example.test",
        Headers={"Auto-Submitted": "auto-generated"},
        TrackOpens=False,
        TrackLinks="None",
        MessageStream="outbound",
    )
    theirs, body = sent(wire)
    ours = make("postmark-mail").request(message)

    # The SDK writes a slash at the end; the API has none.
    assert f"{ours.url}/" == theirs.url
    for name in ("X-Postmark-Server-Token", "Accept"):
        assert ours.headers[name] == theirs.headers[name]
    assert body.pop("InlineCss") is True  # the API's default, which the SDK writes out
    assert given(fields(ours)) == body


def test_smtp2go(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from smtp2go.core import Smtp2goClient

    wire.post(
        "https://api.smtp2go.com/v3/email/send",
        json={"data": {"succeeded": 1}, "request_id": "r"},
    )
    Smtp2goClient(api_key=documented("smtp2go-email-service")["apiKey"]).send(
        sender="Acme <no-reply@example.test>",
        recipients=[TO],
        subject=SUBJECT,
        text=TEXT,
        html=HTML,
        custom_headers={
            "Auto-Submitted": "auto-generated",
            "Reply-To": "Ajuda <help@example.test>",
        },
    )
    theirs, body = sent(wire)
    ours = make("smtp2go-email-service").request(message)

    same_place(ours, theirs)
    # The SDK adds its own name to the mail's headers.
    body["custom_headers"] = [
        entry for entry in body["custom_headers"] if not entry["header"].startswith("X-Smtp2go")
    ]
    assert fields(ours) == body


def test_mailjunky(make: Callable[..., Any], message: Message) -> None:
    from mailjunky import Client

    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "1"})

    client = Client(api_key=documented("mailjunky-email-service")["apiKey"])
    own = client._connection.client
    client._connection._client = httpx.Client(
        base_url=own.base_url, headers=own.headers, transport=httpx.MockTransport(answer)
    )
    own.close()
    client.emails.send(
        from_="Acme <no-reply@example.test>",
        to=TO,
        subject=SUBJECT,
        html=HTML,
        text=TEXT,
        reply_to="Ajuda <help@example.test>",
        headers={"Auto-Submitted": "auto-generated"},
    )
    client.close()
    ours = make("mailjunky-email-service").request(message)

    # The SDK's host is api.mailjunky.ai; the reference's is kept.
    assert ours.url.replace("://", "://api.") == str(seen[0].url)
    assert ours.headers["Authorization"] == seen[0].headers["Authorization"]
    assert fields(ours) == json.loads(seen[0].content)


def test_resend(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    import resend

    config = documented("resend-email")
    wire.post("https://api.resend.com/emails", json={"id": "1"})
    resend.api_key = config["apiKey"]
    resend.Emails.send(
        {
            "from": config["fromEmail"],
            "to": [TO],
            "subject": SUBJECT,
            "html": HTML,
            "text": TEXT,
            "reply_to": "Ajuda <help@example.test>",
            "headers": {"Auto-Submitted": "auto-generated"},
        },
        {"idempotency_key": message.id},
    )
    theirs, body = sent(wire)
    ours = make("resend-email").request(message)

    same_place(ours, theirs, "Authorization", "Idempotency-Key")
    assert fields(ours) == body


def test_brevo(make: Callable[..., Any], message: Message) -> None:
    from brevo import Brevo
    from brevo.transactional_emails import (
        SendTransacEmailRequestReplyTo,
        SendTransacEmailRequestSender,
        SendTransacEmailRequestToItem,
    )

    ours = make("brevo-email").request(message)
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"messageId": "1"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        Brevo(
            api_key=documented("brevo-email")["apiKey"], httpx_client=client
        ).transactional_emails.send_transac_email(
            sender=SendTransacEmailRequestSender(email=FROM, name="Acme"),
            to=[SendTransacEmailRequestToItem(email=TO)],
            reply_to=SendTransacEmailRequestReplyTo(email="help@example.test", name="Ajuda"),
            subject=SUBJECT,
            text_content=TEXT,
            html_content=HTML,
            headers=fields(ours)["headers"],
        )

    same_place(ours, seen[0], "api-key")
    assert fields(ours) == given(json.loads(seen[0].content))


def test_mailjet(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from mailjet_rest import Client
    from mailjet_rest.builders import MessageBuilder

    config = documented("mailjet-email")
    url = "https://api.mailjet.com/v3.1/send"
    wire.post(url, json={"Messages": [{"Status": "success"}]})
    builder = MessageBuilder()
    builder.set_sender(FROM, "Acme").add_recipient(TO).set_subject(SUBJECT)
    builder.set_content(text=TEXT, html=HTML).set_reply_to("help@example.test", "Ajuda")
    builder.set_headers({"Auto-Submitted": "auto-generated"})
    client = Client(auth=(config["apiKey"], config["secretKey"]), version="v3.1")
    client.send.create(data={"Messages": [builder.build()]})
    theirs, body = sent(wire)
    ours = make("mailjet-email").request(message)

    same_place(ours, theirs, "Authorization")
    mine = fields(ours)["Messages"][0]
    extras = {name: mine.pop(name) for name in ("CustomID", "TrackOpens", "TrackClicks")}
    assert mine == body["Messages"][0]
    # The builder knows neither; the names and values are those of Mailjet's API reference.
    assert extras == {"CustomID": message.id, "TrackOpens": "disabled", "TrackClicks": "disabled"}


def test_scaleway(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from scaleway import Client
    from scaleway.tem.v1alpha1 import TemV1Alpha1API
    from scaleway.tem.v1alpha1.types import CreateEmailRequestAddress, CreateEmailRequestHeader

    config = documented("scaleway-tem")
    wire.post(
        "https://api.scaleway.com/transactional-email/v1alpha1/regions/fr-par/emails",
        json={"emails": []},
    )
    client = Client(
        access_key="SCW12345678901234567",
        secret_key=config["secretKey"],
        default_region="fr-par",
        default_project_id=config["projectId"],
    )
    TemV1Alpha1API(client).create_email(
        from_=CreateEmailRequestAddress(email=FROM, name="Acme"),
        to=[CreateEmailRequestAddress(email=TO)],
        subject=SUBJECT,
        text=TEXT,
        html=HTML,
        additional_headers=[
            CreateEmailRequestHeader(key="Auto-Submitted", value="auto-generated"),
            CreateEmailRequestHeader(key="Reply-To", value="Ajuda <help@example.test>"),
        ],
    )
    theirs, body = sent(wire)
    ours = make("scaleway-tem").request(message)

    same_place(ours, theirs, "X-Auth-Token")
    assert fields(ours) == body


def test_mailersend(
    make: Callable[..., Any], message: Message, wire: responses.RequestsMock
) -> None:
    from mailersend import EmailBuilder, MailerSendClient

    wire.post("https://api.mailersend.com/v1/email", status=202, headers={"x-message-id": "1"})
    # The SDK refuses names that are reserved for tests.
    message = replace(
        message,
        to=parse_address("person@example.com"),
        content=replace(message.content, reply_to=parse_mailbox("Ajuda <help@example.com>")),
    )
    email = (
        EmailBuilder()
        .from_email("no-reply@example.com", "Acme")
        .to("person@example.com")
        .subject(SUBJECT)
        .html(HTML)
        .text(TEXT)
        .reply_to("help@example.com", "Ajuda")
        .track_clicks(False)
        .track_opens(False)
        .track_content(False)
        .build()
    )
    MailerSendClient(documented("mailersend-email")["apiToken"]).emails.send(email)
    theirs, body = sent(wire)
    ours = make("mailersend-email", fromEmail="Acme <no-reply@example.com>").request(message)

    same_place(ours, theirs, "Authorization")
    assert fields(ours) == body


def test_sparkpost(
    make: Callable[..., Any], message: Message, wire: responses.RequestsMock
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        from sparkpost import SparkPost

    config = documented("sparkpost-email")
    wire.post("https://api.eu.sparkpost.com/api/v1/transmissions", json={"results": {"id": "1"}})
    SparkPost(config["apiKey"], "api.eu.sparkpost.com").transmissions.send(
        recipients=[TO],
        from_email=config["fromEmail"],
        subject=SUBJECT,
        text=TEXT,
        html=HTML,
        reply_to="Ajuda <help@example.test>",
        custom_headers={"Auto-Submitted": "auto-generated"},
        track_opens=False,
        track_clicks=False,
        transactional=True,
        perform_substitutions=False,
    )
    request = wire.calls[0].request
    ours = make("sparkpost-email").request(message)

    same_place(ours, request, "Authorization")
    assert fields(ours) == json.loads(request.body)


def test_azure(make: Callable[..., Any], message: Message, wire: responses.RequestsMock) -> None:
    from azure.communication.email import EmailClient
    from azure.core.credentials import AzureKeyCredential

    config = documented("azure-communication-email")
    wire.post(
        "https://my-resource.communication.azure.com/emails:send?api-version=2025-09-01",
        status=202,
        json={"id": "1", "status": "Succeeded"},
    )
    client = EmailClient(config["endpoint"], AzureKeyCredential(config["accessKey"]))
    client.begin_send(
        {
            "senderAddress": config["fromEmail"],
            "content": {"subject": SUBJECT, "plainText": TEXT, "html": HTML},
            "recipients": {"to": [{"address": TO}]},
            "replyTo": [{"address": "help@example.test", "displayName": "Ajuda"}],
            "headers": {"Auto-Submitted": "auto-generated"},
            "userEngagementTrackingDisabled": True,
        }
    )
    theirs, body = sent(wire)
    connector = make("azure-communication-email")
    ours = connector.request(message)

    same_place(ours, theirs)
    assert fields(ours) == body
    # The signature: over their bytes and their date, ours is theirs.
    from carteiro.connectors.providers import azure_communication as module

    signed = connector._signed(theirs.body.encode(), date=theirs.headers["x-ms-date"])
    assert signed["Authorization"] == theirs.headers["Authorization"]
    assert signed["x-ms-content-sha256"] == theirs.headers["x-ms-content-sha256"]
    assert module._PATH in theirs.url
    assert base64.b64decode(signed["x-ms-content-sha256"])
