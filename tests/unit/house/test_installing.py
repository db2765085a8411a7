"""The lock files: whole, with hashes, and installed without looking at what else there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import distribution, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
_ENTRY = re.compile(
    r"^([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))? \\$", re.IGNORECASE | re.MULTILINE
)


def locked(path: Path) -> dict[str, str]:
    """Name → version of what is for this interpreter."""
    found = {}
    for name, pinned, marker in _ENTRY.findall(path.read_text("utf-8")):
        if not marker or Requirement(f"{name}; {marker.strip()}").marker.evaluate():
            found[name.lower()] = pinned
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_names_one_version_and_its_hashes(lock: Path) -> None:
    text = lock.read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    entries = [line for line in lines if not line.startswith("    --hash=sha256:")]

    assert entries
    assert len(_ENTRY.findall(text)) == len(entries)
    assert text.count("--hash=sha256:") >= len(entries)
    assert "://" not in text, "no lock names a host"


@pytest.mark.parametrize("lock", ["all", "run"])
def test_a_lock_is_whole(lock: str) -> None:
    have = locked(ROOT / f"requirements/{lock}.lock")
    missing = [
        f"{name} needs {wanted}"
        for name in have
        for wanted in map(Requirement, requires(name) or ())
        if (wanted.marker is None or wanted.marker.evaluate({"extra": ""}))
        and have.get(_canonical(wanted.name)) is None
    ]

    assert missing == []


def test_what_is_installed_is_what_the_lock_says() -> None:
    have = locked(ROOT / "requirements/all.lock")

    assert {name: version(name) for name in have} == have
    assert distribution("carteiro").read_text("direct_url.json"), "the package itself is this tree"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_nothing_is_resolved_when_a_lock_is_installed() -> None:
    script = (ROOT / "tools/install").read_text("utf-8")
    installs = re.findall(r"^pip install (.*)$", script, re.MULTILINE)

    assert len(installs) == 3
    assert all("--no-deps" in line for line in installs)
    assert all("--require-hashes" in line for line in installs if ".lock" in line)
    # What comes as source is built with what is locked, not with today's newest.
    assert all("--no-build-isolation" in line for line in installs[1:])
    assert re.search(r"^pip check$", script, re.MULTILINE)
    assert "pip install" not in (ROOT / "Makefile").read_text("utf-8")
    ours = (ROOT / ".ci/run").read_text("utf-8")
    assert "requirements/oldest-pip.lock" in ours


def test_the_embedded_default_needs_no_driver_of_postgresql(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    script = (
        "import sys\n"
        "for name in ('asyncpg', 'pgqueuer', 'django', 'botocore'): sys.modules[name] = None\n"
        "from carteiro.__main__ import main\n"
        "sys.argv = ['carteiro', *sys.argv[1:]]\n"
        "main()"
    )

    for command in (["migrate"], ["apps", "create", "Backend", "--json"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *command],
            env={**os.environ, "CARTEIRO_DATABASE_URL": url},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert "ModuleNotFoundError" not in done.stderr, done.stderr
        assert command == ["doctor"] or done.returncode == 0, done.stderr
