"""How receivers see each connector's sender: by the API and by ``carteiro doctor --sender``."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import command_parts
import smtp_parts
from carteiro.connectors.dkim.keys import zone_text
from carteiro.connectors.registry import Registry
from carteiro.connectors.smtp.presets import PRESETS
from carteiro.connectors.smtp.sender_records import records_of
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.fallbacks import create_fallback
from carteiro.flows.administer.mail.senders import examine_senders
from carteiro.model.sender_dns import UNNAMED
from carteiro.runtime.key_file import new_key
from carteiro.runtime.opening import open_world
from carteiro.senders.asking import Dns, Exchange, Texts
from carteiro.senders.findings import Check
from carteiro.settings import Settings, read_settings
from carteiro.testing.smtp_server import SmtpSink
from dns_parts import DnsServer, Manner
from sender_parts import T, asking, connect, opened, relayed, signing_key

ROOT = Path(__file__).parents[3]
GOOD = {
    "e.com": {"TXT": "v=spf1 ip4:127.0.0.1 -all", "MX": "10 mx.e.com."},
    "_dmarc.e.com": {"TXT": "v=DMARC1; p=reject"},
}
RESEND = {"apiKey": "re_1", "fromEmail": "a@r.test", "templates": []}


@pytest.fixture
async def server() -> AsyncIterator[DnsServer]:
    async with DnsServer({}) as running:
        yield running


class TestByTheApi:
    @pytest.fixture
    def settings(self, settings: Settings, server: DnsServer) -> Settings:
        return asking(settings, server)

    async def test_each_connector_s_sender_is_reported_with_what_would_mend_it(
        self, app: Any, client: httpx.AsyncClient, server: DnsServer
    ) -> None:
        world = app.state.world
        server.zone |= GOOD  # type: ignore[operator]
        first = await connect(world, 2525)
        await signing_key(world, server)
        words = [
            {"usageType": kind, "subject": "S", "content": "{{code}}", "type": "text/plain"}
            for kind in ("SignIn", "Register", "ForgotPassword", "Generic")
        ]
        further = await create_fallback(
            world, T, "resend-email", {**RESEND, "templates": words}, limits={}
        )

        answer = await client.get("/api/senders")
        one = await client.get("/api/senders", params={"connectorId": further.row.id})

        smtp, resend = answer.json()
        assert (smtp["id"], smtp["domain"]) == (first, "e.com")
        assert {finding["verdict"] for finding in smtp["findings"]} == {"ok"}
        assert [report["connectorId"] for report in one.json()] == ["resend-email"]
        verdicts = {finding["check"]: finding for finding in resend["findings"]}
        assert verdicts["spf"]["record"] == {
            "type": "TXT", "name": "send.r.test", "value": "v=spf1 include:amazonses.com ~all",
        }  # fmt: skip
        # Both may have been chosen otherwise, with that provider.
        assert (verdicts["spf"]["verdict"], verdicts["dkim"]["verdict"]) == ("warning", "warning")

    async def test_a_connector_that_waits_for_an_override_is_looked_at_when_it_is_asked_for(
        self, app: Any, client: httpx.AsyncClient, server: DnsServer
    ) -> None:
        world = app.state.world
        server.zone |= GOOD  # type: ignore[operator]
        config = smtp_parts.config(2525)
        smtp = "simple-mail-transfer-protocol"
        made = await create_fallback(world, T, smtp, config, limits={}, reserved=True)
        await signing_key(world, server)

        answer = await client.get("/api/senders", params={"connectorId": made.row.id})
        every = await client.get("/api/senders")

        [report] = answer.json()
        assert (report["id"], report["domain"]) == (made.row.id, "e.com")
        assert {finding["verdict"] for finding in report["findings"]} == {"ok"}
        assert every.json() == []

    async def test_what_is_asked_for_is_bounded_and_a_strange_connector_is_not_there(
        self, client: httpx.AsyncClient
    ) -> None:
        many = await client.get("/api/senders", params={"selector": ["a"] * 11})
        odd = await client.get("/api/senders", params={"selector": ["a.b/../"]})
        strange = await client.get("/api/senders", params={"connectorId": "nobody"})
        none = await client.get("/api/senders")

        assert (many.status_code, odd.status_code, strange.status_code) == (400, 400, 404)
        assert none.json() == []

    async def test_a_silent_dns_is_a_finding_and_not_an_error(
        self, app: Any, client: httpx.AsyncClient, server: DnsServer
    ) -> None:
        server.default = Manner.FAILS
        await connect(app.state.world, 2525)

        answer = await client.get("/api/senders")

        [report] = answer.json()
        assert answer.status_code == 200
        assert {finding["verdict"] for finding in report["findings"]} == {"warning"}


class _Meeting(Dns):
    """Says nothing of anybody before it has been asked about both."""

    def __init__(self, *domains: str) -> None:
        super().__init__()
        self._awaited = set(domains)
        self._met = asyncio.Event()

    async def texts(self, name: str) -> Texts:
        self._awaited.discard(name)
        if not self._awaited:
            self._met.set()
        await self._met.wait()
        return Texts(exists=False)

    async def exchanges(self, name: str) -> tuple[list[Exchange], bool]:
        return [], False


async def test_nobody_waits_for_the_dns_of_one_connector_after_that_of_another(
    settings: Settings, server: DnsServer
) -> None:
    async with opened(settings, server) as world:
        await connect(world, 2525)
        smtp = smtp_parts.config(2525, fromEmail="a@other.test")
        await create_fallback(world, T, "simple-mail-transfer-protocol", smtp, limits={})
        asking_both = replace(world, dns=_Meeting("e.com", "other.test"))
        reports = await examine_senders(asking_both, T)

    assert [report.domain for report in reports] == ["e.com", "other.test"]
    said = [finding.message for report in reports for finding in report.findings]
    assert not [message for message in said if "took more than" in message]


async def test_the_relay_s_sender_is_looked_at_with_the_deployment_s_keys(
    settings: Settings, server: DnsServer
) -> None:
    async with SmtpSink() as sink, opened(relayed(settings, sink.port), server) as world:
        await create_connector(world, T, NewConnector(connector_id="logto-email"))
        row = await signing_key(world, server, "relay.test")
        [report] = await examine_senders(world, T)

    dkim = next(one for one in report.findings if one.check is Check.DKIM)
    assert report.address == "no-reply@relay.test"
    assert dkim.message == f"{row.selector}._domainkey.relay.test publishes the key that signs"


def test_every_provider_says_what_it_wants_or_where_that_is_found() -> None:
    silent = {
        factory.metadata.id
        for factory in Registry.discover().factories()
        if factory.records is UNNAMED
    }

    assert silent == {
        "http-email",
        "http-sms",
        "logto-email",  # the relay's, by its server
        "mailjunky-email-service",
        "simple-mail-transfer-protocol",  # by its server
    }


def test_what_is_said_of_a_provider_is_published_somewhere() -> None:
    known = [factory.records for factory in Registry.discover().factories()]
    known += [records_of(preset.host) for preset in PRESETS]
    named = [one for one in known if one.spf or one.selectors or one.servers]

    assert len(named) == 19
    assert all(one.sources for one in named)
    assert all(url.startswith("https://") for one in named for url in one.sources)


@pytest.mark.parametrize(
    ("host", "record"),
    [
        ("smtp.eu.mailgun.org", "v=spf1 include:mailgun.org ~all"),
        ("SMTP.Resend.com.", "v=spf1 include:amazonses.com ~all"),
        ("smtp.sendgrid.net", None),
        ("email-smtp.eu-west-1.amazonaws.com", None),
        ("ec2-1-2-3-4.compute-1.amazonaws.com", "v=spf1 a:ec2-1-2-3-4.compute-1.amazonaws.com ~all"),
        ("mail.e.com", "v=spf1 a:mail.e.com ~all"),
    ],
)  # fmt: skip
async def test_a_provider_s_mail_server_needs_what_its_api_needs(
    settings: Settings, server: DnsServer, host: str, record: str | None
) -> None:
    server.zone |= {"e.com": {"MX": "10 mx.e.com."}}  # type: ignore[operator]
    async with opened(settings, server) as world:
        await connect(world, 2525, host=host)
        [report] = await examine_senders(world, T)

    spf = next(one for one in report.findings if one.check is Check.SPF)
    assert (spf.record.value if spf.record else None) == record


async def test_doctor_says_it_in_lines_and_its_status_says_whether_all_is_well(
    tmp_path: Path, server: DnsServer
) -> None:
    server.zone |= GOOD  # type: ignore[operator]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CARTEIRO_")},
        "CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path}/test.db",
        "CARTEIRO_SECRET_KEYS": new_key(),
        "CARTEIRO_RELAY_URL": "smtp://relay.e.com:2525",
        "CARTEIRO_RELAY_FROM": "no-reply@e.com",
        "CARTEIRO_DNS_SERVERS": f"127.0.0.1:{server.port}",
    }

    ran = set()

    async def carteiro(*words: str) -> subprocess.CompletedProcess[str]:
        ran.add(" ".join(["carteiro", *words]).replace("e.com", "example.com"))
        run = partial(command_parts.carteiro, *words, folder=tmp_path, **environment)
        return await anyio.to_thread.run_sync(run)

    nobody = await carteiro("apps", "list")
    alone = await carteiro("doctor", "--sender", "--json")
    given = {name.removeprefix("CARTEIRO_").lower(): value for name, value in environment.items()
             if name.startswith("CARTEIRO_")}  # fmt: skip
    async with open_world(read_settings({}, **given)) as world:
        await create_connector(world, T, NewConnector(connector_id="logto-email"))
    made = await carteiro("dkim", "new", "e.com", "--selector", "s1")
    record = json.loads((await carteiro("dkim", "list", "--json")).stdout)[0]["record"]
    early = await carteiro("dkim", "use", "e.com", "s1")
    server.zone[record["name"]] = {"TXT": record["value"]}  # type: ignore[index]
    used = await carteiro("dkim", "use", "e.com", "s1")
    good = await carteiro("doctor", "--sender", "--json")
    del server.zone["_dmarc.e.com"]  # type: ignore[attr-defined]
    server.zone["e.com"] = {"MX": "10 mx.e.com."}  # type: ignore[index]
    bad = await carteiro("doctor", "--sender")
    listed = await carteiro("dkim", "list")
    deleted = await carteiro("dkim", "delete", "e.com", "s1")

    page = (ROOT / "docs/how-to/prove-your-sender.md").read_text("utf-8")
    promised = re.findall(
        r"^carteiro .*$", "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)), re.MULTILINE
    )

    assert len(promised) == 5
    assert set(promised) <= ran
    assert made.stdout.strip() == f"{record['name']}. IN TXT {zone_text(record['value'])}"
    assert nobody.returncode == 0
    assert json.loads(alone.stdout)[0]["verdict"] == "warning"
    assert (early.returncode, used.returncode) == (1, 0), used.stderr
    assert "dkim.record_missing" in early.stderr
    assert {row["verdict"] for row in json.loads(good.stdout)} == {"ok"}, good.stdout
    assert (good.returncode, bad.returncode) == (0, 1)
    assert 'e.com. IN TXT "v=spf1 a:relay.e.com ~all"' in bad.stdout
    assert '_dmarc.e.com. IN TXT "v=DMARC1; p=none"' in bad.stdout
    assert "signing" in listed.stdout
    assert "s1._domainkey.e.com" in deleted.stdout
