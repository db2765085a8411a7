"""The examples, run as their readers run them."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from carteiro.connectors.registry import Registry, require_contract
from carteiro.testing.smtp_server import Received, SmtpSink

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    async with SmtpSink() as server:
        monkeypatch.setenv("SMTP_PORT", str(server.port))
        yield server


async def test_the_script_sends_in_the_readers_language(
    sink: SmtpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    script = load(EXAMPLES / "script/send_code.py", "example_script")

    await script.main("ana@example.com", "pt-BR,en;q=0.5")

    subject = sink.received[0].message["Subject"]
    assert re.fullmatch(r"Seu código é \d{6}", subject)
    assert "Sent in pt-BR (accept_language)" in capsys.readouterr().out


async def test_the_application_signs_somebody_in(sink: SmtpSink) -> None:
    example = load(EXAMPLES / "fastapi_app/app.py", "example_app")
    transport = httpx.ASGITransport(app=example.app)
    async with (
        example.app.router.lifespan_context(example.app),
        httpx.AsyncClient(transport=transport, base_url="http://app.test") as client,
    ):
        begun = await client.post(
            "/sign-in", json={"email": "ana@example.com"}, headers={"Accept-Language": "pt-BR"}
        )
        text = sink.received[0].message.get_body(("plain",)).get_content()
        code = re.search(r"\d{6}", text)[0]
        wrong = await client.post("/sign-in/code", json={"email": "ana@example.com", "code": "x"})
        right = await client.post("/sign-in/code", json={"email": "ana@example.com", "code": code})
        again = await client.post("/sign-in/code", json={"email": "ana@example.com", "code": code})
        bad = await client.post("/sign-in", json={"email": "nobody"})

    assert sink.received[0].message["Subject"] == "Seu código para entrar"
    statuses = [answer.status_code for answer in (begun, wrong, right, again, bad)]
    assert statuses == [204, 400, 204, 400, 400]
    assert bad.json()["detail"]


def test_the_demonstration_checks_each_of_its_steps() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo/demo.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert "Every step was verified." in done.stdout


def test_the_snippet_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    readme = (EXAMPLES.parent / "README.md").read_text("utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert '"port": 1025' in snippet

    async def run() -> list[Received]:
        async with SmtpSink() as sink:
            # Port 1025 may be somebody else's on this machine.
            program = snippet.replace("1025", str(sink.port))
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
            assert await process.wait() == 0
            return sink.received

    (mail,) = asyncio.run(run())
    assert re.fullmatch(r"Seu código é \d{6}", mail.message["Subject"])


def test_the_how_to_of_the_library_runs_as_it_stands(tmp_path: Path) -> None:
    page = (EXAMPLES.parent / "docs/how-to/use-the-library.md").read_text("utf-8")
    signing, codes, django_settings = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (making,) = re.findall(r"```sh\n(openssl .*?)\n```", page)
    subprocess.run(making.split(), cwd=tmp_path, check=True, capture_output=True)

    signed = subprocess.run(
        [sys.executable, "-c", signing], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    done = subprocess.run(
        [sys.executable, "-c", codes], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert signed.stdout.startswith("s1._domainkey.example.com TXT v=DKIM1; k=rsa; p=MII")
    assert done.stdout == "There is no verification code waiting. Ask for a new one.\n"
    given: dict[str, Any] = {}
    exec(django_settings, given)
    module, _, name = given["EMAIL_BACKEND"].rpartition(".")
    assert hasattr(importlib.import_module(module), name)
    factory = Registry.discover().get(given["CARTEIRO"]["connector"])
    assert factory.parse(given["CARTEIRO"]["config"])


async def test_the_example_connector_keeps_the_contract(tmp_path: Path) -> None:
    import carteiro

    package = load(
        EXAMPLES / "connector_package/src/carteiro_folder/__init__.py", "carteiro_folder"
    )
    require_contract(package.FolderConnector, "folder-email")
    from importlib.metadata import EntryPoint

    point = EntryPoint("folder-email", "carteiro_folder:FolderConnector", "carteiro.connectors")
    registry = Registry([point])
    assert registry.has("folder-email")
    from carteiro.connectors.contract import Services
    from carteiro.connectors.egress.guard import EgressPolicy
    from carteiro.connectors.http.client import HttpClient
    from carteiro.outbox import Sender
    from carteiro.testing.clock import FrozenClock

    services = Services(http=HttpClient(EgressPolicy(enabled=True)), clock=FrozenClock())
    config = {"folder": str(tmp_path), "fromEmail": "Acme <no-reply@acme.test>"}
    sender = Sender(registry.open("folder-email", config, services))
    receipt = await sender.send("a@example.com", carteiro.TemplateType.GENERIC, {"code": "123456"})

    written = (tmp_path / f"{receipt.provider_id}.eml").read_text()
    assert "Generic: 123456" in written
    gone = Sender(registry.open("folder-email", {**config, "folder": "/nowhere"}, services))
    with pytest.raises(carteiro.ConnectorError) as failure:
        await gone.send("a@example.com", carteiro.TemplateType.GENERIC, {"code": "1"})
    assert failure.value.disposition == "transient"


def test_a_broken_or_duplicate_plug_in_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import EntryPoint

    own = "carteiro.connectors.providers.http_email:HttpEmailConnector"
    points = [
        EntryPoint("http-email", "somebody.else:Connector", "carteiro.connectors"),
        EntryPoint("http-email", own, "carteiro.connectors"),
        EntryPoint("no-module", "nowhere.at.all:X", "carteiro.connectors"),
        EntryPoint("no-class", "json:loads", "carteiro.connectors"),
        EntryPoint("other-id", own, "carteiro.connectors"),
    ]

    registry = Registry(points)

    assert [factory.metadata.id for factory in registry.factories()] == ["http-email"]
    assert not registry.has("no-module")


def test_the_public_names_are_there() -> None:
    import carteiro

    assert all(getattr(carteiro, name) is not None for name in carteiro.__all__)
    with pytest.raises(AttributeError):
        carteiro.nothing  # noqa: B018
