"""`carteiro templates|connectors history, draft, diff, publish, rollback`: a person and a script."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from command_parts import carteiro


def run(folder: Path, *arguments: str, fails: bool = False) -> str:
    done = carteiro(*arguments, folder=folder, CARTEIRO_DATABASE_URL=f"sqlite:///{folder / 'c.db'}")
    assert bool(done.returncode) == fails, done.stderr
    return done.stderr if fails else done.stdout


def read(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, *arguments, "--json"))


def test_words_are_drafted_compared_published_and_taken_back(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    content = tmp_path / "mail.html"
    draft = ("templates", "draft", str(content), "--type", "SignIn", "--language", "en")
    content.write_text("<p>Your code is {{code}}</p>")
    run(tmp_path, *draft, "--subject", "{{code}}")
    (listed,) = read(tmp_path, "templates", "history")
    id_ = listed["id"]
    first = run(tmp_path, "templates", "publish", id_, "--note", "[red]Hello[/] \x1b[2J")
    content.write_text("<p>Your code: {{code}}</p>")
    run(tmp_path, *draft, "--subject", "{{code}}", "--note", "Shorter.")

    difference = run(tmp_path, "templates", "diff", id_)
    run(tmp_path, "templates", "publish", id_)
    back = run(tmp_path, "templates", "rollback", id_, "--note", "Too short.")
    none = run(tmp_path, "templates", "rollback", id_, "99", fails=True)
    shown = run(tmp_path, "templates", "history", id_)

    assert (listed["liveRevision"], listed["hasDraft"]) == (None, True)
    assert first.strip() == f"{id_}: revision 1 is live."
    assert "content:\n" in difference
    assert "{+:+}" in difference
    assert back.strip() == f"{id_}: revision 3 is live."
    assert "[entity.not_exists_with_id]" in none
    assert "restored 1 (live)" in shown
    assert "[red]Hello[/] ⟨U+001B⟩[2J" in shown
    assert "\x1b" not in shown
    rows = read(tmp_path, "templates", "history", id_)
    assert [(row["number"], row["restores"], row["note"]) for row in rows][:2] == [
        (3, 1, "Too short."),
        (2, None, "Shorter."),
    ]


def test_a_config_is_drafted_compared_published_and_taken_back(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    folder = tmp_path / "config"
    run(tmp_path, "config", "export", str(folder))
    (folder / "connectors").mkdir(exist_ok=True)
    (folder / "connectors" / "email.yaml").write_text(
        "connectorId: http-email\nconfig:\n  endpoint: https://a.example.com\n"
        "  authorization: !secret connectors.email.config.authorization\n"
    )
    secrets = tmp_path / "secrets.yaml"
    secrets.touch(mode=0o600)
    secrets.write_text("connectors.email.config.authorization: first-s3cret\n")
    run(tmp_path, "config", "import", str(folder), "--secrets", str(secrets))
    config = tmp_path / "http.json"
    config.write_text('{"endpoint": "https://b.example.com", "authorization": "second-s3cret"}')

    run(tmp_path, "connectors", "draft", str(config))
    difference = run(tmp_path, "connectors", "diff")
    run(tmp_path, "connectors", "publish", "--note", "Moved.")
    back = run(tmp_path, "connectors", "rollback")
    shown = run(tmp_path, "connectors", "history")

    assert "https://[-a-]{+b+}.example.com" in difference
    assert "authorization:\n  (another secret)" in difference
    assert back.strip() == "Revision 3 is live."
    assert "Moved." in shown
    assert "s3cret" not in difference + shown
    assert [row["restores"] for row in read(tmp_path, "connectors", "history")] == [1, None, None]


def test_an_organizations_words_are_drafted_published_and_taken_back(
    tmp_path: Path, migrated_file: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "c.db")
    with sqlite3.connect(tmp_path / "c.db") as database:
        database.execute(
            "INSERT INTO organizations (tenant_id, id, name, custom_data, is_mfa_required, color, "
            "branding, created_at) "
            "VALUES ('default', 'globex', 'Globex', '{}', FALSE, '{}', '{}', 5)"
        )
    (tmp_path / "mail.txt").write_text("{{code}}")
    whose = ("--organization", "globex")

    def here(*arguments: str, fails: bool = False) -> str:
        return run(tmp_path, "templates", *arguments, fails=fails)

    def draft(subject: str) -> None:
        file, kind = str(tmp_path / "mail.txt"), ("--type", "SignIn", "--language", "en")
        here("draft", file, *kind, "--subject", subject, *whose)

    draft("One")
    (listed,) = json.loads(here("history", "--json", *whose))
    id_ = listed["id"]
    here("publish", id_, *whose)
    draft("Two")
    difference = here("diff", id_, *whose)
    here("publish", id_, *whose)
    back = here("rollback", id_, *whose)

    assert "[-One-]{+Two+}" in difference
    assert back.strip() == f"{id_}: revision 3 is live."
    assert "entity.not_exists_with_id" in here("rollback", id_, fails=True)
    assert here("history", *whose, "--application", "x", fails=True)
    assert json.loads(here("history", "--json")) == []
