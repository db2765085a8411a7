"""The development mailbox: mails as files in a Maildir."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path

import structlog

from carteiro.connectors.contract import Written
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.mime import build
from carteiro.errors import TemplateNotFound
from carteiro.model.addresses import EmailAddress, Mailbox
from carteiro.model.message import Message, Receipt, Rendered
from carteiro.private_files import make_file, make_folder

KEPT = 500
_HANDED_TO = "X-Carteiro-Connector"
_CODE = "X-Carteiro-Code"
"""So that nobody has to look for the code among a mail's words."""
_log = structlog.get_logger("carteiro.mailbox")
_ID = re.compile(r"[0-9]{13}\.[0-9a-z]{21}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """A mail as read back. ``date`` is milliseconds since the epoch.

    ``connector`` is the id of the connector that was given the mail, ``None`` for the built-in
    service, which leaves it here. ``code`` is the code in it, if there is one.
    """

    id: str
    connector: str | None
    code: str | None = field(repr=False)
    date: int
    sender: str
    to: str
    subject: str
    text: str
    html: str | None
    raw: bytes


class MaildirRelay:
    """Keeps what it is given, the newest ``KEPT``; any mail program can read the folder.

    ``url`` is where people read them; each mail that arrives is said in the log with its own.
    """

    def __init__(self, folder: Path, from_address: EmailAddress, url: str) -> None:
        self._url = url
        self._new = folder / "new"
        self._tmp = folder / "tmp"
        self._cur = folder / "cur"
        self._from = from_address

    @property
    def server(self) -> None:
        """None: nothing is sent."""

    @property
    def from_address(self) -> str:
        """The fixed sender address."""
        return str(self._from)

    def written(
        self,
        message: Message,
        sender_name: str | None,
        signer: Signer | None = None,
    ) -> Written:
        """The whole mail. Raises ``TemplateNotFound``."""
        if message.content is None:
            raise TemplateNotFound
        sender, reply_to = Mailbox(self._from, sender_name), message.content.reply_to
        headers = _shown_apart(message)
        data = build(message, message.content, sender=sender, reply_to=reply_to, headers=headers)
        return Written(sender=sender, reply_to=reply_to, data=data)

    async def send(
        self,
        message: Message,
        sender_name: str | None,
        signer: Signer | None = None,
    ) -> Receipt:
        """Write the mail."""
        data = self.written(message, sender_name, signer).data
        assert data is not None
        await self._store(message, data)
        return Receipt(provider_id=message.id, detail="kept in the development mailbox")

    async def keep(self, message: Message, connector_id: str) -> None:
        """Keep a copy of what a connector is given; words that a provider has are not in it."""
        if isinstance(message.to, EmailAddress):
            content = message.content or _values(message)
            data = build(
                message,
                content,
                sender=Mailbox(self._from, content.sender.name or None),
                reply_to=content.reply_to,
                headers={_HANDED_TO: connector_id, **_shown_apart(message)},
            )
            await self._store(message, data)

    async def _store(self, message: Message, data: bytes) -> None:
        id_ = f"{message.created_at:013d}.{message.id}"
        await asyncio.to_thread(self._write, id_, data)
        _log.info(f"mail for {message.to} → {self._url}?mail={id_}")

    def newest(self) -> str | None:
        """The newest mail's id; a look at the folder."""
        files = self._files()
        return files[0].name if files else None

    async def read_latest(self, limit: int) -> list[StoredMail]:
        """The newest mails, newest first."""
        return await asyncio.to_thread(lambda: [self._read(path) for path in self._files()[:limit]])

    async def read(self, id: str) -> StoredMail | None:  # noqa: A002 - the mail's id
        """One mail."""
        path = self._new / id
        if not _ID.fullmatch(id) or not path.is_file():
            return None
        return await asyncio.to_thread(self._read, path)

    async def clear(self) -> None:
        """Delete every mail."""

        def delete() -> None:
            for path in self._files():
                path.unlink(missing_ok=True)

        await asyncio.to_thread(delete)

    async def check(self) -> str:
        """Say where the mails are."""
        return f"mails are kept in {self._new.parent}, nothing is sent"

    async def close(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, data: bytes) -> None:
        for folder in (self._new.parent, self._new, self._tmp, self._cur):
            make_folder(folder)
        partial = self._tmp / f"{name}.{secrets.token_hex(4)}"
        make_file(partial, data)
        partial.rename(self._new / name)
        for old in self._files()[KEPT:]:
            old.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        found = (path for path in self._new.glob("*") if _ID.fullmatch(path.name))
        return sorted(found, key=lambda path: path.name, reverse=True)

    def _read(self, path: Path) -> StoredMail:
        raw = path.read_bytes()
        mail = message_from_bytes(raw, policy=policy)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        return StoredMail(
            id=path.name,
            connector=str(mail[_HANDED_TO]) if mail[_HANDED_TO] else None,
            code=str(mail[_CODE]) if mail[_CODE] else None,
            date=int(path.name[:13]),
            sender=str(mail["From"]),
            to=str(mail["To"]),
            subject=str(mail["Subject"]),
            text=text.get_content() if text else "",
            html=html.get_content() if html else None,
            raw=raw,
        )


def _shown_apart(message: Message) -> Mapping[str, str]:
    """The code once more, for whoever copies it from the development mailbox."""
    code = message.payload.get("code")
    return {_CODE: code} if isinstance(code, str) and code else {}


def _values(message: Message) -> Rendered:
    """What stands for a mail whose words the provider has: the values that it is given."""
    lines = [f"{name}: {value}" for name, value in message.payload.items()]
    return Rendered(subject=f"{message.type} (words at the provider)", text="\n".join(lines))
