"""The same mail through a real mail transfer agent: Debian's postfix, an instance of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import trustme

from carteiro.errors import DeliveryFailed, Disposition
from carteiro.model.addresses import Mailbox, Sender, parse_address
from postfix_parts import Postfix, running_postfix
from smtp_parts import Connect, message


@pytest.fixture(scope="module")
def postfix(authority: trustme.CA) -> Iterator[Postfix]:
    certificate = authority.issue_cert("127.0.0.1")
    with running_postfix(pem=certificate.private_key_and_cert_chain_pem.bytes()) as running:
        yield running


async def test_postfix_delivers_what_was_meant(
    postfix: Postfix, connect: Connect, ca: dict[str, str]
) -> None:
    text = ".\n..dots\nAção é 日本語 " + "x" * 5000 + "\n"
    html = "<p>" + "ação 日本語 <b>123456</b>" * 200 + "</p>\n"
    content = {
        "subject": "Código 123456 — confirmação para ação 日本語 " + "z" * 80,
        "text": text,
        "html": html,
        "sender": Sender('Ação "Quotes" & Co', None),
        "reply_to": Mailbox(parse_address("help@e.com"), "Ajuda"),
    }
    connector = connect(postfix.port, tls=ca, requireTLS=True)

    receipt = await connector.send(message("ana@inbox.test", **content))

    mail = await postfix.next_mail()
    assert "queued as" in receipt.detail
    assert mail["Subject"] == content["subject"]
    assert mail["From"].addresses[0].display_name == 'Ação "Quotes" & Co'
    assert mail["From"].addresses[0].addr_spec == "f@e.com"
    assert mail["Reply-To"].addresses[0].addr_spec == "help@e.com"
    assert mail["Message-ID"] == f"<{'m' * 21}@e.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "with ESMTPS" in mail["Received"]
    parts = {part.get_content_type(): part for part in mail.iter_parts()}
    assert parts["text/plain"].get_payload(decode=True).decode().replace("\r\n", "\n") == text
    assert parts["text/html"].get_payload(decode=True).decode().replace("\r\n", "\n") == html


async def test_postfix_takes_many_over_kept_connections(
    postfix: Postfix, connect: Connect, ca: dict[str, str]
) -> None:
    connector = connect(postfix.port, tls=ca)

    await asyncio.gather(*(connector.send(message("ana@inbox.test")) for _ in range(20)))

    for _ in range(20):
        await postfix.next_mail()
    assert connector.pool.connections_opened <= 5


async def test_postfix_refuses_to_relay_and_we_say_so(
    postfix: Postfix, connect: Connect, ca: dict[str, str]
) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        await connect(postfix.port, tls=ca).send(message("ana@else.test"))

    assert "554 5.7.1" in failure.value.message
    assert failure.value.disposition is Disposition.PERMANENT
