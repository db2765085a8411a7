"""`/.well-known/security.txt`, read as RFC 9116 has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.app import create_app
from carteiro.errors import InvalidSettings
from carteiro.settings import read_settings

PATH = "/.well-known/security.txt"


@asynccontextmanager
async def serving(folder: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    url = settings.pop("public_url", "https://auth.example.com")
    app = create_app(
        read_settings(
            {}, database_url=f"sqlite:///{folder / 'test.db'}", public_url=url, **settings
        )
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=url) as client:
            yield client


async def test_the_operators_contact_is_published(tmp_path: Path) -> None:
    contacts = "mailto:security@example.com, https://example.com/report"
    policy = "https://example.com/policy"
    async with serving(tmp_path, security_contact=contacts, security_policy=policy) as client:
        answer = await client.get(PATH)
        head = await client.head(PATH)

    assert (answer.status_code, head.status_code) == (200, 200)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n")
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert [value for name, value in fields if name == "Contact"] == [
        "mailto:security@example.com",
        "https://example.com/report",
    ]
    single = dict(field for field in fields if field[0] != "Contact")
    assert single["Canonical"] == f"https://auth.example.com{PATH}"
    assert single["Policy"] == policy
    left = datetime.fromisoformat(single["Expires"]) - datetime.now(UTC)
    assert timedelta(days=1) < left < timedelta(days=365)
    assert len(fields) == 5


async def test_without_a_contact_there_is_no_such_page(tmp_path: Path) -> None:
    async with serving(tmp_path, security_policy="https://example.com/policy") as client:
        assert (await client.get(PATH)).status_code == 404


async def test_a_page_without_https_names_no_address_of_its_own(tmp_path: Path) -> None:
    async with serving(
        tmp_path, public_url="http://localhost:3001", security_contact="tel:+1-201-555-0123"
    ) as client:
        text = (await client.get(PATH)).text

    assert text.startswith("Contact: tel:+1-201-555-0123\nExpires: ")
    assert "Canonical" not in text


@pytest.mark.parametrize(
    "contact",
    [
        "security@example.com",
        "http://example.com",
        "mailto:nobody",
        "mailto:a@example.com\nPolicy: x",
        "https://example.com/\r\nContact: x",
        "mailto:a@example.com, x",
    ],
)
def test_what_is_no_contact_refuses_to_start(contact: str) -> None:
    with pytest.raises(InvalidSettings, match="CARTEIRO_SECURITY_CONTACT"):
        read_settings({}, security_contact=contact)


def test_the_environment_names_several(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "mailto:a@example.com,tel:+1"
    monkeypatch.setenv("CARTEIRO_SECURITY_CONTACT", value)

    settings = read_settings({"CARTEIRO_SECURITY_CONTACT": value})

    assert settings.security_contact == ("mailto:a@example.com", "tel:+1")


def test_a_policy_is_an_https_address() -> None:
    with pytest.raises(InvalidSettings, match="CARTEIRO_SECURITY_POLICY"):
        read_settings({}, security_policy="http://example.com\nx")
