"""Debian's postfix, an instance of its own: what it delivers, and what it passes on."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path

import pytest

from carteiro.testing.postgres import free_port

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
smtputf8_enable = {utf8}
virtual_mailbox_domains = inbox.test example.com
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
relay_domains = onward.test
transport_maps = inline:{{ onward.test=smtp:[127.0.0.1]:{next_hop} }}
smtpd_recipient_restrictions = reject_unauth_destination
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
alias_maps =
alias_database =
"""
_TLS = """\
smtpd_tls_security_level = may
smtpd_tls_chain_files = {pem}
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
smtp unix - - n - - smtp
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A running instance. Mail to ``inbox.test`` and ``example.com`` stays.

    Mail to ``onward.test`` is passed on.
    """

    def __init__(self, root: Path, port: int, next_hop: int) -> None:
        self.root = root
        self.port = port
        self.next_hop = next_hop
        """The port of this machine to which it passes mail on; the test listens there."""

    async def next_raw(self) -> bytes:
        """The next mail in the mailbox, as it lies there: its lines end with a line feed."""
        for _ in range(200):
            found = sorted((self.root / "mail" / "all" / "new").glob("*"))
            if found:
                raw = found[0].read_bytes()
                found[0].unlink()
                return raw
            await asyncio.sleep(0.05)
        log = self.root / "mail.log"
        raise AssertionError(log.read_text() if log.exists() else "postfix wrote no log")

    async def next_mail(self) -> EmailMessage:
        """The next mail in the mailbox, read."""
        return message_from_bytes(await self.next_raw(), policy=policy)


@contextmanager
def running_postfix(*, pem: bytes | None = None, utf8: bool = False) -> Iterator[Postfix]:
    """Start an instance; it offers TLS with a key and chain, and SMTPUTF8 where that is wanted."""
    if os.geteuid() != 0 or not Path("/usr/sbin/postfix").exists():
        pytest.fail("this test starts postfix: run as root with Debian's package postfix installed")
    root = Path(tempfile.mkdtemp(prefix="carteiro-postfix-"))
    port, next_hop = free_port(), free_port()
    root.chmod(0o755)
    for name in ("conf", "queue", "data", "mail"):
        (root / name).mkdir()
    shutil.chown(root / "data", "postfix")
    owner = "nobody"
    shutil.chown(root / "mail", owner)
    uid = (root / "mail").stat().st_uid
    gid = int(subprocess.run(["id", "-g", owner], capture_output=True, check=True).stdout)
    main = _MAIN.format(
        root=root, uid=uid, gid=gid, next_hop=next_hop, utf8="yes" if utf8 else "no"
    )
    if pem is not None:
        (root / "tls.pem").write_bytes(pem)
        main += _TLS.format(pem=root / "tls.pem")
    (root / "conf/main.cf").write_text(main)
    (root / "conf/master.cf").write_text(_MASTER.format(port=port))
    command = ["/usr/sbin/postfix", "-c", str(root / "conf")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        for _ in range(100):
            if _answers(port):
                break
            time.sleep(0.05)
        yield Postfix(root, port, next_hop)
    finally:
        subprocess.run([*command, "stop"], check=True, capture_output=True)
        shutil.rmtree(root)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
