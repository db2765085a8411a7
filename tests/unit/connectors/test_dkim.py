"""Signatures of DKIM: what they cover, and that dkimpy, which others wrote, takes them for good."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.dkim.keys import (
    DkimKey,
    KeyAlgorithm,
    private_bytes,
    read_private,
    zone_text,
)
from carteiro.connectors.dkim.signing import Signer
from carteiro.connectors.mime import build
from carteiro.model.addresses import parse_mailbox
from dkim_parts import dkimpy_accepts, key
from smtp_parts import message

NOW = 1_750_000_000_000  # dkimpy takes no signature from the future
ALGORITHMS = list(KeyAlgorithm)


def mail(sender: str = "f@e.com", **content: str) -> bytes:
    given_message = message(**content)
    assert given_message.content is not None
    return build(
        given_message, given_message.content, sender=parse_mailbox(sender), reply_to=None,
        headers={"X-Team": ["one", "two"], "List-Unsubscribe": "<https://e.com/u>"},
    )  # fmt: skip


def signed(raw: bytes, *keys: DkimKey, domain: str = "e.com") -> bytes:
    return Signer(keys or [key()]).sign(raw, domain, NOW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("123456\n", "<b>123456</b>\n"),
        ("123456  two  \t blanks \n\n\n", "<p>\n\n  x\t\n</p>\n\n\n\n"),
        ("é " * 900, "<p>" + "x" * 2000 + "</p>"),
        ("код 123456 " * 200, "<p>код</p>"),
        (".\n..\n.leading\n", "<p>.</p>\n.\n"),
        ("\n\n\n", "\n"),
        ("From me\n", "= equals =\n"),
    ],
    ids=["plain", "blanks", "quoted-printable", "base64", "dots", "empty", "from"],
)
def test_another_library_takes_what_is_signed_for_good(
    algorithm: KeyAlgorithm, text: str, html: str
) -> None:
    one = key(algorithm=algorithm)

    assert dkimpy_accepts(signed(mail(text=text, html=html), one), one)


@given(st.text(max_size=300), st.text(max_size=60))
def test_no_words_break_a_signature(text: str, subject: str) -> None:
    one = key(algorithm=KeyAlgorithm.ED25519)

    assert dkimpy_accepts(signed(mail(text=text, subject=subject), one), one)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"123456", b"123457"),
        lambda raw: b"From: eve@e.com\r\n" + raw,
        lambda raw: b"Subject: another\r\n" + raw,
        lambda raw: b"Reply-To: eve@evil.example\r\n" + raw,
        lambda raw: b"Content-Type: text/html\r\n" + raw,
        lambda raw: raw.replace(b"X-Team: one", b"X-Team: three"),
        lambda raw: raw.replace(b"To: to@", b"To: eve@"),
        lambda raw: raw.replace(b"auto-generated", b"auto-replied"),
        lambda raw: raw + b"more\r\n",
    ],
    ids=["body", "from", "subject", "reply-to", "type", "custom", "to", "auto", "longer"],
)  # fmt: skip
def test_whatever_is_changed_or_added_breaks_the_signature(change: object) -> None:
    raw = signed(mail(text="123456 plain", html="<b>123456</b>"))
    changed = change(raw)  # type: ignore[operator]

    assert changed != raw
    assert not dkimpy_accepts(changed, key())


def test_what_servers_on_the_way_may_do_breaks_nothing() -> None:
    raw = signed(mail(subject="A subject that is so long that it has to be folded " * 3))
    refolded = raw.replace(b"\r\n =?", b"\r\n\t =?").replace(b"To: to@e.com", b"To:   to@e.com  ")
    with_trace = b"Received: from a by b; now\r\nX-Spam: no\r\n" + refolded + b"\r\n\r\n"

    assert with_trace != raw
    assert dkimpy_accepts(with_trace, key())


def test_the_signature_names_what_it_covers_and_lists_the_sender_twice() -> None:
    head = signed(mail()).split(b"\r\nX-Team", 1)[0].decode()
    tags = dict(
        part.strip().split("=", 1) for part in re.sub(r"\s+", "", head).split(":", 1)[1].split(";")
    )
    names = tags["h"].split(":")

    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"], tags["t"]) == ("e.com", "s1", "1750000000")
    for name in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type"):
        assert names.count(name) == 2, name
    assert names.count("x-team") == 2
    assert names.count("list-unsubscribe") == names.count("auto-submitted") == 1
    assert {"cc", "reply-to"} <= set(names)
    assert all(len(line) < 80 for line in head.splitlines())


def test_keys_of_both_kinds_sign_beside_each_other() -> None:
    rsa, short = key(), key(selector="e1", algorithm=KeyAlgorithm.ED25519)

    raw = signed(mail(), rsa, short)
    first, second = raw.split(b"DKIM-Signature: ")[1:]

    assert dkimpy_accepts(raw, rsa, short)
    assert dkimpy_accepts(b"DKIM-Signature: " + second, rsa, short)


@pytest.mark.parametrize(
    ("domain", "signs"),
    [("e.com", "e.com"), ("mail.e.com", "mail.e.com"), ("a.b.mail.e.com", "mail.e.com"),
     ("other.e.com", "e.com"), ("xe.com", None), ("com", None), ("e.com.evil.test", None)],
)  # fmt: skip
def test_the_nearest_domain_signs_and_no_strange_one(domain: str, signs: str | None) -> None:
    raw = signed(mail(), key(), key(domain="mail.e.com"), domain=domain)

    assert (re.findall(rb"d=([^;]+);", raw.split(b"\r\nX-Team")[0]) or [None])[0] == (
        signs.encode() if signs else None
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_the_same_after_it_was_kept(algorithm: KeyAlgorithm) -> None:
    one = key(algorithm=algorithm)

    again = DkimKey(
        domain=one.domain,
        selector=one.selector,
        algorithm=algorithm,
        private=read_private(private_bytes(one.private)),
    )

    assert again.record == one.record
    assert "PrivateKey" not in repr(one)
    assert all(len(piece) <= 255 for piece in zone_text(one.record).strip('"').split('" "'))
