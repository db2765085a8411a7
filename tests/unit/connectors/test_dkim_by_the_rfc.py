"""What signs, against the mail that RFC 8463 prints and a verifier that shares nothing with it."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carteiro.connectors.dkim.keys import DkimKey, KeyAlgorithm, public_text
from carteiro.connectors.dkim.signing import Signer, relaxed_body
from dkim_openssl_parts import RECORDS, SEED, SIGNED, openssl_verdicts
from dkim_parts import good_signatures, key
from unit.connectors.test_dkim import NOW, mail

FOOTBALL = "football.example.com"
ED25519 = Ed25519PrivateKey.from_private_bytes(base64.b64decode(SEED))


def test_the_verifier_takes_both_signatures_of_the_rfc_and_no_changed_mail() -> None:
    changed = [
        SIGNED.replace(b"hungry", b"angry"),
        SIGNED.replace(b"dinner", b"supper"),
        SIGNED.replace(b"From: Joe", b"From: eve@football.example.com\r\nFrom: Joe"),
        SIGNED.replace(b"t=1528637909", b"t=1528637910"),
    ]

    assert openssl_verdicts(SIGNED, RECORDS) == [True, True]
    assert all(openssl_verdicts(one, RECORDS) == [False, False] for one in changed)


def test_a_body_and_a_key_are_written_as_the_rfc_has_them() -> None:
    body = SIGNED.partition(b"\r\n\r\n")[2]

    digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())

    assert digest == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    assert (
        f"v=DKIM1; k=ed25519; p={public_text(ED25519)}"
        == RECORDS[f"brisbane._domainkey.{FOOTBALL}"]
    )


def test_the_mail_of_the_rfc_signed_by_its_key_is_taken_for_good() -> None:
    unsigned = SIGNED[SIGNED.index(b"From: Joe") :]
    signer = Signer(
        [
            DkimKey(
                domain=FOOTBALL,
                selector="brisbane",
                algorithm=KeyAlgorithm.ED25519,
                private=ED25519,
            )
        ]
    )

    raw = signer.sign(unsigned, FOOTBALL, 1_528_637_909_000)

    assert openssl_verdicts(raw, RECORDS) == [True]
    assert good_signatures(raw, RECORDS) == 1


@pytest.mark.parametrize(
    ("text", "html"),
    [("123456  two  \t blanks \n\n\n", "<p>\n\n  x\t\n</p>\n\n\n\n"), ("é " * 900, "<p>x</p>"),
     ("код 123456 " * 200, "<p>код</p>"), ("\n\n\n", "\n")],
    ids=["blanks", "quoted-printable", "base64", "empty"],
)  # fmt: skip
def test_openssl_takes_what_both_kinds_of_keys_have_signed(text: str, html: str) -> None:
    keys = [key(selector=f"s-{one}", algorithm=one) for one in KeyAlgorithm]
    records = {one.host: one.record for one in keys}

    raw = Signer(keys).sign(mail(text=text, html=html, subject="Çò " * 40), "e.com", NOW)

    assert openssl_verdicts(raw, records) == [True, True]
    assert openssl_verdicts(raw.replace(b"auto-generated", b"auto-replied"), records) == [False] * 2
