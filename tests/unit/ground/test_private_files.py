"""What is made here is read by its owner only, whatever the umask allows."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteiro.connectors.builtin.maildir import MaildirRelay
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered
from carteiro.private_files import is_open_to_all, make_file, make_folder, shut_out_others


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_a_folder_and_a_file_are_their_owners(tmp_path: Path) -> None:
    make_folder(tmp_path / "a/b")
    make_file(tmp_path / "a/b/c", b"x")

    assert (mode(tmp_path / "a/b"), mode(tmp_path / "a/b/c")) == ("0o700", "0o600")
    with pytest.raises(FileExistsError):
        make_file(tmp_path / "a/b/c")


def test_a_folder_inside_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file/sub")


def test_others_are_shut_out_and_the_group_keeps_what_it_may(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("")
    path.chmod(0o664)
    assert is_open_to_all(path)

    shut_out_others(path)

    assert mode(path) == "0o660"
    assert not is_open_to_all(path)
    shut_out_others(tmp_path / "gone")
    assert not is_open_to_all(tmp_path / "gone")


async def test_a_mail_of_the_development_mailbox_is_its_owners(tmp_path: Path) -> None:
    sender = parse_address("no-reply@carteiro.test")
    relay = MaildirRelay(tmp_path / "mailbox", sender, "http://carteiro.test/mailbox")
    content = Rendered(subject="s", text="t")
    message = Message(
        id="m" * 21,
        to=parse_address("ana@example.com"),
        type=TemplateType.GENERIC,
        payload={},
        created_at=1,
        content=content,
    )

    await relay.send(message, None)

    [mail] = (tmp_path / "mailbox/new").iterdir()
    assert (mode(tmp_path / "mailbox"), mode(mail)) == ("0o700", "0o600")
