"""``carteiro templates preview``: a page of a mail that nobody was sent, or the mail itself."""

from __future__ import annotations

import json
import re
import stat
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path

import pytest

import smtp_parts
from carteiro.delivery.previews import Preview
from carteiro.flows.administer.mail.connectors import NewConnector, create_connector
from carteiro.flows.administer.mail.revisions import save_draft
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.people.users import NewUser, create_user
from carteiro.languages.negotiate import negotiate
from carteiro.languages.tags import LanguageLibrary
from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Rendered
from carteiro.pages.mail_preview import files_of
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from command_parts import carteiro

SCHEMES = (
    "<html><head><style>@media (prefers-color-scheme: dark) { p { color: #aabbcc } }"
    "@media (prefers-color-scheme:light) { p { color: #112233 } }</style>"
    '<meta name="color-scheme" content="light dark"></head>'
    "<body><script>alert(1)</script><p>{{code}} {{application.name}} {{nobody}}</p></body></html>"
)


def test_a_folder_shows_the_mail_at_three_widths_in_both_looks(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text(SCHEMES)
    (tmp_path / "data.json").write_text('{"application": {"name": "<b>\\"\\r\\nBcc: x@evil.test"}}')
    asked = (
        "templates",
        "preview",
        "mail.html",
        "--type",
        "SignIn",
        "--subject",
        "<i>{{code}}</i>",
    )

    done = carteiro(*asked, "--data", "data.json", "--folder", "out", folder=tmp_path)
    again = carteiro(*asked, "--folder", "out", folder=tmp_path)

    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert "without a value: {{nobody}}" in done.stderr
    assert re.search(r"not used: .*\borganization\b", done.stderr)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        *("index.html", "light.html", "dark.html", "text.txt", "mail.eml")
    }
    assert stat.S_IMODE((out / "index.html").stat().st_mode) == 0o600
    page = (out / "index.html").read_text()
    frames = re.findall(r'<iframe sandbox src="(\w+)\.html"[^>]*width: (\d+)px', page)
    assert frames == [
        (look, width) for look in ("light", "dark") for width in ("322", "602", "802")
    ]
    assert "&lt;i&gt;042137&lt;/i&gt;" in page
    assert "<i>" not in page


def test_each_look_is_the_mails_own_and_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text(SCHEMES)

    carteiro("templates", "preview", "mail.html", "--folder", "out", folder=tmp_path)

    light, dark = [(tmp_path / "out" / f"{look}.html").read_text() for look in ("light", "dark")]
    for mail, shown, hidden in ((dark, "aabbcc", "112233"), (light, "112233", "aabbcc")):
        rules = re.sub(r"\s", "", mail)
        assert re.search(rf"@media\(min-width:0\)\{{p\{{color:#{shown}", rules)
        assert re.search(rf"@media\(max-width:0\)\{{p\{{color:#{hidden}", rules)
        assert "default-src 'none'" in mail.partition("<script>")[0]
        assert "script-src" not in mail
    assert "color-scheme: dark !important" in dark
    assert "color-scheme: light !important" in light


@pytest.mark.parametrize(
    "mail",
    [
        "<!doctype html><html><script>alert(1)</script><head></head>{{code}}",
        "<script>alert(1)</script><!--<head>-->{{code}}",
        "<!--><script>alert(1)</script><head>-->{{code}}",
        "<script>alert('<head>')</script>{{code}}",
    ],
    ids=["head-after", "head-in-comment", "comment-closed", "head-in-script"],
)
def test_nothing_of_a_mail_comes_before_what_keeps_it_from_running(mail: str) -> None:
    shown = Preview(
        type=TemplateType.SIGN_IN,
        to=parse_address("ana@example.com"),
        template="given",
        decision=negotiate(library=LanguageLibrary(()), fallback="en"),
        sender=None,
        reply_to=None,
        content=Rendered(subject="Code", text="Code", html=mail),
        payload={},
        headers=(),
        eml=None,
        is_exact=False,
        missing=(),
        unused=(),
    )

    light = files_of(shown)["light.html"].decode()

    start = light.removeprefix("<!doctype html>")
    assert start.startswith('<meta charset="utf-8"><meta http-equiv="Content-Security-Policy"')


def test_a_plain_mail_and_values_that_are_no_object(tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_text("Code: {{code}}")
    (tmp_path / "list.json").write_text("[1]")
    asked = ("templates", "preview", "mail.txt")

    done = carteiro(*asked, "--folder", "out", "--eml", "mail.eml", folder=tmp_path)
    html = carteiro(*asked, "--html", "out.html", folder=tmp_path)
    wrong = carteiro(*asked, "--data", "list.json", folder=tmp_path)
    lost = carteiro(*asked, "--user", "u", folder=tmp_path)

    assert "Code: 042137" in done.stdout
    assert "<iframe" not in (tmp_path / "out" / "index.html").read_text()
    mail = message_from_bytes((tmp_path / "mail.eml").read_bytes(), policy=policy)
    assert mail["From"] == "no-reply@example.com"
    assert (html.returncode, wrong.returncode, lost.returncode) == (2, 2, 2)
    assert not (tmp_path / "out.html").exists()


async def test_a_tenants_mail_is_shown_as_it_would_be_sent(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    async with open_world(settings) as world:
        config = smtp_parts.config(1)
        new = NewConnector(connector_id="simple-mail-transfer-protocol", config=config)
        await create_connector(world, "default", new)
        details = {"subject": "Olá", "content": "<p>{{code}} {{user.name}}</p>"}
        kind = TemplateType.BIND_MFA
        draft = Draft(language_tag="pt-BR", template_type=kind, details=details)
        [row] = await put_templates(world, "default", [draft])
        await save_draft(world, "default", row.id, {**details, "subject": "Bom dia"})
        user = await create_user(
            world, "default", NewUser(primary_email="ana@example.com", name="Ana")
        )
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {
        "CARTEIRO_DATABASE_URL": database_url,
        "CARTEIRO_SECRET_KEYS": "test:" + "A" * 43 + "=",
    }
    asked = ("templates", "preview", "--tenant", "default", "--type", "BindMfa")
    named = (*asked, "--locale", "pt-BR", "--user", user.id)

    done = carteiro(*named, "--eml", "mail.eml", folder=folder, **environment)
    drafted = carteiro(*asked[:4], "--draft", row.id, folder=folder, **environment)
    alone = carteiro("templates", "preview", "--draft", row.id, folder=folder)
    (folder / "code.json").write_text(json.dumps({"code": "735201"}))
    refused = carteiro(*asked, "--data", "code.json", folder=folder, **environment)

    assert done.returncode == 0, done.stderr
    mail = message_from_bytes((folder / "mail.eml").read_bytes(), policy=policy)
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "Näme <f@e.com>",
        "ana@example.com",
        "Olá",
    )
    assert "042137 Ana" in done.stdout
    assert (drafted.returncode, alone.returncode) == (0, 2), drafted.stderr
    assert drafted.stdout.startswith("Subject: Bom dia\n")
    assert refused.returncode == 1
    assert "735201" not in refused.stdout + refused.stderr
