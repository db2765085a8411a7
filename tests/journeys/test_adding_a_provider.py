"""Adding a provider is three new files and one line; what follows from them is written by a command.

A made-up provider is added in a copy of the tree, as CONTRIBUTING.md says, and held to its contract
there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from carteiro.model.default_templates import default_templates

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "tools", "docs", "README.md", "CONTRIBUTING.md", "pyproject.toml")
CONFIG = {
    "apiKey": "acme-k3y-of-mine",
    "fromEmail": "Acme <no-reply@example.test>",
    "templates": default_templates("type"),
}
EXAMPLE = re.search(
    r"```python\n(.*?)```",
    (ROOT / "docs/how-to/write-a-connector.md").read_text("utf-8"),
    re.DOTALL,
)
CONNECTOR = EXAMPLE[1] if EXAMPLE else ""
"""The one of the how-to."""
CONTRACT = '''"""Acme keeps the contract."""

from typing import Any, ClassVar

from author_parts import text
from carteiro.connectors.providers.acme import AcmeConnector
from carteiro.testing.http_contract import ECHO, HttpApiContract
from carteiro.testing.http_sink import Answer, refused
from provider_parts import broken_by_absence, broken_templates, documented

CONFIG = documented("acme-email")


class TestAcme(HttpApiContract):
    factory = AcmeConnector
    author = text("from")
    config: ClassVar[dict[str, Any]] = CONFIG
    secrets = (CONFIG["apiKey"],)
    broken = [
        *broken_by_absence(CONFIG, "apiKey", "fromEmail", "templates"),
        *broken_templates(CONFIG),
    ]
    accepted = Answer(200, b'{"id": "7"}')
    refusal = refused(400, f'{{"error": {{"code": "bad_key", "message": "{ECHO}"}}}}')
'''
PAGE = f"""# Acme

<!-- about -->
<!-- /about -->

## Get credentials

Make an API key.

## A tested configuration

```json
{json.dumps(CONFIG, indent=2)}
```

## The form

<!-- form -->
<!-- /form -->

## What its refusals mean

<!-- refusals -->
<!-- /refusals -->
"""
NEW = {
    "src/carteiro/connectors/providers/acme.py": CONNECTOR,
    "tests/contract/connectors/test_acme.py": CONTRACT,
    "docs/reference/connectors/acme-email.md": PAGE,
}
LINE = 'acme-email = "carteiro.connectors.providers.acme:AcmeConnector"\n'
SECTION = '[project.entry-points."carteiro.connectors"]\n'
WRITTEN = {"docs/reference/connectors.md", "src/carteiro/configs.py"}
"""What `make docs` writes of a connector beside its page."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the provider in it."""
    copy = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave = shutil.ignore_patterns("__pycache__", "images")
            shutil.copytree(source, copy / name, ignore=leave)
        else:
            shutil.copy(source, copy / name)
    for name, text in NEW.items():
        (copy / name).write_text(text, "utf-8")
    project = copy / "pyproject.toml"
    project.write_text(project.read_text("utf-8").replace(SECTION, SECTION + LINE), "utf-8")
    run(copy, "-m", "tools.reference")
    return copy


def run(tree: Path, *command: str) -> str:
    """Run Python in the copy, where the package is installed as the copy declares it."""
    declared = tomllib.loads((tree / "pyproject.toml").read_text("utf-8"))["project"]
    installed = tree / "src" / f"carteiro-{version('carteiro')}.dist-info"
    installed.mkdir(exist_ok=True)
    (installed / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: carteiro\nVersion: {version('carteiro')}\n", "utf-8"
    )
    points = declared["entry-points"]["carteiro.connectors"]
    lines = [f"{name} = {place}" for name, place in points.items()]
    (installed / "entry_points.txt").write_text(
        "\n".join(["[carteiro.connectors]", *lines, ""]), "utf-8"
    )
    path = os.pathsep.join(str(tree / part) for part in ("src", "tests", "."))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout


def files(tree: Path) -> dict[str, bytes]:
    """What a contributor has in hand: caches, pictures and the installed metadata are none of it."""
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for name in COPIED
        for path in ([tree / name] if (tree / name).is_file() else (tree / name).rglob("*"))
        if path.is_file()
        and not {"__pycache__", "images"} & set(path.parts)
        and ".dist-info" not in str(path)
    }


def test_it_is_three_new_files_and_one_line(tree: Path) -> None:
    before, after = files(ROOT), files(tree)

    changed = {name for name in before if after[name] != before[name]}
    lines = [set(each["pyproject.toml"].splitlines()) for each in (before, after)]
    assert set(after) - set(before) == set(NEW)
    assert changed - WRITTEN == {"pyproject.toml"}
    assert lines[1] - lines[0] == {LINE.strip().encode()}
    assert (
        len(after["pyproject.toml"].splitlines()) == len(before["pyproject.toml"].splitlines()) + 1
    )


def test_its_file_is_under_a_hundred_lines() -> None:
    assert len(CONNECTOR.splitlines()) < 100


def test_the_command_writes_its_tables_and_its_class(tree: Path) -> None:
    page = (tree / "docs/reference/connectors/acme-email.md").read_text("utf-8")

    assert "| `apiKey` | required, secret | From the dashboard. |" in page
    assert "| `bad_key` | permanent | Check apiKey. |" in page
    assert "[Acme](connectors/acme-email.md)" in (tree / "docs/reference/connectors.md").read_text()
    assert "import AcmeConfig" in (tree / "src/carteiro/configs.py").read_text("utf-8")


def test_it_keeps_the_contract_and_every_rule_about_connectors(tree: Path) -> None:
    said = run(
        tree,
        *("-m", "pytest", "-vv", "-p", "no:cacheprovider", "-p", "no:xdist"),
        "tests/contract/connectors/test_acme.py",
        "tests/contract/connectors/test_registered.py",
        "tests/contract/connectors/test_authors.py::TestAuthors",
        "tests/unit/house/test_docs.py",
        "tests/unit/library/test_public_names.py::test_every_connectors_config_is_a_public_class",
        *("-k", "acme or registered or reference or public"),
    )

    assert "TestAcme::test_every_type_of_message_that_brings_something_is_taken PASSED" in said
    assert "test_no_name_brings_another_author[acme-email] PASSED" in said
    assert "test_a_registered_connector_is_held_to_the_contract[acme-email] PASSED" in said
