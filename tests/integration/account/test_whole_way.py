"""The whole way with what others wrote: the official SDK, an SMTP server, the how-to as it stands."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from logto import UserInfoScope

from account_parts import FIELDS, PROOF, House
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.tenant.settings import update_account_center
from carteiro.model.kinds import TemplateType
from carteiro.settings import Settings
from sdk_parts import Deployment, deployed, serving, signed_in
from sign_in_parts import T

HOW_TO = Path(__file__).parents[3] / "docs/how-to/let-people-manage-their-account.md"
_REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (\S+)$")
_KEEP = re.compile(r"^# \{(\w+)\} is the answer's (\w+)$")
_TYPED = "# {typed} is the code of the mail"
_SHOWN = "# the header logto-verification-id is {identity} from here on"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Where a server listens that is not in the tests' own loop."""
    with serving(settings) as where:
        yield where


@pytest.fixture
async def deployment(address: str, settings: Settings) -> AsyncIterator[Deployment]:
    async with deployed(address, settings) as made:
        modes = {"enabled": True, "fields": dict.fromkeys(FIELDS, "Edit")}
        await update_account_center(made.world, T, modes)
        yield made


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Neue Adresse"), ("fr", "Nouvelle"), ("en", "New address")]
)
async def test_the_token_of_the_official_sdk_changes_an_address_by_real_mail(
    deployment: Deployment, language: str, subject: str
) -> None:
    subjects = {"de": "Neue Adresse", "fr": "Nouvelle", "en": "New address"}
    drafts = [
        Draft(
            language_tag=tag,
            template_type=TemplateType.BIND_NEW_IDENTIFIER,
            details={"subject": said, "content": "{{user.name}} {{application.name}} {{code}}"},
        )
        for tag, said in subjects.items()
    ]
    await put_templates(deployment.world, T, drafts)
    client = await signed_in(deployment, scopes=[UserInfoScope.email])
    token = await client.getAccessToken()
    async with httpx.AsyncClient(
        base_url=f"{deployment.address}/api",
        headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
        timeout=30,
    ) as http:
        identity = await proven(deployment, http, "ann@example.com")
        record = await proven(deployment, http, "new@example.com")
        mail = deployment.sink.received[-1].message
        body = {"email": "new@example.com", "newIdentifierVerificationRecordId": record}
        answer = await http.post("/my-account/primary-email", json=body, headers={PROOF: identity})
        shown = (await http.get("/my-account")).json()
        with_jwt = {"Authorization": f"Bearer {client.getIdToken()}"}
        refused = await http.get("/my-account", headers=with_jwt)

    assert answer.status_code == 204, answer.text
    assert shown["primaryEmail"] == "new@example.com"
    assert mail["Subject"] == subject
    assert "Ann app " in mail.get_body(("plain",)).get_content()
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.unauthorized")


async def proven(deployment: Deployment, http: httpx.AsyncClient, address: str) -> str:
    """A proof of an address, by the code of the mail that came there."""
    identifier = {"type": "email", "value": address}
    sent = await http.post("/verifications/verification-code", json={"identifier": identifier})
    assert sent.status_code == 201, sent.text
    proof: str = sent.json()["verificationRecordId"]
    mail = deployment.sink.received[-1]
    assert mail.rcpt_tos == [address]
    code = re.search(r"\b\d{6}\b", mail.message.get_body(("plain",)).get_content())
    assert code is not None
    body = {"identifier": identifier, "verificationId": proof, "code": code[0]}
    typed = await http.post("/verifications/verification-code/verify", json=body)
    assert typed.status_code == 200, typed.text
    return proof


async def test_the_requests_of_the_page_work_one_after_another(house: House) -> None:
    ana = await house.ana()
    world = house.door.world
    kept: dict[str, str] = {}
    count = 0

    for block in re.findall(r"```http\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL):
        for method, where, body, notes in _requests(block):
            for name, value in kept.items():
                body = body.replace(f'"{{{name}}}"', f'"{value}"')  # noqa: PLW2901 - filled in
            if where == "/api/account-center":
                await update_account_center(world, T, _json(body))
                continue
            given: dict[str, Any] = {"json": _json(body)} if body else {}
            proof = kept.get("identity") if "shown" in kept else None
            answer = await ana.call(
                method, where.removeprefix("/api"), given.get("json"), proof=proof
            )
            assert answer.is_success, (method, where, answer.text)
            count += 1
            for note in notes:
                if (found := _KEEP.match(note)) is not None:
                    kept[found[1]] = answer.json()[found[2]]
                elif note == _TYPED:
                    kept["typed"] = (await house.door.mails())[-1].payload["code"]
                elif note == _SHOWN:
                    kept["shown"] = ""

    assert count == 13


def _requests(block: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Method, address, body and what is said of the answer, in the order of the block."""
    parts = re.split(r"^(?=(?:GET|POST|PUT|PATCH|DELETE) /)", block, flags=re.MULTILINE)
    for part in filter(str.strip, parts):
        first, *lines = part.splitlines()
        found = _REQUEST.match(first)
        assert found is not None, first
        notes = [line for line in lines if line.startswith("# ")]
        yield found[1], found[2], "\n".join(line for line in lines if line not in notes), notes


def _json(text: str) -> Any:
    return httpx.Response(200, text=text).json()
