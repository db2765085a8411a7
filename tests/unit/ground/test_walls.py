"""The walls between the rooms stand: one wrong import a wall, and import-linter names each."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WRONG = {
    "Imports point down": ("model.page", "storage.drivers.job"),
    "Only roots open the world": ("testing.clock", "runtime.logs"),
    "What one actor wants": ("flows.backend.invite", "flows.operate.status"),
    "Rooms of storage": ("storage.people.users", "storage.mail.usage"),
    "Providers know the transports": ("connectors.smtp.errors", "connectors.http.refusals"),
    "A provider does not know another": (
        "connectors.providers.resend",
        "connectors.providers.brevo",
    ),
    "Rooms of an edge": ("api.well_known.security_txt", "api.oidc.parameters"),
    "Routes of the management API": (
        "api.management.logs.routes",
        "api.management.hooks.routes",
    ),
}
"""By the first words of a contract: who imports what there, and may not."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What import-linter says of each broken contract, over a tree with every wrong import."""
    root = tmp_path_factory.mktemp("tree")
    ours = shutil.ignore_patterns("__pycache__", "static", "html")
    shutil.copytree(ROOT / "src/carteiro", root / "carteiro", ignore=ours)
    shutil.copy(ROOT / "pyproject.toml", root)
    for importer, imported in WRONG.values():
        path = root / "carteiro" / f"{importer.replace('.', '/')}.py"
        path.write_text(f"{path.read_text('utf-8')}\nimport carteiro.{imported}\n", "utf-8")
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert said.returncode == 1, said.stdout + said.stderr
    broken = said.stdout.split("Broken contracts\n")[-1]
    parts = re.split(r"\n([^\n]+)\n-{5,}\n", broken)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("wall", WRONG)
def test_a_wrong_import_breaks_its_wall(wall: str, report: Mapping[str, str]) -> None:
    importer, imported = WRONG[wall]

    found = [words for name, words in report.items() if name.startswith(wall)]

    assert len(found) == 1, list(report)
    assert f"carteiro.{importer} -> carteiro.{imported}" in found[0]


def test_every_wall_is_tried() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    named = re.findall(r'contracts\]\]\nname = "([^"]+)"', text)

    tried = {name for name in named for wall in WRONG if name.startswith(wall)}

    assert tried == set(named)
