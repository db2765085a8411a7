"""The development mailbox: mails of the built-in service as files in a Maildir."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path

from carteiro.connectors.mime import build
from carteiro.errors import TemplateNotFound
from carteiro.model.addresses import EmailAddress, Mailbox
from carteiro.model.message import Message, Receipt
from carteiro.private_files import make_file, make_folder

KEPT = 500
_ID = re.compile(r"[0-9]{13}\.[0-9a-z]{21}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """A mail as read back. ``date`` is milliseconds since the epoch."""

    id: str
    date: int
    sender: str
    to: str
    subject: str
    text: str
    html: str | None
    raw: bytes


class MaildirRelay:
    """Keeps what it is given, the newest ``KEPT``; any mail program can read the folder."""

    def __init__(self, folder: Path, from_address: EmailAddress) -> None:
        self._new = folder / "new"
        self._tmp = folder / "tmp"
        self._cur = folder / "cur"
        self._from = from_address

    @property
    def from_address(self) -> str:
        """The fixed sender address."""
        return str(self._from)

    async def send(self, message: Message, sender_name: str | None) -> Receipt:
        """Write the mail."""
        if message.content is None:
            raise TemplateNotFound
        data = build(
            message, message.content, sender=Mailbox(self._from, sender_name), reply_to=None
        )
        await asyncio.to_thread(self._write, f"{message.created_at:013d}.{message.id}", data)
        return Receipt(provider_id=message.id, detail="kept in the development mailbox")

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
            date=int(path.name[:13]),
            sender=str(mail["From"]),
            to=str(mail["To"]),
            subject=str(mail["Subject"]),
            text=text.get_content() if text else "",
            html=html.get_content() if html else None,
            raw=raw,
        )
