"""`carteiro config`: a tenant's configuration as a folder, and from one tenant to another."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from carteiro.cli.config_folder import read_folder, read_secrets, write_folder
from carteiro.errors import BrokenConfiguration, CarteiroError, EntityNotExistsWithId
from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import apply, compare, snapshot_of
from carteiro.flows.administer.configuration.snapshot import Snapshot
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    list_connectors,
)
from carteiro.flows.administer.mail.fallbacks import create_fallback, list_fallbacks
from carteiro.flows.administer.mail.templates import Draft, put_templates
from carteiro.flows.administer.organizations.roles import create_role
from carteiro.flows.administer.tenant.languages import put_phrases
from carteiro.flows.administer.tenant.settings import put_captcha_provider, update_account_center
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.flows.administer.tenant.tenants import create_tenant
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType

SMTP = {
    "host": "smtp.example.com",
    "port": 587,
    "fromEmail": "a@example.com",
    "auth": {"user": "u", "pass": "p4ssw0rd-of-smtp"},
    "templates": [
        {"usageType": kind, "contentType": "text/html", "subject": "S", "content": "{{code}}"}
        for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
    ],
}


FURTHER = "connectorId: http-email\nconfig:\n  endpoint: https://x.example.com\n"


WITHOUT_CODE = """config:
  apiKey: k
  fromEmail: a@example.com
  templates:
  - {usageType: Register, type: text/html, subject: S, content: '{{code}}'}
  - {usageType: SignIn, type: text/html, subject: S, content: Hi}
  - {usageType: ForgotPassword, type: text/html, subject: S, content: '{{code}}'}
  - {usageType: Generic, type: text/html, subject: S, content: '{{code}}'}
