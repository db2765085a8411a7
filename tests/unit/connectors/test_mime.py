"""Messages as bytes: any value reads back as itself and adds nothing."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy

from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.mime import build
from carteiro.model.addresses import Mailbox, Sender, parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Message, Rendered

ADDRESS = parse_address("f@e.com")
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "Date",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def built(
    subject: str = "S",
    text: str = "T",
    html: str | None = None,
    name: str = "N",
    header: str | None = None,
    language: str | None = None,
) -> bytes:
    message = Message(
        id="m1",
        to=parse_address("to@e.com"),
        type=TemplateType.GENERIC,
        payload={},
        created_at=0,
    )
    return build(
        message,
        Rendered(subject=subject, text=text, html=html, sender=Sender(), language=language),
        sender=Mailbox(ADDRESS, name),
        reply_to=Mailbox(ADDRESS, name),
        headers={"X-Own": header} if header is not None else None,
    )


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy)


def tidy(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@given(ANY)
def test_any_subject_adds_no_header(subject: str) -> None:
    mail = parsed(built(subject=subject))

    assert [name for name in mail if name != "Content-Transfer-Encoding"] == HEADERS
    assert mail.get_all("To") == ["to@e.com"]


@given(ANY)
def test_any_name_adds_no_header_and_no_mailbox(name: str) -> None:
    mail = parsed(built(name=name))

    assert [key for key in mail if key != "Content-Transfer-Encoding"] == HEADERS
    assert [address.addr_spec for address in mail["From"].addresses] == ["f@e.com"]


@given(ANY)
def test_any_custom_value_adds_no_header(value: str) -> None:
    mail = parsed(built(header=value))

    names = [key for key in mail if key != "Content-Transfer-Encoding"]
    assert names == ["X-Own", *HEADERS]


@given(ANY | st.sampled_from(["en\n", " de", "en\r\nBcc: a@b.co", "日本", "en\tx", "en\x0b"]))
def test_any_language_adds_no_header_and_is_a_tag_where_it_is_told(language: str) -> None:
    raw = built(language=language)
    mail = parsed(raw)

    names = {name for name in mail if name != "Content-Transfer-Encoding"}
    assert names - {"Content-Language"} == set(HEADERS)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    told = mail["Content-Language"]
    assert told is None or re.fullmatch("[A-Za-z0-9]+(-[A-Za-z0-9]+)*", told)


def test_a_language_is_told_as_others_write_it() -> None:
    assert parsed(built(language="pt_br"))["Content-Language"] == "pt-BR"


@given(ANY, ANY)
def test_both_parts_read_back_as_they_were(text: str, html: str) -> None:
    raw = built(text=text, html=html)
    mail = parsed(raw)

    def lines(value: str) -> str:
        value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        return value if value.endswith("\n") else value + "\n"

    assert mail.get_body(("plain",)).get_payload(decode=True).decode().replace(
        "\r\n", "\n"
    ) == lines(text)
    assert mail.get_body(("html",)).get_payload(decode=True).decode().replace(
        "\r\n", "\n"
    ) == lines(html)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60))
def test_a_subject_reads_back_as_itself(subject: str) -> None:
    assert tidy(parsed(built(subject=subject))["Subject"]) == tidy(subject)


def test_long_lines_and_leading_dots_survive() -> None:
    text = ".\n..\n." + "x" * 10_000 + "\nend\n"

    assert parsed(built(text=text)).get_payload(decode=True).decode().replace("\r\n", "\n") == text


def test_every_attempt_writes_the_same_bytes() -> None:
    first = built(html="<p>H</p>")

    assert built(html="<p>H</p>") == first


def test_no_text_can_hold_the_boundary_between_the_parts() -> None:
    boundary = message_from_bytes(built(html="<p>H</p>"), policy=policy).get_boundary()
    forged = f"T\n--{boundary}\nContent-Type: text/html\n\n<b>forged</b>\n--\x00{boundary}--"

    message = message_from_bytes(built(text=forged, html="<p>H</p>"), policy=policy)

    parts = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert message.get_boundary() != boundary
    assert parts == [forged.replace("\x00", "") + "\n", "<p>H</p>\n"]
