"""Examples in JavaScript: their packages as npm's lock names them, and the program in a process."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

OLDEST = 20
_UNREACHABLE = {
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "FETCH_ERROR",
    "E502",
    "E503",
    "E504",
}
"""The codes of npm that say that nobody answers; every other one is a fault of the example."""


class NotHereError(Exception):
    """This machine has no Node or npm, or npm does not reach its registry."""


def require_node() -> None:
    """``NotHereError`` unless there are a Node that the examples run on, and npm."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotHereError("node and npm are not on this machine")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.lstrip("v").split(".")[0]) < OLDEST:
        raise NotHereError(f"node is {version.stdout.strip()}, the example needs {OLDEST}")


def install(example: Path, folder: Path, *options: str) -> None:
    """Copy an example there, and install what its lock names.

    Raises ``NotHereError`` where the registry is out of reach; a lock that does not fit its
    package.json, or a package that does not fit its hash, fails.
    """
    shutil.copytree(example, folder, dirs_exist_ok=True, ignore=_installed)
    done = subprocess.run(
        [
            *("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"),
            *("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=10000"),
            "--no-update-notifier",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    code = re.search(r"^npm (?:error|ERR!) code (\S+)$", done.stderr, re.MULTILINE)
    if code is not None and code[1] in _UNREACHABLE:
        raise NotHereError(f"npm does not reach its registry: {code[1]}")
    assert done.returncode == 0, done.stderr


def _installed(_: str, names: list[str]) -> set[str]:
    return {"node_modules"} & set(names)


@contextmanager
def running(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of an installed example's `npm start`, at a port that is free."""
    process = subprocess.Popen(
        [shutil.which("node") or "node", "app.js"],
        cwd=folder,
        env={**environment, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://localhost:\d+", process.stdout.readline())
        assert found is not None, "it has not started"
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
