"""The files of `deploy/`: each started, or checked by the tool that reads it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
import yaml

from carteiro.settings import Settings
from carteiro.testing.http_sink import Answer, HttpSink
from carteiro.testing.postgres import PostgresServer, free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
_KEYS = "deploy:" + "A" * 43 + "="


def environment(url: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "CARTEIRO_DATABASE_URL": url,
        "CARTEIRO_SECRET_KEYS": _KEYS,
        "CARTEIRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CARTEIRO_TRUSTED_PROXIES": "1",
        "CARTEIRO_EGRESS_GUARD": "false",
    }


def carteiro(given: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "carteiro", *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout


@asynccontextmanager
async def nginx(
    folder: Path, port: int, upstreams: list[int], instead: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """nginx with the file of `deploy/`, on other ports, and other directives ``instead``."""
    text = (DEPLOY / "nginx/carteiro.conf").read_text()
    for old, new in (instead or {}).items():
        assert f"{old};" in text
        text = text.replace(f"{old};", f"{new};")
    for old, new in zip((3001, 3002, 3003), upstreams, strict=True):
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    # It gives its work to another user, who may not look into every folder.
    folder.chmod(0o755)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{text}}}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(folder), "-c", "nginx.conf", "-e", f"{folder}/error.log"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)


async def first_line(port: int, *pieces: bytes) -> bytes:
    """What is answered to so much of a request; nothing when the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.writelines(pieces)
    try:
        return await asyncio.wait_for(reader.readline(), 30)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_nginx_waits_for_no_half_sent_request_and_counts_those_of_an_address(
    tmp_path: Path,
) -> None:
    port, behind = free_port(), [free_port() for _ in range(3)]
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
    short = {
        "client_header_timeout 10s": "client_header_timeout 1s",
        "client_body_timeout 30s": "client_body_timeout 3s",
        "limit_conn carteiro 256": "limit_conn carteiro 2",
    }
    async with nginx(tmp_path, port, behind, short):
        for _ in range(300):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        half = await first_line(port, b"POST / HT")
        bodies = await asyncio.gather(*(first_line(port, head, b"a") for _ in range(5)))

    assert half == b""
    refused = [answer for answer in bodies if answer.startswith(b"HTTP/1.1 429 ")]
    assert len(refused) == 3
    assert sorted(bodies)[:2] == [b"", b""]


async def ready(client: httpx.AsyncClient, url: str) -> None:
    for _ in range(1800):
        try:
            if (await client.get(url)).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"{url} does not get ready")


async def connections(url: str) -> int:
    """How many the processes hold."""
    link = await asyncpg.connect(url)
    sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name LIKE 'carteiro%'"
    count: int = await link.fetchval(sql + " AND datname = current_database()")
    await link.close()
    return count


