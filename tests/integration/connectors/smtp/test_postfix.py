"""The same mail through a real mail transfer agent: Debian's postfix, an instance of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path

import pytest
import trustme

from carteiro.model.addresses import Mailbox, Sender, parse_address
from carteiro.testing.postgres import free_port
from smtp_parts import Connect, message

_MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.test
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = no
virtual_mailbox_domains = inbox.test
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {root}/tls.pem
smtpd_recipient_restrictions = reject_unauth_destination
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
alias_maps =
alias_database =
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
virtual unix - n n - - virtual
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A running instance and the mails that it delivered."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port

    async def next_mail(self) -> EmailMessage:
        for _ in range(200):
            found = sorted((self.root / "mail" / "all" / "new").glob("*"))
            if found:
                raw = found[0].read_bytes()
                found[0].unlink()
                return message_from_bytes(raw, policy=policy)
            await asyncio.sleep(0.05)
        log = self.root / "mail.log"
        raise AssertionError(log.read_text() if log.exists() else "postfix wrote no log")


@pytest.fixture(scope="module")
def postfix(authority: trustme.CA) -> Iterator[Postfix]:
    if os.geteuid() != 0 or not Path("/usr/sbin/postfix").exists():
        pytest.fail("this test starts postfix: run as root with Debian's package postfix installed")
    root = Path(tempfile.mkdtemp(prefix="carteiro-postfix-"))
    port = free_port()
    root.chmod(0o755)
    for name in ("conf", "queue", "data", "mail"):
        (root / name).mkdir()
    shutil.chown(root / "data", "postfix")
    owner = "nobody"
    shutil.chown(root / "mail", owner)
    uid = (root / "mail").stat().st_uid
    gid = int(subprocess.run(["id", "-g", owner], capture_output=True, check=True).stdout)
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(root / "tls.pem"))
    (root / "conf/main.cf").write_text(_MAIN.format(root=root, uid=uid, gid=gid))
    (root / "conf/master.cf").write_text(_MASTER.format(port=port))
    command = ["/usr/sbin/postfix", "-c", str(root / "conf")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    for _ in range(100):
        if _answers(port):
            break
        time.sleep(0.05)
    yield Postfix(root, port)
    subprocess.run([*command, "stop"], check=True, capture_output=True)
    shutil.rmtree(root)


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
    from carteiro.errors import DeliveryFailed, Disposition

    with pytest.raises(DeliveryFailed) as failure:
        await connect(postfix.port, tls=ca).send(message("ana@else.test"))

    assert "554 5.7.1" in failure.value.message
    assert failure.value.disposition is Disposition.PERMANENT
