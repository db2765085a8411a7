"""A resource of the management API is new files alone, and no line anywhere in between."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from carteiro.storage.migrations import HEAD

ROOT = Path(__file__).parents[3]
ADDED = ROOT / "tests/fixtures/added_resource"
CALL = ADDED / "call.py"
NEW = {
    "api/management/notes/__init__.py",
    "api/management/notes/routes.py",
    "api/management/notes/schemas.py",
    "flows/administer/tenant/notes.py",
    "storage/migrations/versions/9999_notes.py",
    "storage/tenancy/notes.py",
    "storage/tenancy/notes.sql",
}
"""Its routes, its flow, its table with what is asked of it, and its migration."""


def test_a_new_resource_is_served_and_touches_no_file_that_is_there(tmp_path: Path) -> None:
    tree = tmp_path / "carteiro"
    shutil.copytree(
        ROOT / "src/carteiro", tree, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    there = {path.relative_to(tree).as_posix() for path in tree.rglob("*")}
    for path in ADDED.rglob("*.*"):
        if path != CALL and "__pycache__" not in path.parts:
            place = tree / path.relative_to(ADDED)
            place.parent.mkdir(exist_ok=True)
            place.write_text(path.read_text("utf-8").replace("NEWEST", HEAD), "utf-8")
    now = {path.relative_to(tree).as_posix() for path in tree.rglob("*.*")}

    done = subprocess.run(
        [sys.executable, CALL, f"sqlite:///{tmp_path / 'test.db'}"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert now - there == NEW
    assert Path(said["tree"]).is_relative_to(tmp_path)
    assert said["answers"] == [201, "hello", 403]
    assert said["logged"] == 1
    assert said["described"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Note"}}
    }
