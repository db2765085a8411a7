"""A preview is the mail that a server would be given, byte for byte, and leaves no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

import smtp_parts
from carteiro.delivery.previews import Preview
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.preview import Wish, preview
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.operate.send_message import Letter, send_message
from carteiro.flows.world import World
from carteiro.model.kinds import NOTICES, TemplateType, WayOn, way_on
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.templates.samples import Sample, sample_values
from carteiro.testing.clock import FrozenClock
from carteiro.testing.smtp_server import SmtpSink

T = "default"
CODE = "042137"
TO = "person@example.com"
STYLED = (
    "<!doctype html><html><head><style>p { color: #123456 }</style></head><body>"
    "<p>Olá {{user.name}}, {{application.name}}: {{code}}{{link}} — 你好</p></body></html>"
)
LINKED = STYLED.replace("{{code}}", "")
CODED = STYLED.replace("{{link}}", "")
TOLD = CODED.replace("{{code}}", "{{time}}")


@dataclass
class Stage:
    """A world whose mail goes to a server that keeps it; time stands still."""

    world: World
    sink: SmtpSink
    clock: FrozenClock

    async def send(self, kind: TemplateType, locale: str | None, data: Mapping[str, Any]) -> str:
        self.clock.advance(3600)  # one recipient may get only so many at once
        code = {"code": CODE} if way_on(kind) is WayOn.CODE and "link" not in data else {}
        letter = Letter(to=TO, type=kind, locale=locale, variables={**data, **code})
        return (await send_message(self.world, T, letter)).id

    async def preview(
        self, kind: TemplateType, locale: str | None, data: Mapping[str, Any], id_: str
    ) -> Preview:
        wish = Wish(type=kind, language=locale, data=data, sample=Sample.NONE, id=id_)
        return await preview(self.world, T, wish)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with SmtpSink() as sink:
        relayed = settings.model_copy(
            update={"mailbox": None, "relay_url": SecretStr(f"smtp+plain://127.0.0.1:{sink.port}")}
        )
        clock = FrozenClock()
        async with open_world(relayed, clock) as world:
            yield Stage(world, sink, clock)


async def connect(stage: Stage, id_: str, config: Mapping[str, Any]) -> None:
    await create_connector(stage.world, T, NewConnector(connector_id=id_, config=config))


def own(kind: TemplateType, tag: str, **more: str) -> Draft:
    content = CODED
    if way_on(kind) is not WayOn.CODE:
        content = TOLD if kind in NOTICES else LINKED
    details = {"subject": "Ção {{application.name}}", "content": content, **more}
    return Draft(language_tag=tag, template_type=kind, details=details)


def given(kind: TemplateType) -> dict[str, Any]:
    left_out = {"code", "locale", "expiresInMinutes", "expiresInSeconds", "expiresAt"}
    values = sample_values(kind, Sample.RICH, "en")
    return {name: value for name, value in values.items() if name not in left_out}


@pytest.mark.parametrize("kind", list(TemplateType))
async def test_a_preview_is_what_a_server_is_given_of_the_tenants_own_words(
    stage: Stage, kind: TemplateType
) -> None:
    config = smtp_parts.config(stage.sink.port, replyTo="help@e.com", customHeaders={"X-A": "b é"})
    await connect(stage, "simple-mail-transfer-protocol", config)
    senders = {
        "sendFrom": "{{application.name}} ü <a@b.example>",
        "replyTo": "{{user.primaryEmail}}",
    }
    await put_templates(stage.world, T, [own(kind, "fr", **senders), own(kind, "en")])

    for locale in ("fr", "fr-CA", "en", None):
        sent = await stage.send(kind, locale, given(kind))
        shown = await stage.preview(kind, locale, given(kind), sent)

        assert shown.eml == stage.sink.received[-1].raw, locale
        assert (shown.is_exact, str(shown.to)) == (True, TO)


@pytest.mark.parametrize("locale", ["de", "ar", "ja", "pt-BR", None])
@pytest.mark.parametrize("sample", [Sample.RICH, Sample.SPARSE])
async def test_a_preview_is_what_the_relay_is_given_of_the_prebuilt_words(
    stage: Stage, locale: str | None, sample: Sample
) -> None:
    branding = {
        "senderName": "Açme",
        "companyInformation": "Acme",
        "appLogo": "https://a.example/l.png",
    }
    await connect(stage, "logto-email", branding)

    for kind in TemplateType:
        values = sample_values(kind, sample, "en")
        data = {name: value for name, value in values.items() if name in given(kind)}
        sent = await stage.send(kind, locale, data)
        shown = await stage.preview(kind, locale, data, sent)

        assert shown.eml == stage.sink.received[-1].raw, kind
        assert shown.is_exact


async def test_a_preview_is_what_a_server_is_given_of_the_connectors_words_and_of_links(
    stage: Stage,
) -> None:
    templates = [
        {"usageType": kind, "contentType": "text/html", "subject": "{{locale}}", "content": words}
        for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
        for words in ("<p>{{code}} <a href='{{link}}'>Go</a> {{link}} {{locale}}</p>",)
    ]
    config = smtp_parts.config(stage.sink.port, templates=templates)
    await connect(stage, "simple-mail-transfer-protocol", config)
    link = {"link": "https://app.example.com/in?token=t&a=b"}

    for kind, data in ((TemplateType.SIGN_IN, link), (TemplateType.MFA_VERIFICATION, {})):
        sent = await stage.send(kind, "de", data)
        shown = await stage.preview(kind, "de", data, sent)

        assert shown.eml == stage.sink.received[-1].raw
        assert shown.template == "connector"
