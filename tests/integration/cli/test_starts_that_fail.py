"""A start that fails is one sentence and an exit status, for every command; no traceback is shown."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import asyncpg
import pytest

from carteiro.testing.postgres import PostgresServer, free_port
from command_parts import carteiro
from key_parts import key

_SENTENCE = re.compile(r"carteiro: [A-Z][^\n]+ \[[a-z_.]+\]")
COMMANDS = [
    ("serve", "--port", "0"),
    ("doctor",),
    ("send", "--to", "a@example.com"),
    ("apps", "list"),
    ("tenants", "list"),
    ("queue", "stats"),
    ("keys", "add"),
    ("config", "export", "out"),
]


FEW = [("serve", "--port", "0"), ("doctor",), ("apps", "list")]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def deployment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of a deployment that has been used with the key ``mine``."""
    folder = tmp_path_factory.mktemp("deployment")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'c.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.dsn(f"starts{time.time_ns()}")
    environment = {"CARTEIRO_DATABASE_URL": url, "CARTEIRO_SECRET_KEYS": key("mine")}
    for command in (("migrate",), ("apps", "list")):
        assert carteiro(*command, folder=folder, **environment).returncode == 0
    return environment


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence that a failed start ends with."""
    said = done.stderr.strip().splitlines()
    # Where exit status 1 is an answer of the command, what stops it is 2.
    answers = done.args[3] == "doctor" or done.args[3:5] == ["config", "diff"]
    expected = 2 if answers else 1
    assert done.returncode == expected, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    assert sum(line.startswith("carteiro: ") for line in said) == 1, done.stderr
    assert _SENTENCE.fullmatch(said[-1]), said[-1]
    return said[-1]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_works_with_other_keys(
    deployment: dict[str, str], command: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {**deployment, "CARTEIRO_SECRET_KEYS": key("other")}
    if command not in FEW and not deployment["CARTEIRO_DATABASE_URL"].startswith("sqlite"):
        pytest.skip("they open the world alike: SQLite stands for both")

    done = carteiro(*command, folder=tmp_path, **environment)

    if command == ("doctor",):
        assert done.returncode == 1
        assert "sealed with the key mine, which is not configured" in done.stdout
        assert "Traceback" not in done.stderr
    else:
        assert "sealed with the key mine, which is not configured" in sentence(done)
        assert "serving" not in done.stderr


def test_no_worker_works_with_other_keys(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.dsn(f"worker{time.time_ns()}")
    environment = {"CARTEIRO_DATABASE_URL": url, "CARTEIRO_SECRET_KEYS": key("mine")}
    carteiro("migrate", folder=tmp_path, **environment)
    carteiro("apps", "list", folder=tmp_path, **environment)

    done = carteiro("worker", folder=tmp_path, **{**environment, "CARTEIRO_SECRET_KEYS": key("x")})

    assert "secrets.keys_do_not_fit" in sentence(done)


def test_development_does_not_start_with_another_key(tmp_path: Path) -> None:
    folder = {"CARTEIRO_DATABASE_URL": f"sqlite:///{tmp_path / 'd/dev.db'}"}
    carteiro("apps", "list", folder=tmp_path, **folder)
    (tmp_path / "d/carteiro.key").write_text(key("other") + "\n")

    done = carteiro("dev", "--folder", "d", "--port", str(free_port()), folder=tmp_path)

    assert "secrets.keys_do_not_fit" in sentence(done)


@pytest.mark.parametrize("command", FEW, ids=" ".join)
def test_a_damaged_file_is_said_to_be_one(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / ".carteiro").mkdir()
    (tmp_path / ".carteiro/carteiro.db").write_bytes(b"no database at all, but long enough" * 99)
    (tmp_path / ".carteiro/carteiro.key").write_text(key("mine"))

    done = carteiro(*command, folder=tmp_path)

    if command == ("doctor",):
        assert (done.returncode, "not a database" in done.stdout) == (1, True)
    else:
        assert "file is not a database" in sentence(done)


@pytest.mark.parametrize("command", [*FEW, ("migrate",)], ids=" ".join)
def test_a_folder_that_cannot_be_written_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = carteiro(*command, folder=tmp_path, CARTEIRO_DATABASE_URL="sqlite:///file/sub/c.db")

    if command == ("doctor",):
        assert done.returncode == 0  # it makes nothing, so nothing is wrong yet
    else:
        assert "file/sub/c.db cannot be made: Not a directory" in sentence(done)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("apps", "list")])
def test_a_postgresql_that_was_not_migrated_is_not_worked_with(
    postgres: PostgresServer, command: tuple[str, ...], tmp_path: Path
) -> None:
    url = postgres.dsn(f"bare{time.time_ns()}")
    environment = {"CARTEIRO_DATABASE_URL": url, "CARTEIRO_SECRET_KEYS": key("mine")}

    done = carteiro(*command, folder=tmp_path, **environment)

    assert "Run: carteiro migrate [storage.schema_outdated]" in sentence(done)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("migrate",), ("apps", "list")])
def test_a_postgresql_database_that_is_not_there_ends_the_start(
    postgres: PostgresServer, command: tuple[str, ...], tmp_path: Path
) -> None:
    url = f"postgresql://carteiro@127.0.0.1:{postgres.port}/nobody-made-it"
    environment = {"CARTEIRO_DATABASE_URL": url, "CARTEIRO_SECRET_KEYS": key("mine")}

    done = carteiro(*command, folder=tmp_path, **environment)

    said = sentence(done)
    assert 'database "nobody-made-it" does not exist' in said
    assert "storage.unusable" in said


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("migrate",), ("apps", "list")])
def test_a_later_versions_database_is_left_alone(command: tuple[str, ...], tmp_path: Path) -> None:
    carteiro("apps", "list", folder=tmp_path)
    with sqlite3.connect(tmp_path / ".carteiro/carteiro.db") as link:
        link.execute("UPDATE alembic_version SET version_num = '9999'")
    link.close()

    done = carteiro(*command, folder=tmp_path)

    assert "storage.schema_too_new" in sentence(done)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("apps", "create", "x")])
def test_a_database_that_may_only_be_read_is_said_to_be_one(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    carteiro("apps", "list", folder=tmp_path)
    (tmp_path / ".carteiro/carteiro.db").chmod(0o400)
    (tmp_path / ".carteiro").chmod(0o500)

    done = carteiro(*command, folder=tmp_path, before=without_override)

    (tmp_path / ".carteiro").chmod(0o700)
    assert "storage.unusable" in sentence(done)


def without_override() -> None:
    """Permissions hold for root, too (prctl's PR_CAPBSET_DROP of CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def test_a_port_that_is_taken_is_found_out_before_anything_serves(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        served = carteiro("serve", "--port", port, folder=tmp_path)
        developed = carteiro("dev", "--port", port, folder=tmp_path)

    for done in (served, developed):
        assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in sentence(done)
        assert "serving" not in done.stderr
    assert not (tmp_path / ".carteiro").exists()


def test_an_address_that_is_not_this_machines_is_named(tmp_path: Path) -> None:
    done = carteiro("serve", "--host", "192.0.2.1", "--port", "0", folder=tmp_path)

    assert "Cannot listen on 192.0.2.1:0" in sentence(done)


@pytest.mark.parametrize("command", FEW[:2], ids=" ".join)
def test_a_settings_file_that_is_not_there_is_an_error(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    done = carteiro(*command, folder=tmp_path, CARTEIRO_ENV_FILE="nowhere.env")

    assert "CARTEIRO_ENV_FILE: the settings file nowhere.env" in sentence(done)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("apps", "list"),
        ("send", "--to", "a@example.com"),
        ("queue", "cancel", "x"),
        ("config", "export", "new"),
        ("config", "diff", "out"),
        ("config", "import", "out"),
    ],
    ids=" ".join,
)
def test_a_tenant_that_does_not_exist_is_an_error(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/carteiro.yaml").write_text("format: 1\n")

    done = carteiro(*command, "--tenant", "nobody", folder=tmp_path)

    assert "There is no tenant 'nobody'" in sentence(done)


def test_doctor_names_a_tenant_that_does_not_exist(tmp_path: Path) -> None:
    carteiro("apps", "list", folder=tmp_path)

    done = carteiro("doctor", "--tenant", "nobody", folder=tmp_path)

    assert done.returncode == 1
    assert "There is no tenant 'nobody'" in done.stdout


def test_doctor_makes_nothing(deployment: dict[str, str], tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    done = carteiro("doctor", folder=fresh)

    assert (done.returncode, list(fresh.iterdir())) == (0, [])
    assert "there is none at .carteiro/carteiro.db yet" in done.stdout
    before = counted(deployment)
    looked = carteiro("doctor", folder=tmp_path, **deployment)
    assert looked.returncode == 0, looked.stdout
    assert counted(deployment) == before


def counted(deployment: dict[str, str]) -> list[int]:
    """Rows of the tables that a start writes to."""
    url = deployment["CARTEIRO_DATABASE_URL"]
    tables = ("tenants", "signing_keys", "secret_keys", "processes", "key_holders", "applications")
    if url.startswith("sqlite"):
        link = sqlite3.connect(url.removeprefix("sqlite:///"))
        rows = [link.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables]
        link.close()
        return rows
    return run(url, tables)


def run(url: str, tables: tuple[str, ...]) -> list[int]:
    async def count() -> list[int]:
        link = await asyncpg.connect(url)
        rows = [await link.fetchval(f"SELECT COUNT(*) FROM {name}") for name in tables]
        await link.close()
        return rows

    return asyncio.run(count())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Path]:
    """A folder in which a server runs that was started under a generous umask."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("CARTEIRO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "carteiro", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        umask=0,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "startup complete" in line:
            break
    yield tmp_path / ".carteiro"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def test_what_a_server_makes_is_its_owners(serving: Path) -> None:
    found = {path.name: oct(mode(path)) for path in serving.iterdir()}

    assert oct(mode(serving)) == "0o700"
    assert found == dict.fromkeys(
        ["carteiro.db", "carteiro.db-wal", "carteiro.db-shm", "carteiro.key"], "0o600"
    )


def test_a_file_that_others_read_is_closed_and_a_folder_is_warned_about(tmp_path: Path) -> None:
    carteiro("apps", "list", folder=tmp_path)
    folder = tmp_path / ".carteiro"
    (folder / "carteiro.db").chmod(0o644)
    (folder / "carteiro.key").chmod(0o644)
    folder.chmod(0o755)

    warned = carteiro("doctor", folder=tmp_path).stdout
    carteiro("apps", "list", folder=tmp_path)

    assert "everybody on this machine may read: " in warned
    assert {".carteiro/carteiro.key", ".carteiro/carteiro.db", ".carteiro"} <= set(
        re.split(r"[ ,\n]+", warned)
    )
    assert oct(mode(folder / "carteiro.db")) == "0o640"


def test_the_version_is_told() -> None:
    done = carteiro("--version", folder=Path.cwd())

    assert (done.returncode, done.stdout) == (0, f"carteiro {version('carteiro')}\n")


def test_a_defect_is_told_without_what_it_says(tmp_path: Path) -> None:
    script = (
        "from carteiro.cli import root\n"
        "def broken(): raise RuntimeError('the secret')\n"
        "root.app = broken\n"
        "root.main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("carteiro: A defect of Carteiro (RuntimeError)")
    assert "secret" not in done.stderr
