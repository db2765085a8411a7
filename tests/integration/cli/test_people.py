"""``carteiro people``: what is held of somebody is written to a private file, and erased."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from command_parts import carteiro


async def test_a_person_is_exported_to_a_private_file_and_erased(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    async with open_world(settings) as world:
        new = NewUser(primary_email="ana@example.com", password_encrypted="$argon2id$x")
        user = await create_user(world, "default", new)
    folder, out = tmp_path / "work", tmp_path / "ana.json"
    folder.mkdir()
    environment = {
        "CARTEIRO_DATABASE_URL": database_url,
        "CARTEIRO_SECRET_KEYS": "test:" + "A" * 43 + "=",
    }

    exported = carteiro(
        "people", "export", user.id, "--out", str(out), folder=folder, **environment
    )
    twice = carteiro("people", "export", user.id, "--out", str(out), folder=folder, **environment)
    asked = carteiro("people", "erase", user.id, folder=folder, **environment)
    erased = carteiro("people", "erase", user.id, "--yes", folder=folder, **environment)
    again = carteiro("people", "erase", user.id, "--yes", folder=folder, **environment)

    assert exported.returncode == 0, exported.stderr
    assert json.loads(out.read_text())["user"]["rows"][0]["primaryEmail"] == "ana@example.com"
    assert "argon2id" not in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert twice.returncode == 1
    assert asked.returncode == 1, "nobody said yes"
    assert (erased.returncode, again.returncode) == (0, 1)
    assert "entity.not_found" in again.stderr
