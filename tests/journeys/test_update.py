"""The page on updates, done as it says: from a database of an earlier version to a working one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import carteiro.storage.migrations as package
import command_parts
from carteiro.runtime.key_file import new_key

PAGE = Path(__file__).parents[2] / "docs/how-to/update.md"
EARLIER = "0003"


def carteiro(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"sqlite:///{folder / 'c.db'}"
    return command_parts.carteiro(*arguments, folder=folder, CARTEIRO_DATABASE_URL=url)


def test_the_commands_of_the_page_bring_an_old_database_up_to_date(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'c.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(package.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, EARLIER)
        connection.execute(
            text(
                "INSERT INTO tenants (id, name, tag, created_at, is_suspended) "
                "VALUES ('default', 'default', 'development', 5, FALSE), "
                "('acme', 'Acme', 'production', 5, FALSE)"
            )
        )
    engine.dispose()
    # The first start of that version made it.
    (tmp_path / "carteiro.key").write_text(f"{new_key()}\n")
    commands = re.findall(r"^\s*\$ carteiro (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)

    for line in commands:
        done = carteiro(tmp_path, *line.split())
        assert done.returncode == 0, (line, done.stdout, done.stderr)

    assert commands == ["migrate", "doctor"]
    assert "acme" in carteiro(tmp_path, "tenants", "list", "--json").stdout
