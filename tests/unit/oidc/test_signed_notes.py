"""Notes that come back through a browser as they left, or not at all."""

from __future__ import annotations

import base64

import pytest

from carteiro.oidc.signed_notes import read_note, write_note
from carteiro.secrets import Key, Keyring

KEYS = Keyring([Key("k", b"k" * 32)])
CONTENT = {"uid": "u", "words": "Olá ÿÿ>>??", "none": None}


@pytest.mark.parametrize("length", range(8))
def test_a_note_comes_back_as_it_left(length: int) -> None:
    content = {**CONTENT, "padding": "x" * length}

    note = write_note(KEYS, content, "sign_out", "t", expires_at=1000)

    assert read_note(KEYS, note, "sign_out", "t", now=999) == content
    assert "=" not in note
    assert note.isascii()


def test_a_note_is_as_short_as_it_can_be() -> None:
    note = write_note(KEYS, {"uid": "u", "n": 1}, "t", expires_at=1000)

    text = note.partition(".")[0]
    assert base64.urlsafe_b64decode(text + "==") == b'[1000,{"uid":"u","n":1}]'


def test_a_note_is_over_when_its_time_has_come() -> None:
    note = write_note(KEYS, CONTENT, "sign_out", "t", expires_at=1000)

    assert read_note(KEYS, note, "sign_out", "t", now=1000) is None


@pytest.mark.parametrize("bound_to", [(), ("sign_out",), ("sign_out", "u"), ("t", "sign_out")])
def test_a_note_for_something_else_is_none(bound_to: tuple[str, ...]) -> None:
    note = write_note(KEYS, CONTENT, "sign_out", "t", expires_at=1000)

    assert read_note(KEYS, note, *bound_to, now=0) is None


def test_a_note_that_was_changed_or_signed_by_another_is_none() -> None:
    note = write_note(KEYS, CONTENT, "t", expires_at=1000)
    later = write_note(KEYS, CONTENT, "t", expires_at=9000)
    text, _, digest = note.partition(".")
    forged = [
        "",
        ".",
        text,
        f"{text}.",
        f"{later.partition('.')[0]}.{digest}",
        f"{note}.more",
        f"{text}.{digest}é",
        f"{text}.{KEYS.index_digest('note', text)}",
        f"{text}.{KEYS.index_digest('else', 't', text)}",
        write_note(Keyring([Key("k", b"o" * 32)]), CONTENT, "t", expires_at=1000),
    ]

    assert [read_note(KEYS, one, "t", now=0) for one in forged] == [None] * len(forged)
