"""The example package installs, is found, and passes its own tests: as a plug-in's author would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "examples" / "connector_package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the package is installed; nothing is downloaded."""
    target = tmp_path_factory.mktemp("plugins")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    where = ["--target", str(target), str(PACKAGE)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *where], check=True)
    paths = [str(target), str(ROOT / "src")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_registry_lists_it_beside_ours(installed: dict[str, str]) -> None:
    done = run(installed, "-m", "carteiro", "connectors", "list", "--json")

    assert done.returncode == 0, done.stderr
    assert '"folder-email"' in done.stdout
    assert '"http-email"' in done.stdout


def test_its_own_tests_pass(installed: dict[str, str]) -> None:
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(PACKAGE)]

    done = run(
        installed, "-m", "pytest", *options, "-c", str(PACKAGE / "pyproject.toml"), str(PACKAGE)
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