"""


async def fill(world: World, tenant: str) -> None:
    """One of everything that is carried over."""
    new = NewConnector(connector_id="simple-mail-transfer-protocol", config=SMTP)
    await create_connector(world, tenant, new)
    sms = {"endpoint": "https://sms.example.com", "authorization": "Bearer sms-secret"}
    await create_connector(world, tenant, NewConnector(connector_id="http-sms", config=sms))
    for token, limits in (("first-secret", {"perSecond": 5}), ("second-secret", {})):
        more = {"endpoint": f"https://{token[0]}.example.com", "authorization": token}
        await create_fallback(world, tenant, "http-email", more, limits=limits)
    await put_phrases(world, tenant, "nl-NL", {"action": {"sign_in": "Inloggen"}})
    html = {
        "subject": "Olá: {{code}}",
        "content": "<p>{{code}}</p>\n\n---\nFim 😀\n",
        "replyTo": "a@e.com",
    }
    text = {
        "subject": "---",
        "content": "{{code}}, no newline at the end",
        "contentType": "text/plain",
    }
    drafts = [
        Draft(language_tag="pt-BR", template_type=TemplateType.SIGN_IN, details=html),
        Draft(language_tag="ar", template_type=TemplateType.GENERIC, details=text),
    ]
    await put_templates(world, tenant, drafts)
    captcha = {"type": "Turnstile", "siteKey": "site", "secretKey": "captcha-secret"}
    await put_captcha_provider(world, tenant, captcha)
    await update_account_center(world, tenant, {"enabled": True, "fields": {"email": "Edit"}})
    await create_role(
        world, tenant, name="editor", description=None, type="User", resource_scope_ids=()
    )
    changes = {
        "languageInfo": {"autoDetect": False, "fallbackLanguage": "nl-NL"},
        "signUp": {"identifiers": ["email"], "password": False, "verify": True},
        "forgotPasswordMethods": ["EmailVerificationCode"],
        "passwordExpiration": {"enabled": True, "validPeriodDays": 30},
        "customCss": "a {\n  color: red;\n}\n",
    }
    await update_experience(world, tenant, changes)


SECRETS = ("p4ssw0rd-of-smtp", "sms-secret", "captcha-secret", "first-secret", "second-secret")


@pytest.fixture
async def filled(world: World) -> World:
    await create_tenant(world, "dev", name="dev")
    await create_tenant(world, "prod", name="prod")
    await fill(world, "dev")
    return world


def exported(world_snapshot: Snapshot, folder: Path) -> dict[str, str]:
    write_folder(folder, to_files(world_snapshot))
    return read_folder(folder)


async def test_an_export_imported_into_an_empty_tenant_exports_the_same_bytes(
    filled: World, tmp_path: Path
) -> None:
    source = await snapshot_of(filled, "dev")
    files = exported(source, tmp_path / "one")
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text(yaml.safe_dump(dict(source.secrets)))
    secrets.chmod(0o600)
    wanted = from_files(files)
    with_secrets = Snapshot(**{**_fields(wanted), "secrets": read_secrets(secrets)})

    plan = await apply(filled, "prod", with_secrets, prune=False)
    again = await apply(filled, "prod", with_secrets, prune=True)

    assert not plan.empty
    assert again.empty
    assert exported(await snapshot_of(filled, "prod"), tmp_path / "two") == files
    assert {path: (tmp_path / "one" / path).read_bytes() for path in files} == {
        path: (tmp_path / "two" / path).read_bytes() for path in files
    }
    assert not any(secret in text for secret in SECRETS for text in files.values())
    connector = (await list_connectors(filled, "prod"))[0]
    assert "p4ssw0rd-of-smtp" in str(connector.config) or "sms-secret" in str(connector.config)


def _fields(snapshot: Snapshot) -> dict[str, Any]:
    return {name: getattr(snapshot, name) for name in Snapshot.__slots__}


async def test_the_folder_reads_well(filled: World, tmp_path: Path) -> None:
    files = exported(await snapshot_of(filled, "dev"), tmp_path / "one")

    assert sorted(files) == [
        "carteiro.yaml",
        "connectors/email.yaml",
        "connectors/fallback-1.yaml",
        "connectors/fallback-2.yaml",
        "connectors/sms.yaml",
        "languages/nl-NL.yaml",
        "organization-roles.yaml",
        "settings/accountCenter.yaml",
        "settings/captchaProvider.yaml",
        "sign-in-experience.yaml",
        "templates/ar/Generic.txt",
        "templates/pt-BR/SignIn.html",
    ]
    assert files["templates/pt-BR/SignIn.html"] == (
        "---\nreplyTo: a@e.com\nsubject: 'Olá: {{code}}'\n---\n<p>{{code}}</p>\n\n---\nFim 😀\n"
    )
    assert "pass: !secret 'connectors.email.config.auth.pass'" in files["connectors/email.yaml"]
    assert "enabledAt" not in files["sign-in-experience.yaml"]


async def test_what_the_folder_does_not_have_stays_unless_it_is_pruned(filled: World) -> None:
    nothing = from_files({"carteiro.yaml": "format: 1\n"})

    kept = await apply(filled, "dev", nothing, prune=False)
    shown = await compare(filled, "dev", nothing, prune=True)
    before = await snapshot_of(filled, "dev")
    pruned = await apply(filled, "dev", nothing, prune=True)

    assert kept.empty
    assert shown.lines == pruned.lines
    assert before.templates
    after = await snapshot_of(filled, "dev")
    everything = (after.templates, after.connectors, after.languages, after.settings)
    assert not any(everything)


@pytest.mark.parametrize(
    ("path", "text", "line", "says"),
    [
        ("carteiro.yaml", "format: 2\n", 1, "format: 1"),
        ("carteiro.yaml", None, 1, "missing"),
        ("sign-in-experience.yaml", "a: [1,\n", 2, ""),
        ("sign-in-experience.yaml", "signInMode: SignIn\nsignInMode: Register\n", 2, "twice"),
        ("sign-in-experience.yaml", "signInMode: SignIn\ntypo: 1\n", 2, "typo"),
        ("sign-in-experience.yaml", "customCss: x\nsignInMode: Nope\n", 2, "signInMode"),
        ("sign-in-experience.yaml", "- a\n", 1, "keys and values"),
        ("connectors/email.yaml", "connectorId: nope\n", 1, "nope"),
        ("connectors/email.yaml", "connectorId: http-sms\n", 1, "not for email"),
        ("connectors/fax.yaml", "connectorId: http-sms\n", 1, "email, sms, or fallback-1"),
        ("connectors/fallback-0.yaml", "connectorId: http-email\n", 1, "fallback-1 and so on"),
        ("connectors/fallback-2.yaml", f"{FURTHER}rateLimit: 5\n", 4, "keys and values"),
        ("connectors/fallback-2.yaml", f"{FURTHER}ratelimit: {{}}\n", 4, "no 'ratelimit' here"),
        ("connectors/email.yaml", "connectorId: http-email\nname: x\n", 2, "no 'name' here"),
        ("connectors/fallback-4.yaml", FURTHER, 1, "no fallback-3 before it"),
        ("connectors/fallback-2.yaml", "connectorId: http-sms\n", 1, "not for fallback-2"),
        ("connectors/fallback-2.yaml", "connectorId: http-email\nconfig: {}\n", 2, "endpoint"),
        ("connectors/fallback-2.yaml", f"{FURTHER}rateLimit:\n  perSecond: 0\n", 5, "perSecond"),
        ("connectors/fallback-2.yaml", f"{FURTHER}rateLimit:\n  often: 1\n", 5, "often"),
        (
            "connectors/sms.yaml",
            "connectorId: http-sms\nconfig:\n  endpoint: 3\n",
            3,
            "endpoint",
        ),
        (
            "connectors/sms.yaml",
            "config:\n  authorization: !secret nowhere\n  endpoint: https://e.com\nconnectorId: http-sms\n",
            2,
            "nowhere",
        ),
        ("templates/en/Nope.html", "---\nsubject: S\n---\n", 1, "template is"),
        ("templates/en/SignIn.html", "no front matter", 1, "front matter"),
        ("templates/en/SignIn.html", "---\nreplyTo: a\n---\n", 2, "subject"),
        ("templates/en/SignIn.html", "---\nsubject: S\nsubject: T\n---\n", 3, "twice"),
        ("templates/en/SignIn.html", "---\nsubject: S\nto: x\n---\n", 2, "to"),
        ("templates/en/SignIn.html", "---\nsubject: S\n---\n<p>Hi</p>\n", 4, "no {{code}}"),
        (
            "templates/en/OrganizationInvitation.html",
            "---\nsubject: S\n---\n<p>Hi</p>\n<!-- {{link}} -->\n",
            5,
            "{{link}} is not seen",
        ),
        (
            "connectors/fallback-2.yaml",
            f"connectorId: mailjunky-email-service\n{WITHOUT_CODE}",
            7,
            "no {{code}}",
        ),
        ("languages/xx-YY.yaml", "a: b\n", 1, "language"),
        ("languages/sv.yaml", "action:\n  sign_in: b\n  fly: c\n", 3, "action.fly"),
        ("languages/sv.yaml", "action: b\n", 1, "action"),
        ("settings/accountCenter.yaml", "fields:\n  email: Maybe\n", 2, "email"),
        ("settings/unknown.yaml", "a: 1\n", 1, "no such setting"),
        ("organization-roles.yaml", "a:\n  type: Robot\n", 1, "role"),
        ("notes.md", "hello", 1, "no part"),
        ("languages/deep/er.yaml", "a: b\n", 1, "no part"),
    ],
)
async def test_a_broken_folder_changes_nothing_and_says_where(
    filled: World, path: str, text: str | None, line: int, says: str
) -> None:
    files = {"carteiro.yaml": "format: 1\n", "languages/sv.yaml": "action:\n  sign_in: b\n"}
    before = await snapshot_of(filled, "dev")
    if text is None:
        del files[path]
    else:
        files[path] = text

    with pytest.raises(BrokenConfiguration) as caught:
        await apply(filled, "dev", from_files(files), prune=False)

    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert says in caught.value.message
    assert await snapshot_of(filled, "dev") == before


async def test_a_rule_that_refuses_at_the_end_takes_everything_back(filled: World) -> None:
    before = await snapshot_of(filled, "prod")
    experience = "signUp:\n  identifiers: [email]\n  password: true\n  verify: true\n"
    files = {
        "carteiro.yaml": "format: 1\n",
        "languages/sv.yaml": "action:\n  sign_in: b\n",
        "templates/sv/SignIn.html": "---\nsubject: S\n---\n{{code}}",
        "sign-in-experience.yaml": experience,
    }

    with pytest.raises(CarteiroError) as caught:
        await apply(filled, "prod", from_files(files), prune=False)

    assert caught.value.code == "sign_in_experiences.enabled_connector_not_found"
    assert await snapshot_of(filled, "prod") == before


async def test_an_unknown_tenant_is_refused(filled: World) -> None:
    with pytest.raises(EntityNotExistsWithId):
        await snapshot_of(filled, "nobody")
    with pytest.raises(EntityNotExistsWithId):
        await apply(filled, "nobody", Snapshot(), prune=False)


async def test_two_imports_at_once_follow_one_another(filled: World) -> None:
    wanted = from_files(
        {
            "carteiro.yaml": "format: 1\n",
            "templates/sv/SignIn.html": "---\nsubject: S\n---\n{{code}}",
        }
    )

    plans = await asyncio.gather(*(apply(filled, "prod", wanted, prune=False) for _ in range(4)))

    assert sorted(plan.empty for plan in plans) == [False, True, True, True]


async def test_promotion_keeps_the_targets_secrets(filled: World) -> None:
    own = {**SMTP, "auth": {"user": "u", "pass": "production"}}
    new = NewConnector(connector_id="simple-mail-transfer-protocol", config=own)
    await create_connector(filled, "prod", new)
    source = await snapshot_of(filled, "dev")
    without = Snapshot(**{**_fields(source), "secrets": {}})

    with pytest.raises(BrokenConfiguration, match=r"connectors\.sms\.config\.authorization"):
        await apply(filled, "prod", without, prune=False)
    mine = {**source.secrets, "connectors.email.config.auth.pass": "production"}
    await apply(filled, "prod", Snapshot(**{**_fields(source), "secrets": mine}), prune=False)

    configs = str([stored.config for stored in await list_connectors(filled, "prod")])
    assert "production" in configs
    assert "p4ssw0rd" not in configs


async def test_further_connectors_keep_their_order_their_limits_and_their_secrets(
    filled: World,
) -> None:
    source = await snapshot_of(filled, "dev")
    await apply(filled, "prod", source, prune=False)
    first, second = await list_fallbacks(filled, "prod")
    assert (first.config["authorization"], first.row.limits) == ("first-secret", {"perSecond": 5})
    assert (second.config["authorization"], second.row.limits) == ("second-secret", {})

    changed = dict(to_files(source))
    changed["connectors/fallback-1.yaml"] = FURTHER
    del changed["connectors/fallback-2.yaml"]
    await apply(filled, "prod", from_files(changed), prune=True)

    (left,) = await list_fallbacks(filled, "prod")
    assert left.row.id == first.row.id
    assert dict(left.config) == {"endpoint": "https://x.example.com"}


async def test_what_a_file_leaves_out_is_no_difference_the_second_time(filled: World) -> None:
    wanted = from_files(
        {
            "carteiro.yaml": "format: 1\n",
            "connectors/email.yaml": FURTHER,
            "connectors/fallback-1.yaml": f"{FURTHER}rateLimit:\n  perSecond: 5\n",
            "connectors/fallback-2.yaml": FURTHER,
        }
    )

    plans = [await apply(filled, "prod", wanted, prune=False) for _ in range(2)]

    assert [plan.empty for plan in plans] == [False, True]


async def test_there_are_ten_further_connectors_at_most(filled: World) -> None:
    files = {f"connectors/fallback-{number}.yaml": FURTHER for number in range(1, 12)}

    with pytest.raises(BrokenConfiguration, match=r"fallback-11.yaml:1: .*at most"):
        await apply(
            filled, "prod", from_files({"carteiro.yaml": "format: 1\n", **files}), prune=True
        )


async def test_no_provider_is_given_the_secret_of_the_one_before(filled: World) -> None:
    config = {"apiKey": "key-of-sendgrid", "fromEmail": "a@example.com", "templates": []}
    text = yaml.safe_dump({"connectorId": "sendgrid-email-service", "config": config})
    text = text.replace("key-of-sendgrid", "!secret connectors.fallback-1.config.authorization")
    wanted = from_files({"carteiro.yaml": "format: 1\n", "connectors/fallback-1.yaml": text})

    with pytest.raises(BrokenConfiguration, match=r"fallback-1\.config\.authorization"):
        await apply(filled, "dev", wanted, prune=False)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "carteiro.yaml").write_text("format: 1\n")
    outside = tmp_path / "outside"
    outside.write_text("secret")
    cases = {
        "link.yaml": lambda path: path.symlink_to(outside),
        "latin.yaml": lambda path: path.write_bytes(b"a: 1\nb: \xe9\n"),
        "nul.yaml": lambda path: path.write_bytes(b"a: \x00"),
        "huge.yaml": lambda path: path.write_bytes(b"a" * (5 * 1024 * 1024 + 1)),
    }
    for name, make in cases.items():
        make(folder / name)
        with pytest.raises(BrokenConfiguration) as caught:
            read_folder(folder)
        assert name in caught.value.message
        (folder / name).unlink()
    open_to_all = tmp_path / "secrets.yaml"
    open_to_all.write_text("a: b\n")
    open_to_all.chmod(0o644)
    with pytest.raises(BrokenConfiguration, match="600"):
        read_secrets(open_to_all)
    with pytest.raises(BrokenConfiguration, match="no such folder"):
        read_folder(tmp_path / "nothing")


def test_writing_again_removes_what_is_no_more_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_folder(
        folder, {"carteiro.yaml": "format: 1\n", "languages/sv.yaml": "action:\n  sign_in: b\n"}
    )
    (folder / "README.md").write_text("mine")
    (folder / ".git").mkdir()

    write_folder(folder, {"carteiro.yaml": "format: 1\n"})

    assert sorted(path.name for path in folder.iterdir()) == [".git", "README.md", "carteiro.yaml"]
    shutil.rmtree(folder)


words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)


@given(
    subject=words, content=words, tag=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=16),
    css=words, plain=st.booleans(),
)  # fmt: skip
@example(subject="\x85", content="\r\n\u2028", tag="..", css="a\u2029\n \n", plain=True)
@examples(max_examples=300, deadline=None)
def test_odd_texts_survive_the_folder(
    subject: str, content: str, tag: str, css: str, plain: bool
) -> None:
    details = {"subject": subject, "content": content}
    if plain:
        details["contentType"] = "text/plain"
    snapshot = Snapshot(experience={"customCss": css}, templates={(tag, "SignIn"): details})

    files = {path: text.encode().decode() for path, text in to_files(snapshot).items()}

    assert from_files(files) == snapshot
    assert not any(".." in path.split("/") or path.startswith("/") for path in files)
