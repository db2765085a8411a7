"""What pages are made of: their texts, and where their parts may come from."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.languages.phrases import built_in_texts
from wire_parts import said

PHRASES = "/api/.well-known/phrases"


@pytest.mark.parametrize(
    "texts",
    [
        {"action": {"sign_in": "x", "fly": "y"}},
        {"nothing": {"like": "this"}},
        {"action": "x"},
        {"action": {"sign_in": 1}},
        {"action": {"sign_in": ["x"]}},
    ],
)
async def test_a_text_that_no_page_has_is_refused(
    client: httpx.AsyncClient, texts: dict[str, Any]
) -> None:
    answer = await client.put("/api/custom-phrases/nl-NL", json=texts)

    assert said(answer) == (422, "localization.invalid_translation_structure")
    assert (await client.get("/api/custom-phrases")).json() == []


async def test_empty_texts_are_left_out_before_anything_is_asked_of_them(
    client: httpx.AsyncClient,
) -> None:
    texts = {"action": {"sign_in": "Inloggen", "back": ""}, "nothing": {"like": None}}

    answer = await client.put("/api/custom-phrases/nl-NL", json=texts)

    assert (answer.status_code, answer.json()["translation"]) == (
        201,
        {"action": {"sign_in": "Inloggen"}},
    )


async def test_the_phrases_are_ours_with_the_tenants_merged_in(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    own = {"action": {"sign_in": "Inloggen"}}
    await client.put("/api/custom-phrases/nl-NL", json=own)
    await client.put("/api/custom-phrases/en", json={"action": {"sign_in": "Come in"}})

    english = await anonymous.get(f"{PHRASES}?lng=en-GB")
    dutch = await anonymous.get(f"{PHRASES}?lng=xx%20nl-NL")
    german = await anonymous.get(f"{PHRASES}?lng=de")

    texts = built_in_texts("en")
    for answer, tag, word in ((english, "en", "Come in"), (dutch, "nl-NL", "Inloggen")):
        assert answer.headers["Content-Language"] == tag
        assert answer.json() == {
            "translation": {**texts, "action": {**texts["action"], "sign_in": word}}
        }
    assert german.headers["Content-Language"] == "de"
    assert german.json()["translation"].keys() == texts.keys()


async def csp(client: httpx.AsyncClient, sources: Any) -> httpx.Response:
    return await client.patch("/api/sign-in-exp", json={"customUiCsp": sources})


async def test_sources_of_pages_are_cleaned(client: httpx.AsyncClient) -> None:
    sources = {
        "scriptSrc": [" https://CDN.example.com ", "https://cdn.example.com", "'Self'", ""],
        "connectSrc": [],
        "styleSrc": [" "],
        "imgSrc": ["'sha256-AbC='", "data:"],
    }

    answer = await csp(client, sources)

    assert answer.json()["customUiCsp"] == {
        "scriptSrc": ["https://cdn.example.com", "'self'"],
        "imgSrc": ["'sha256-AbC='", "data:"],
    }
    assert (await client.get("/api/sign-in-exp")).json() == answer.json()
    assert (await csp(client, {"scriptSrc": []})).json()["customUiCsp"] == {}


@pytest.mark.parametrize(
    "source",
    [
        "'unsafe-inline'",
        " 'Unsafe-Inline' ",
        "'unsafe-eval'",
        "'unsafe-hashes'",
        "https://a.example; script-src *",
        "https://a.example, default-src *",
        "https://a.example https://b.example",
        "https://a.example\r\nSet-Cookie: a=b",
    ],
)
async def test_a_source_that_lets_anything_run_is_refused(
    client: httpx.AsyncClient, source: str
) -> None:
    await csp(client, {"scriptSrc": ["'self'"]})

    answer = await csp(client, {"connectSrc": ["'self'", source]})

    assert said(answer) == (400, "request.invalid_input")
    stored = (await client.get("/api/sign-in-exp")).json()["customUiCsp"]
    assert stored == {"scriptSrc": ["'self'"]}


@pytest.mark.parametrize("sources", [[], {"scriptSrc": "'self'"}, {"scriptSrc": [1]}])
async def test_what_is_no_list_of_sources_is_refused(
    client: httpx.AsyncClient, sources: Any
) -> None:
    assert said(await csp(client, sources)) == (400, "guard.invalid_input")
