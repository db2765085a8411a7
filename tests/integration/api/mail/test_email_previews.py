"""`/api/email-templates/preview`: a mail to look at, of which nobody hears and nothing stays."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as policy
from typing import Any

import httpx
import pytest

import smtp_parts
from access_parts import token
from carteiro.testing.http_sink import HttpSink
from carteiro.testing.smtp_server import SmtpSink
from privacy_parts import everything

PREVIEW = "/api/email-templates/preview"
SMTP = "simple-mail-transfer-protocol"


async def connect(client: httpx.AsyncClient, id_: str = SMTP, **config: Any) -> None:
    given = smtp_parts.config(1, **config) if id_ == SMTP else config
    answer = await client.post("/api/connectors", json={"connectorId": id_, "config": given})
    assert answer.status_code == 200, answer.text


async def look(client: httpx.AsyncClient, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await client.post(PREVIEW, json={"templateType": "SignIn", **body})
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def words(content: str = "<p>{{code}}</p>", subject: str = "S", **more: str) -> dict[str, str]:
    return {"subject": subject, "content": content, **more}


async def test_a_preview_tells_all_of_the_mail(client: httpx.AsyncClient) -> None:
    await connect(client, replyTo="Help <help@e.com>", customHeaders={"X-Team": "é"})
    stored = {"languageTag": "fr", "templateType": "SignIn", "details": words("<p>é {{code}}</p>")}
    await client.put("/api/email-templates", json={"templates": [stored]})

    shown = await look(client, languageTag="fr-CA")

    assert shown["template"].endswith(":lookup")
    assert (shown["languageTag"], shown["languageReason"]) == ("fr-CA", "explicit")
    assert shown["sender"] == {"address": "f@e.com", "name": "Näme"}
    assert shown["replyTo"] == {"address": "help@e.com", "name": "Help"}
    assert (shown["subject"], shown["html"], shown["text"]) == (
        "S",
        "<p>é 042137</p>",
        "é 042137",
    )
    headers = {one["name"]: one["value"] for one in shown["headers"]}
    assert headers["From"] == "Näme <f@e.com>"
    assert headers["X-Team"] == "é"
    assert headers["Content-Language"] == "fr"
    assert (shown["isExact"], shown["isServed"]) == (True, True)


async def test_a_stored_draft_is_shown_by_the_id_of_its_template(
    client: httpx.AsyncClient,
) -> None:
    await connect(client)
    body = {"languageTag": "fr", "templateType": "SignIn", "details": words("<p>é {{code}}</p>")}
    id_ = (await client.post("/api/email-template-drafts", json=body)).json()["id"]

    shown = await look(client, draftOf=id_)
    gone = await look(client, 404, draftOf="nobody")
    both = await look(client, 400, draftOf=id_, template=words())
    other = await look(client, 400, draftOf=id_, templateType="Register")

    assert (shown["template"], shown["html"]) == (f"{id_}:draft", "<p>é 042137</p>")
    assert (shown["languageTag"], shown["isServed"]) == ("fr", True)
    assert gone["code"] == "entity.not_exists_with_id"
    paths = [refused["data"]["issues"][0]["path"] for refused in (both, other)]
    assert paths == [["draftOf"], ["templateType"]]


async def test_words_that_are_stored_nowhere_are_shown_with_what_they_lack(
    client: httpx.AsyncClient,
) -> None:
    await connect(client)
    content = "<p>{{code}} {{nmae}} {{user.name}} {{application.displayName}}</p>"

    rich = await look(client, template=words(content, sendFrom="{{organization.name}}"))
    sparse = await look(client, template=words(content), sample="sparse")

    assert rich["template"] == "given"
    assert "{{nmae}}" in rich["html"]
    assert rich["missing"] == [
        {"variable": "nmae", "shown": "as_written"},
        {"variable": "user.name", "shown": "as_written"},
    ]
    assert {"maxRetryAttempts", "expiresAt", "uiLocales"} < set(rich["unused"])
    assert not {"application", "organization", "code"} & set(rich["unused"])
    assert {"variable": "application.displayName", "shown": "nothing"} in sparse["missing"]


async def test_a_preview_is_about_whom_and_what_is_named(client: httpx.AsyncClient) -> None:
    await connect(client)
    person = {"primaryEmail": "ann@example.com", "name": "Ann", "profile": {"locale": "de_AT"}}
    user = (await client.post("/api/users", json=person)).json()["id"]
    await client.patch(f"/api/users/{user}/profile", json={"profile": {"locale": "de_AT"}})
    organization = (await client.post("/api/organizations", json={"name": "Org <1>"})).json()["id"]
    app = {"name": "Shop", "type": "SPA"}
    application = (await client.post("/api/applications", json=app)).json()["id"]
    content = "<p>{{code}} {{user.name}} {{organization.name}} {{application.name}}</p>"

    shown = await look(
        client,
        templateType="BindMfa",
        userId=user,
        organizationId=organization,
        applicationId=application,
        template=words(content),
    )

    assert shown["html"] == "<p>042137 Ann Org &lt;1&gt; Shop</p>"
    assert (shown["to"], shown["languageTag"]) == ("ann@example.com", "de")
    for name in ("userId", "organizationId", "applicationId"):
        await look(client, 404, **{name: "nobody"})


async def test_a_mail_speaks_of_nothing_that_a_sent_one_of_its_type_does_not(
    client: httpx.AsyncClient,
) -> None:
    async with SmtpSink() as sink:
        await client.post(
            "/api/connectors", json={"connectorId": SMTP, "config": smtp_parts.config(sink.port)}
        )
        organization = (await client.post("/api/organizations", json={"name": "Org"})).json()["id"]
        app = {"name": "Shop", "type": "SPA"}
        application = (await client.post("/api/applications", json=app)).json()["id"]
        details = words("<p>{{application.name}} {{organization.name}} {{code}}{{link}}</p>")
        kinds = ("Generic", "OrganizationInvitation")
        put = [{"languageTag": "en", "templateType": kind, "details": details} for kind in kinds]
        await client.put("/api/email-templates", json={"templates": put})
        link = {"link": "https://a.example/join"}

        named = {"organizationId": organization, "applicationId": application}
        await client.post("/api/verification-codes", json={"email": "a@example.com", **named})
        role = (await client.post("/api/organization-roles", json={"name": "r"})).json()["id"]
        invited = {"organizationId": organization, "invitee": "b@example.com"}
        await client.post(
            "/api/organization-invitations",
            json={
                **invited,
                "organizationRoleIds": [role],
                "expiresAt": 4_000_000_000_000,
                "messagePayload": link,
            },
        )
        sent = [message.message.get_body(("plain",)).get_content() for message in sink.received]
        shown = [
            await look(client, templateType=kind, sample="none", data=data, **named)
            for kind, data in zip(kinds, ({}, link), strict=True)
        ]

    assert [text.split(" ")[:-1] for text in sent] == [one["text"].split(" ")[:-1] for one in shown]
    assert [gap["variable"] for gap in shown[0]["missing"]] == [
        "application.name",
        "link",
        "organization.name",
    ]


async def test_a_preview_is_of_an_application_that_is_part_of_the_service_too(
    client: httpx.AsyncClient,
) -> None:
    await connect(client)

    shown = await look(
        client, applicationId="demo-app", template=words("{{application.name}} {{code}}")
    )

    assert shown["text"].strip() == "Live Preview 042137"


async def test_a_notice_names_the_help_that_the_tenant_does_and_the_language_s_reason(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email")
    person = {"primaryEmail": "ann@example.com"}
    user = (await client.post("/api/users", json=person)).json()["id"]
    await client.patch(f"/api/users/{user}/profile", json={"profile": {"locale": "de"}})

    without = await look(client, templateType="PasswordChanged")
    await client.patch("/api/sign-in-exp", json={"supportEmail": "hilfe@acme.example"})
    shown = await look(client, templateType="PasswordChanged", userId=user)

    assert "help@example.com" not in without["text"]
    assert "hilfe@acme.example" in shown["text"]
    assert (shown["languageTag"], shown["languageReason"]) == ("de", "profile")


async def test_nothing_is_left_of_a_preview(client: httpx.AsyncClient, app: Any) -> None:
    await connect(client, "logto-email")
    before = await everything(app.state.world)

    for kind in ("SignIn", "OrganizationInvitation", "PasswordChanged"):
        await look(client, templateType=kind)
    await look(client, 400, data={"code": "735201"})
    await look(client, 404, userId="nobody")

    after = await everything(app.state.world)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


async def test_a_code_is_never_taken_or_told(client: httpx.AsyncClient) -> None:
    await connect(client)
    await client.patch("/api/protection", json={"codeLength": 8, "codeAlphabet": "letters"})

    refused = await look(client, 400, data={"code": "735201"})
    shown = [await look(client) for _ in range(2)]

    assert "735201" not in str(refused)
    assert [one["text"].strip() for one in shown] == ["KWRTNPXB", "KWRTNPXB"]


HOSTILE = {
    "application": {"name": "x\r\nBcc: all@evil.test\x0b<script>alert(1)</script>"},
    "user": [["a" * 1000] * 20],
    "organization": {"name": "{{code}}{{constructor}}"},
}


async def test_hostile_values_change_nothing_but_their_own_place(
    client: httpx.AsyncClient,
) -> None:
    await connect(client)
    template = words(
        "<p title='{{application.name}}'>{{code}} {{application.name}} {{user}}</p>",
        "{{application.name}} {{organization.name}}",
        sendFrom="{{application.name}} <{{user}}>",
        replyTo="{{application.name}}",
    )

    body = {"templateType": "SignIn", "template": template, "data": HOSTILE}
    answer = await client.post(f"{PREVIEW}/eml", json=body)
    shown = await look(client, template=template, data=HOSTILE)

    mail = message_from_bytes(answer.content, policy=policy)
    assert mail["Bcc"] is None
    assert mail["To"] == "person@example.com"
    assert mail["From"].addresses[0].addr_spec == "f@e.com"
    assert mail["Reply-To"] is None
    assert "<script>" not in shown["html"]
    assert "{{code}}{{constructor}}" in mail["Subject"]
    assert {one["name"] for one in shown["headers"]} == set(mail.keys())


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "data",
    [{"a": "x" * 70_000}, {"a": nested(120)}, {"a": [0] * 6_000}],
    ids=["long", "deep", "wide"],
)
async def test_what_is_too_much_is_refused_and_not_repeated(
    client: httpx.AsyncClient, data: Any
) -> None:
    await connect(client)

    answer = await client.post(PREVIEW, json={"templateType": "SignIn", "data": data})

    assert answer.status_code in {400, 413}
    assert len(answer.content) < 2_000


async def test_the_built_in_service_would_send_words_for_notices_alone(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email")

    code = await look(client, template=words())
    notice = await look(client, templateType="PasswordChanged", template=words("<p>{{time}}</p>"))

    assert (code["isServed"], notice["isServed"]) == (False, True)


async def test_of_many_gaps_and_values_the_first_are_named(client: httpx.AsyncClient) -> None:
    await connect(client)
    gaps = "".join(f"{{{{a{number:03}}}}}" for number in range(300))
    data = {f"b{number:03}": number for number in range(300)}

    shown = await look(client, template=words(f"<p>{{{{code}}}} {gaps}</p>"), data=data)

    assert [gap["variable"] for gap in shown["missing"]] == [f"a{one:03}" for one in range(200)]
    assert len(shown["unused"]) == 200


async def test_an_enormous_mail_is_not_shown(client: httpx.AsyncClient) -> None:
    await connect(client)
    template = words("<p>{{code}}</p>" + "<p>{{a}}</p>" * 60)

    refused = await look(client, 400, template=template, data={"a": "&" * 60_000})

    assert refused["code"] == "template.invalid"


async def test_what_would_not_be_sent_is_refused_as_it_would_be(client: httpx.AsyncClient) -> None:
    without = await look(client, 501)
    await connect(client)
    link = {"link": "javascript:alert(1)"}

    codeless = await look(client, 400, template=words("<p>Hello</p>"))
    wrong = await look(client, 400, templateType="OrganizationInvitation", data=link)

    assert without["code"] == "connector.not_found"
    assert codeless["code"] == "connector.template_not_found"
    assert wrong["code"] == "guard.invalid_input"


async def test_a_provider_that_writes_the_mail_is_told_apart(client: httpx.AsyncClient) -> None:
    config = {"apiKey": "k3y", "fromEmail": "Acme <no-reply@acme.test>"}
    config["templates"] = smtp_parts.config(1)["templates"]
    await connect(client, "resend-email", **config)
    template = words(sendFrom="Other ü", replyTo="a@b.example")

    shown = await look(client, template=template)
    file = await client.post(
        f"{PREVIEW}/eml", json={"templateType": "SignIn", "template": template}
    )

    assert shown["isExact"] is False
    assert shown["sender"] == {"address": "no-reply@acme.test", "name": "Other ü"}
    assert shown["replyTo"] == {"address": "a@b.example", "name": None}
    mail = message_from_bytes(file.content, policy=policy)
    assert file.headers["content-type"] == "application/octet-stream"
    assert mail.get_body(("html",)).get_content().strip() == "<p>042137</p>"
    assert "k3y" not in str(shown)


async def test_where_the_words_are_kept_elsewhere_the_values_are_shown(
    client: httpx.AsyncClient,
) -> None:
    async with HttpSink() as sink:
        await connect(client, "http-email", endpoint=f"http://127.0.0.1:{sink.port}/")
        shown = await look(client)
        typed = await look(client, template=words())
        file = await client.post(f"{PREVIEW}/eml", json={"templateType": "SignIn"})
        asked = len(sink.requests)

    assert (shown["template"], shown["subject"], shown["html"]) == ("provider", None, None)
    assert shown["payload"]["code"] == "042137"
    assert (typed["html"], typed["isServed"]) == ("<p>042137</p>", False)
    assert (file.status_code, file.json()["code"]) == (501, "connector.not_implemented")
    assert asked == 0


async def test_looking_takes_the_scope_of_reading_and_what_is_named_takes_its_own(
    anonymous: httpx.AsyncClient, client: httpx.AsyncClient, app: Any
) -> None:
    await connect(client)
    user = (await client.post("/api/users", json={"primaryEmail": "a@example.com"})).json()["id"]
    of_person = {"templateType": "SignIn", "userId": user}
    of_group = {"templateType": "SignIn", "organizationId": "o"}
    cases = [
        ("templates:read", {"templateType": "SignIn"}, 200),
        ("templates:write", {"templateType": "SignIn"}, 403),
        ("people:read", of_person, 403),
        ("templates:read", of_person, 403),
        ("templates:read people:read", of_person, 200),
        ("templates:read people:read", of_group, 403),
        ("templates:read organizations:read", of_group, 404),
    ]

    for scope, body, status in cases:
        headers = await token(app, scope)
        for path in (PREVIEW, f"{PREVIEW}/eml"):
            answer = await anonymous.post(path, json=body, headers=headers)
            assert answer.status_code == status, (scope, body, answer.text)
