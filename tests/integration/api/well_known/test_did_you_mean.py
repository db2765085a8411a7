"""Whoever asks for an address may ask whether another one was meant."""

from __future__ import annotations

import httpx
import pytest

PATH = "/api/.well-known/did-you-mean"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Ana@gmial.com", "Ana@gmail.com"), ("ana@gmail.com", None), ("ana", None), ("", None)],
)
async def test_anybody_is_told_what_was_probably_meant(
    anonymous: httpx.AsyncClient, typed: str, meant: str | None
) -> None:
    answer = await anonymous.post(PATH, json={"email": typed})

    assert (answer.status_code, answer.json()) == (200, {"suggestion": meant})


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"email": 1}', 400),
        (b"{}", 400),
        (b'{"email": "' + b"a" * 400 + b'"}', 400),
        (b"{", 400),
        (b"[]", 400),
        (b"", 400),
        (b'{"email": "a@gmial.com\\u0000"}', 400),
        (b'{"email": "a@gmial.com\\u0001"}', 200),
    ],
    ids=range(8),
)
async def test_what_is_no_question_is_refused_in_the_wire_s_words(
    anonymous: httpx.AsyncClient, content: bytes, status: int
) -> None:
    answer = await anonymous.post(
        PATH, content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == status, answer.text
    assert ("suggestion" if status == 200 else "message") in answer.json()
