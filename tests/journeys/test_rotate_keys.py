"""The how-to of rotating keys, done as it says beside a server that goes on serving."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

import command_parts
from key_parts import key

PAGE = Path(__file__).parents[2] / "docs/how-to/rotate-keys.md"


def carteiro(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command_parts.carteiro(*arguments, folder=folder, **environment(folder))


def environment(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARTEIRO_")}
    return {**clean, "CARTEIRO_SECRET_KEY_FILE": str(folder / "keys")}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server on a free port; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "carteiro", "serve", "--port", "0"],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if '"has the port"' in line:
            address = "http://" + json.loads(line)["addresses"][0]
        if "startup complete" in line:
            break
    try:
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=60)


def has_token(base: str, application: dict[str, str]) -> bool:
    """Whether the application's secret, which is sealed, opens and is right."""
    answer = httpx.post(
        f"{base}/oidc/token",
        data={
            "grant_type": "client_credentials",
            "resource": application["resource"],
            "scope": "all",
        },
        auth=(application["id"], application["secret"]),
        timeout=60,
    )
    return answer.status_code == 200


def test_a_rotation_does_as_the_page_says(tmp_path: Path) -> None:
    commands = re.findall(r"^ *\$ carteiro (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert commands[:-1] == ["keys list", "keys add", "keys reseal", "keys retire k2025"]
    look, add, reseal, retire, _ = (command.split() for command in commands)
    (tmp_path / "keys").write_text(key("k2025") + "\n")
    application = json.loads(carteiro(tmp_path, "apps", "create", "Backend", "--json").stdout)

    with serving(tmp_path) as base:
        assert "k2025" in carteiro(tmp_path, *look).stdout
        assert carteiro(tmp_path, *add).returncode == 0
        early = carteiro(tmp_path, *reseal)
        assert early.returncode == 1
        assert re.search(r"without the key 'k[0-9a-f]{8}': serve \d+ on ", early.stderr)
        assert has_token(base, application)
    with serving(tmp_path) as base:
        assert has_token(base, application)
        moved = carteiro(tmp_path, *reseal)
        assert moved.returncode == 0, moved.stderr
        assert "1 application secrets\n" in moved.stdout
        assert has_token(base, application)
        retired = carteiro(tmp_path, *retire)
        assert retired.returncode == 0, retired.stderr
        assert has_token(base, application)
    assert "k2025" not in (tmp_path / "keys").read_text()
    with serving(tmp_path) as base:
        assert has_token(base, application)


def test_another_key_signs_as_the_page_says(tmp_path: Path) -> None:
    *_, command = re.findall(r"^ *\$ carteiro (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    (tmp_path / "keys").write_text(key("k2025") + "\n")

    with serving(tmp_path) as base:
        before = published(base)
        planned = carteiro(tmp_path, *command.split())
        with_the_new_one = until(base, 2)
        again = carteiro(tmp_path, *command.split())
        at_once = carteiro(tmp_path, *command.split(), "--compromised")
        after = until(base, 1)

    assert re.search(r"The new key of default signs from \d{4}-\d\d-\d\d ", planned.stdout)
    assert len(with_the_new_one) == 2
    assert before < with_the_new_one
    assert (again.returncode, at_once.returncode) == (1, 0)
    assert "published already" in again.stderr
    assert after.isdisjoint(with_the_new_one)


def published(base: str) -> set[str]:
    return {key["kid"] for key in httpx.get(f"{base}/oidc/jwks", timeout=60).json()["keys"]}


def until(base: str, count: int) -> set[str]:
    """The published keys, once the server has heard that there are so many: within seconds."""
    for _ in range(600):
        if len(found := published(base)) == count:
            return found
        time.sleep(0.1)
    raise AssertionError("the server has heard of nothing")