async def test_three_serve_and_two_workers_behind_nginx(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    port, ports = free_port(), [free_port() for _ in range(3)]
    given = environment(postgres.dsn("deploy"), port)
    await asyncio.to_thread(carteiro, given, "migrate", "--quiet")
    made = json.loads(await asyncio.to_thread(carteiro, given, "apps", "create", "D", "--json"))
    commands = [(["serve"], {"CARTEIRO_PORT": str(own)}) for own in ports] + [(["worker"], {})] * 2
    log = (tmp_path / "log").open("ab")
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "carteiro", *command],
            env={**given, **more},
            stdout=log,
            stderr=log,
        )
        for command, more in commands
    ]
    try:
        async with (
            HttpSink(Answer(200, b"{}")) as sink,
            nginx(tmp_path, port, ports),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
        ):
            for own in ports:
                await ready(client, f"http://127.0.0.1:{own}/api/status/ready")
            form = {"grant_type": "client_credentials", "resource": made["resource"]}
            token = await client.post(
                "/oidc/token", data={**form, "scope": "all"}, auth=(made["id"], made["secret"])
            )
            client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            body = {"connectorId": "http-email", "config": {"endpoint": sink.url}}
            assert (await client.post("/api/connectors", json=body)).status_code == 200
            assert (await client.patch("/api/delivery", json={"mode": "queued"})).is_success

            async def send(number: int) -> int:
                answer = await client.post(
                    "/api/verification-codes", json={"email": f"a{number}@example.com"}
                )
                return answer.status_code

            first = await asyncio.gather(*(send(number) for number in range(30)))
            # One process less: nobody who asks notices.
            running[0].send_signal(signal.SIGTERM)
            second = await asyncio.gather(*(send(number) for number in range(30, 60)))
            assert Counter([*first, *second]) == {204: 60}
            for _ in range(200):
                rows = (await client.get("/api/messages", params={"page_size": 100})).json()
                if all(row["finishedAt"] for row in rows):
                    break
                await asyncio.sleep(0.1)
            status = (await client.get("/api/delivery/status")).json()
            entry = (await client.get("/api/logs", params={"logKey": "Message.Sent"})).json()[0]
            opened = await connections(given["CARTEIRO_DATABASE_URL"])

        assert {row["state"] for row in rows} == {"sent"}
        assert (len(rows), len(sink.requests)) == (60, 60)
        assert status["processes"]["worker"] == 2
        # As docs/how-to/scale-out.md says: two of the three `serve` are left.
        assert 0 < opened <= 2 * 12 + 2 * 15
        assert entry["payload"]["ip"] == "127.0.0.1", "the client's address, not nginx's guess"
        assert len({request.json()["to"] for request in sink.requests}) == 60
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        codes = [await asyncio.to_thread(process.wait, 60) for process in running]
        log.close()
    # Uvicorn ends by the very signal that it was asked with.
    assert set(codes) <= {0, -signal.SIGTERM}, (tmp_path / "log").read_text()[-2000:]


@pytest.mark.parametrize(
    "unit", ["carteiro-serve@.service", "carteiro-worker@.service", "carteiro.target"]
)
def test_units_are_what_systemd_reads(unit: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not here")
    for path in (DEPLOY / "systemd").glob("carteiro*"):
        # The program is not installed where the unit looks for it; everything else is checked.
        text = path.read_text().replace("/opt/carteiro/bin/carteiro", "/bin/true")
        (tmp_path / path.name).write_text(text)
    name = unit.replace("@.", "@3001.")
    (tmp_path / name).write_text((tmp_path / unit).read_text())
    done = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert unit.split(".", maxsplit=1)[0] not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["carteiro-serve@.service", "carteiro-worker@.service"])
def test_units_are_started_again_however_often_they_end(name: str) -> None:
    lines = (DEPLOY / "systemd" / name).read_text().splitlines()
    unit, service = lines.index("[Unit]"), lines.index("[Service]")
    assert "StartLimitIntervalSec=0" in lines[unit:service]
    assert "Restart=always" in lines[service:]


def test_the_example_environment_holds_known_settings() -> None:
    lines = (DEPLOY / "systemd/carteiro.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {name.removeprefix("CARTEIRO_").lower() for name in given} <= set(Settings.model_fields)


def test_the_compose_file_names_what_there_is() -> None:
    text = (DEPLOY / "compose/compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    replicas = {name: one.get("deploy", {}).get("replicas") for name, one in services.items()}
    assert (replicas["serve"], replicas["worker"]) == (3, 2)
    policies = {name: one["restart"] for name, one in services.items() if name != "migrate"}
    assert set(policies.values()) == {"always"}
    for service in services.values():
        for name in service.get("environment", {}):
            known = name.removeprefix("CARTEIRO_").lower() in Settings.model_fields
            assert known or name.startswith("POSTGRES_")
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (DEPLOY / "compose" / volume.split(":")[0]).exists()
    dockerfile = (DEPLOY / "compose/Dockerfile").read_text()
    for source in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path
