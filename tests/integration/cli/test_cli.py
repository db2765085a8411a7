"""The command line as a person and as a script use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from carteiro.connectors.registry import Registry
from carteiro.runtime.key_file import new_key
from command_parts import carteiro


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = carteiro("--help", folder=tmp_path).stdout

    for command in (
        "dev",
        "serve",
        "migrate",
        "doctor",
        "send",
        "apps",
        "templates",
        "connectors",
        "tenants",
    ):
        assert command in shown


@pytest.mark.parametrize(
    "command",
    [
        ("dev",),
        ("serve",),
        ("migrate",),
        ("doctor",),
        ("send",),
        ("apps", "create"),
        ("templates", "lint"),
        ("templates", "preview"),
        ("connectors", "list"),
        ("connectors", "test"),
        ("tenants", "create"),
    ],
)
def test_every_command_explains_itself(command: tuple[str, ...], tmp_path: Path) -> None:
    done = carteiro(*command, "--help", folder=tmp_path)

    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    script = "import sys; sys.argv = ['carteiro', '--help']\ntry:\n import carteiro.cli; carteiro.cli.main()\nexcept SystemExit: pass\nprint(sorted({'fastapi','aiohttp','asyncpg','alembic','sqlalchemy','uvicorn','aiosmtplib'} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_serving_loads_no_migration_tool(tmp_path: Path) -> None:
    script = "import sys, carteiro.app\nprint(sorted({'alembic','sqlalchemy'} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_an_application_is_created_for_a_script(tmp_path: Path) -> None:
    made = json.loads(carteiro("apps", "create", "Backend", "--json", folder=tmp_path).stdout)
    listed = json.loads(carteiro("apps", "list", "--json", folder=tmp_path).stdout)

    assert (len(made["id"]), len(made["secret"])) == (21, 32)
    assert made["resource"] == "https://default.logto.app/api"
    assert [row["id"] for row in listed] == [made["id"]]
    assert oct((tmp_path / ".carteiro/carteiro.key").stat().st_mode)[-3:] == "600"


def test_an_unknown_setting_refuses_to_start(tmp_path: Path) -> None:
    done = carteiro("apps", "list", folder=tmp_path, CARTEIRO_PROT="1")

    assert done.returncode == 1
    assert "CARTEIRO_PROT" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARTEIRO_PORT", "many"),
        ("CARTEIRO_DATABASE_URL", "mysql://x"),
        ("CARTEIRO_SECRET_KEYS", "k:short"),
        ("CARTEIRO_EGRESS_ALLOW", "everything"),
        ("CARTEIRO_RELAY_URL", "http://x"),
        ("CARTEIRO_PUBLIC_URL", "example.com/path"),
    ],
)
def test_a_bad_setting_is_named(name: str, value: str, tmp_path: Path) -> None:
    done = carteiro("apps", "list", folder=tmp_path, **{name: value})

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr or "Key" in done.stderr
    assert "short" not in done.stderr


def test_postgresql_needs_keys_of_its_own(tmp_path: Path) -> None:
    done = carteiro(
        "apps", "list", folder=tmp_path, CARTEIRO_DATABASE_URL="postgresql://x@127.0.0.1:1/x"
    )

    assert "CARTEIRO_SECRET_KEYS" in done.stderr


def test_a_database_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    done = carteiro(
        "migrate",
        folder=tmp_path,
        CARTEIRO_DATABASE_URL="postgresql://x@127.0.0.1:1/x",
        CARTEIRO_SECRET_KEYS=new_key(),
    )

    assert done.returncode == 1
    assert "storage.unavailable" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_reports_and_its_status_says_whether_all_is_well(tmp_path: Path) -> None:
    carteiro("apps", "list", folder=tmp_path)

    good = carteiro("doctor", "--json", folder=tmp_path)
    bad = carteiro("doctor", "--json", folder=tmp_path, CARTEIRO_SECRET_KEYS=new_key())

    findings = {row["check"]: row["verdict"] for row in json.loads(good.stdout)}
    assert good.returncode == 0
    assert {"keys", "database", "sender", "clock", "connector", "seals", "python"} <= set(findings)
    assert findings["connector"] == "warning"
    broken = {row["check"]: row["verdict"] for row in json.loads(bad.stdout)}
    assert (bad.returncode, broken["database"]) == (1, "error")


def test_send_uses_the_tenants_connector(tmp_path: Path) -> None:
    refused = carteiro("send", "--to", "a@example.com", folder=tmp_path)

    assert refused.returncode == 1
    assert "connector.not_found" in refused.stderr


def test_lint_names_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<p>Hello</p>\n{{cod}}")
    (tmp_path / "good.html").write_text("<p>{{code}}</p>")

    bad = carteiro("templates", "lint", "bad.html", "--json", folder=tmp_path)
    good = carteiro("templates", "lint", "good.html", folder=tmp_path)

    codes = {(row["code"], row["line"]) for row in json.loads(bad.stdout)}
    assert (bad.returncode, good.returncode) == (1, 0)
    assert any(code.startswith("missing") for code, _ in codes)
    assert any(line == 2 for _, line in codes)


def test_lint_says_which_mail_clients_cannot_show_it_and_fails_for_errors_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "flex.html").write_text("<p>{{code}}</p>\n<p\n  style='display:flex'>a</p>")

    said = carteiro("templates", "lint", "flex.html", folder=tmp_path)
    told = carteiro("templates", "lint", "flex.html", "--json", folder=tmp_path)

    assert (said.returncode, told.returncode) == (0, 0)
    assert (
        "flex.html:3:10: warning: `display:flex` is not supported by Outlook for Windows"
        in said.stdout
    )
    found = next(row for row in json.loads(told.stdout) if row["code"] == "unsupported-by-clients")
    assert (found["clients"], found["share"]) == (["Outlook for Windows"], 0.07)
    assert found["advice"]


def test_lint_says_that_a_file_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "latin.html").write_bytes("<p>código {{code}}</p>".encode("latin-1"))

    done = carteiro("templates", "lint", "latin.html", folder=tmp_path)

    assert done.returncode == 2
    assert "is not UTF-8 from byte 4 on" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_preview_renders_the_prebuilt_mail(tmp_path: Path) -> None:
    done = carteiro(
        "templates",
        "preview",
        "--type",
        "SignIn",
        "--locale",
        "pt-BR",
        "--html",
        "out.html",
        folder=tmp_path,
    )

    assert "042137" in done.stdout
    assert 'lang="pt-BR"' in (tmp_path / "out.html").read_text()


def test_the_list_of_connectors_fits_a_terminal_of_eighty_columns(tmp_path: Path) -> None:
    shown = carteiro("connectors", "list", folder=tmp_path, COLUMNS="80").stdout.splitlines()

    assert max(map(len, shown)) <= 80
    # A line each, between the headings and the legend.
    assert len(shown) == 1 + len(Registry.discover().factories()) + 2


def test_connectors_are_listed_and_tested(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"endpoint": "http://127.0.0.1:1/"}')

    listed = json.loads(carteiro("connectors", "list", "--json", folder=tmp_path).stdout)
    tried = carteiro(
        "connectors",
        "test",
        "http-email",
        "--to",
        "a@example.com",
        "--config",
        "config.json",
        folder=tmp_path,
        CARTEIRO_EGRESS_GUARD="false",
    )

    assert {"http-email", "logto-email", "simple-mail-transfer-protocol"} <= {
        row["id"] for row in listed
    }
    assert tried.returncode == 1
    assert "cannot be reached" in tried.stderr


def test_a_test_that_fails_says_what_to_change(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"apiKey": "k-5f1c0e", nope')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "lacking.json").write_text('{"apiKey": "k-5f1c0e", "fromEmail": "nobody"}')

    def tried(config: str):
        options = ("--to", "a@example.com", "--config", config)
        return carteiro("connectors", "test", "resend-email", *options, folder=tmp_path)

    broken, wrong, lacking = tried("broken.json"), tried("list.json"), tried("lacking.json")

    assert {broken.returncode, wrong.returncode} == {2}
    assert "not readable JSON at line 1" in broken.stderr
    assert "no JSON object" in wrong.stderr
    assert lacking.returncode == 1
    assert (
        'Error in key path "fromEmail": (custom) Expected address or Name <address>'
        in lacking.stderr
    )
    assert 'Error in key path "templates": (invalid_type) Expected array' in lacking.stderr
    assert "k-5f1c0e" not in broken.stderr + lacking.stderr


def test_a_difference_is_1_and_what_cannot_be_compared_is_2(tmp_path: Path) -> None:
    exported = carteiro("config", "export", "folder", folder=tmp_path)
    same = carteiro("config", "diff", "folder", folder=tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/carteiro.yaml").write_text("format: 1\n")
    (tmp_path / "other/sign-in-experience.yaml").write_text("languageInfo: [\n")
    broken = carteiro("config", "diff", "other", folder=tmp_path)
    (tmp_path / "other/sign-in-experience.yaml").write_text("termsOfUseUrl: https://acme.test/\n")
    differs = carteiro("config", "diff", "other", folder=tmp_path)
    unread = carteiro("templates", "lint", "nowhere.html", folder=tmp_path)

    assert (exported.returncode, same.returncode) == (0, 0), same.stdout
    assert (differs.returncode, broken.returncode, unread.returncode) == (1, 2, 2), differs.stderr


def test_a_tenant_is_created_once(tmp_path: Path) -> None:
    first = carteiro("tenants", "create", "acme", folder=tmp_path)
    second = carteiro("tenants", "create", "acme", folder=tmp_path)
    bad = carteiro("tenants", "create", "Not-OK", folder=tmp_path)
    listed = json.loads(carteiro("tenants", "list", "--json", folder=tmp_path).stdout)

    assert (first.returncode, second.returncode, bad.returncode) == (0, 1, 1)
    assert [row["id"] for row in listed] == ["acme", "default"]
