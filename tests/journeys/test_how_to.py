"""The how-tos, done as they say: every request in them is made, every command is run."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from carteiro.testing.postgres import free_port
from carteiro.testing.smtp_server import SmtpSink
from command_parts import carteiro
from journeys.test_examples import EXAMPLES, load

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
_OF_PEOPLE = {"sign-people-in.md", "let-people-manage-their-account.md"}
PAGES = [
    path.name
    for path in sorted(HOW_TO.glob("*.md"))
    # Steps of people need a browser and a mail: `test_how_to_sign_in.py` and `integration/account`
    # take them.
    if "```http\n" in path.read_text("utf-8") and path.name not in _OF_PEOPLE
]
_REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (\S+)$")
_KEEP = re.compile(r"^# \{(\w+)\} is the answer's (\w+)$")


def requests(page: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Method, address, body and what to keep, in the order of the page."""
    text = (HOW_TO / page).read_text("utf-8")
    for block in re.findall(r"```http\n(.*?)```", text, re.DOTALL):
        current: tuple[str, str] | None = None
        body: list[str] = []
        keep: dict[str, str] = {}
        for line in [*block.splitlines(), "GET /end"]:
            if (found := _REQUEST.match(line)) is not None:
                if current is not None:
                    yield *current, "\n".join(body), keep
                current, body, keep = (found[1], found[2]), [], {}
            elif (kept := _KEEP.match(line)) is not None:
                keep[kept[1]] = kept[2]
            else:
                body.append(line)


@pytest.mark.parametrize("page", PAGES)
async def test_the_requests_of_a_page_work_one_after_another(
    client: httpx.AsyncClient, page: str
) -> None:
    kept: dict[str, str] = {}
    count = 0

    for method, address, body, keep in requests(page):
        where, what = address, body
        for name, value in kept.items():
            where = where.replace(f"{{{name}}}", value)
            what = what.replace(f'"{{{name}}}"', json.dumps(value))
        sent = json.loads(what) if what.strip() else None
        answer = await client.request(method, where, json=sent)
        assert answer.is_success, (method, where, answer.status_code, answer.text)
        kept |= {name: answer.json()[member] for name, member in keep.items()}
        count += 1

    assert count >= 3


def run(page: str, folder: Path, environment: dict[str, str]) -> int:
    """Run the commands of a page one after another; how many there are."""
    text = (HOW_TO / page).read_text("utf-8")
    commands = re.findall(r"^\$ carteiro (.+)$", text, re.MULTILINE)
    for command in commands:
        done = carteiro(*command.split(), folder=folder, **environment)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    return len(commands)


def test_the_commands_of_promotion_work_one_after_another(tmp_path: Path) -> None:
    environment = {**os.environ, "CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path / 'c.db'}"}

    assert run("promote-to-production.md", tmp_path, environment) == 8
    assert (tmp_path / "settings/carteiro.yaml").read_text() == "format: 1\n"


def test_the_commands_of_previews_work_without_a_server(tmp_path: Path) -> None:
    assert run("preview-mails.md", tmp_path, dict(os.environ)) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"preview", "mail.eml"}


async def test_a_new_person_is_welcomed_by_mail(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    hook = {"events": ["User.Created"], "config": {"url": f"http://127.0.0.1:{port}/webhooks"}}
    made: dict[str, Any] = (await client.post("/api/hooks", json=hook)).json()
    monkeypatch.setenv("SIGNING_KEY", made["signingKey"])
    async with SmtpSink() as sink:
        monkeypatch.setenv("SMTP_PORT", str(sink.port))
        receiver = load(EXAMPLES / "welcome_mail/receiver.py", "example_receiver")
        server = uvicorn.Server(uvicorn.Config(receiver.app, port=port, log_config=None))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            await asyncio.sleep(0.02)
        person = {"primaryEmail": "ana@example.com", "name": "Ana <b>"}
        await client.post("/api/users", json=person)
        await client.post("/api/users", json={"name": "without an address"})
        for _ in range(100):
            if sink.received:
                break
            await asyncio.sleep(0.05)
        forged = await _forged(port)
        server.should_exit = True
        await asyncio.to_thread(thread.join, 10)

    [mail] = sink.received
    assert mail.message["To"] == "ana@example.com"
    assert mail.message["Subject"] == "Welcome, Ana <b>"
    assert "Ana &lt;b&gt;" in mail.message.get_body(("html",)).get_content()
    assert forged == 401


async def _forged(port: int) -> int:
    headers = {
        "webhook-id": "x",
        "webhook-timestamp": "1",
        "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode(),
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}/webhooks", content=b"{}", headers=headers
        )
    return answer.status_code


def test_the_commands_of_a_safe_change_work_one_after_another(tmp_path: Path) -> None:
    text = (HOW_TO / "change-templates-safely.md").read_text("utf-8")
    commands = re.findall(r"^\$ carteiro (.+)$", text, re.MULTILINE)
    environment = {**os.environ, "CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path / 'c.db'}"}
    (tmp_path / "code.html").write_text("<p>{{code}}</p>")

    def typed(command: str) -> str:
        done = carteiro(*shlex.split(command), folder=tmp_path, **environment)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    typed("migrate")
    typed(commands[0])
    id_ = json.loads(typed("templates history --json"))[0]["id"]
    said = [typed(command.replace("{id}", id_)) for command in commands[1:]]

    assert len(commands) == 8
    assert said[-1] == f"{id_}: revision 3 is live.\n"
