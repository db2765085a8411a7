"""`/api/mail-languages`: what a language lacks before it goes live, and how it gets it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

import smtp_parts
from carteiro.errors import LanguageIncomplete
from carteiro.flows.administer.configuration.plan import apply, compare, snapshot_of
from carteiro.flows.administer.mail import completeness
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates import builtin
from carteiro.templates.checks.template import Severity, check

SMTP = "simple-mail-transfer-protocol"
Json = dict[str, Any]
WORDS = {"subject": "S", "content": "{{code}}"}


async def connect(client: httpx.AsyncClient, id_: str = SMTP, **config: Any) -> None:
    given = smtp_parts.config(1, **config) if id_ == SMTP else config
    answer = await client.post("/api/connectors", json={"connectorId": id_, "config": given})
    assert answer.status_code == 200, answer.text


async def store(client: httpx.AsyncClient, tag: str, **contents: str) -> None:
    templates = [
        {"languageTag": tag, "templateType": kind, "details": {"subject": "S", "content": content}}
        for kind, content in contents.items()
    ]
    answer = await client.put("/api/email-templates", json={"templates": templates})
    assert answer.status_code == 200, answer.text


async def language(client: httpx.AsyncClient, tag: str) -> Json:
    answer = await client.get(f"/api/mail-languages/{tag}")
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def copy(client: httpx.AsyncClient, tag: str, status: int = 200, **body: Any) -> Json:
    answer = await client.post(f"/api/mail-languages/{tag}/copy", json=body)
    assert answer.status_code == status, answer.text
    shown: Json = answer.json()
    return shown


async def fall_back_on(client: httpx.AsyncClient, tag: str) -> httpx.Response:
    info = {"autoDetect": True, "fallbackLanguage": tag}
    return await client.patch("/api/sign-in-exp", json={"languageInfo": info})


def by_type(shown: Json) -> dict[str, Json]:
    return {one["templateType"]: one for one in shown["types"]}


async def test_the_prebuilt_mails_cover_their_languages_and_no_other(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email")

    german, austrian, danish = [await language(client, tag) for tag in ("de", "de-AT", "da-DK")]

    assert (german["isComplete"], austrian["isComplete"]) == (True, True)
    assert {one["origin"] for one in german["types"]} == {"prebuilt"}
    assert danish["isComplete"] is False
    assert {(one["languageTag"], one["lack"]) for one in danish["types"]} == {
        ("en", "other_language")
    }


async def test_every_gap_is_named_with_its_reason(client: httpx.AsyncClient) -> None:
    await connect(client)
    await store(client, "fr", SignIn="<p>{{code}}</p>", Register="<p>no</p>", NewDevice="<p>N</p>")

    types = by_type(await language(client, "fr-CA"))

    assert [one for one in types if types[one]["lack"] is None] == [
        "SignIn",
        *NOTICES,
    ]
    assert (types["SignIn"]["origin"], types["SignIn"]["languageTag"]) == ("own", "fr")
    assert (types["PasswordChanged"]["origin"], types["NewDevice"]["origin"]) == ("prebuilt", "own")
    assert types["Register"]["lack"] == "unusable"
    assert "{{code}}" in types["Register"]["faults"][0]
    assert (types["BindMfa"]["origin"], types["BindMfa"]["lack"]) == ("connector", "other_language")
    assert types["OrganizationInvitation"]["lack"] == "unusable"
    assert {"templateId", "languageTag"} < set(types["Generic"])


async def test_without_a_connector_there_are_ones_own_words_and_the_notices(
    client: httpx.AsyncClient,
) -> None:
    await store(client, "fr", SignIn="<p>{{code}}</p>")

    types = by_type(await language(client, "fr"))

    assert {one for one in types if types[one]["lack"] is None} == {"SignIn", *NOTICES}
    assert types["Register"] == {
        "templateType": "Register",
        "origin": "none",
        "languageTag": None,
        "templateId": None,
        "lack": "no_words",
        "faults": [],
    }


BEFORE: dict[str, dict[str, str]] = {
    "nothing": {},
    "fallback": {"SignIn": "{{code}}", "NewDevice": "N", "OrganizationInvitation": "{{code}}"},
    "generic": {"Generic": "{{code}}", "BindMfa": "no"},
    "generic link": {"Generic": "{{link}}"},
}


@pytest.mark.parametrize("connector", ["logto-email", SMTP])
@pytest.mark.parametrize("before", BEFORE, ids=list(BEFORE))
async def test_what_is_said_of_a_language_is_what_its_mails_are(
    client: httpx.AsyncClient, connector: str, before: str
) -> None:
    await connect(client, connector)
    if BEFORE[before]:
        await store(client, "en", **BEFORE[before])
    await store(client, "fr", MfaVerification="{{code}}", SessionsEnded="{{code}}")

    for tag in ("fr", "da-DK", "en"):
        for kind, said in by_type(await language(client, tag)).items():
            wish = {"templateType": kind, "languageTag": tag}
            answer = await client.post("/api/email-templates/preview", json=wish)
            sent = answer.status_code == 200
            assert sent == (said["lack"] not in {"no_words", "unusable"}), (tag, said, answer.text)
            if sent:
                origin, _, rest = answer.json()["template"].partition(":")
                wanted = said["templateId"] or {"prebuilt": "builtin"}.get(
                    said["origin"], "connector"
                )
                assert origin == wanted, (tag, said)
                assert rest == said["languageTag"] or origin != "builtin", (tag, said)


async def test_a_language_that_lacks_words_goes_live_with_a_warning(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email")

    whole = await fall_back_on(client, "de")
    danish = await client.put("/api/custom-phrases/da-DK", json={})
    for_all = await fall_back_on(client, "da-DK")

    assert (whole.status_code, danish.status_code, for_all.status_code) == (200, 201, 200)
    assert "Carteiro-Warning" not in whole.headers
    assert "SignIn (other_language)" in danish.headers["Carteiro-Warning"]
    assert "da-DK is not complete" in for_all.headers["Carteiro-Warning"]


async def test_where_the_tenant_says_so_it_does_not_go_live(client: httpx.AsyncClient) -> None:
    await connect(client, "logto-email")
    await client.put("/api/custom-phrases/nb-NO", json={})
    settings = await client.patch("/api/delivery", json={"incompleteLanguages": "refuse"})

    norwegian = await fall_back_on(client, "nb-NO")
    danish = await client.put("/api/custom-phrases/da-DK", json={})

    assert settings.json()["incompleteLanguages"] == "refuse"
    for refused, tag in ((norwegian, "nb-NO"), (danish, "da-DK")):
        assert (refused.status_code, refused.json()["code"]) == (
            422,
            "localization.language_incomplete",
        )
        assert refused.json()["data"]["languageTag"] == tag
        assert len(refused.json()["data"]["types"]) == len(TemplateType)
    now = (await client.get("/api/sign-in-exp")).json()["languageInfo"]["fallbackLanguage"]
    live = [one["languageTag"] for one in (await client.get("/api/custom-phrases")).json()]
    assert (now, live) == ("en", ["nb-NO"])
    assert (await fall_back_on(client, "fr")).status_code == 200


async def test_a_language_that_was_live_before_stays_and_is_changed(
    client: httpx.AsyncClient,
) -> None:
    await connect(client, "logto-email")
    await client.put("/api/custom-phrases/da-DK", json={})
    await client.patch("/api/delivery", json={"incompleteLanguages": "refuse"})

    again = await client.put("/api/custom-phrases/da-DK", json={})
    other = await client.patch("/api/sign-in-exp", json={"customCss": "a{}"})

    assert (again.status_code, other.status_code) == (201, 200)


async def test_a_copy_of_the_prebuilt_mails_makes_a_language_complete(
    client: httpx.AsyncClient,
) -> None:
    await connect(client)
    await client.patch("/api/delivery", json={"incompleteLanguages": "refuse"})
    await store(client, "da-DK", SignIn="<p>Kode: {{code}}</p>")

    first = await copy(client, "da-DK")
    again = await copy(client, "da-DK")
    live = await client.put("/api/custom-phrases/da-DK", json={})

    assert first["kept"] == ["SignIn"]
    assert set(first["stored"]) == set(TemplateType) - {"SignIn"}
    assert (again["stored"], len(again["kept"])) == ([], len(TemplateType))
    assert (await language(client, "da-DK"))["isComplete"] is True
    assert live.status_code == 201
    stored = (await client.get("/api/email-templates?languageTag=da-DK&templateType=SignIn")).json()
    assert stored[0]["details"]["content"] == "<p>Kode: {{code}}</p>"


async def test_a_copy_of_another_language_is_its_words(client: httpx.AsyncClient) -> None:
    await store(client, "fr", SignIn="<p>{{code}}</p>", Generic="<p>G {{code}}</p>")
    await store(client, "fr-CA", SignIn="<p>old {{code}}</p>")

    some = await copy(client, "fr-CA", source="fr", templateTypes=["Generic", "BindMfa"])
    over = await copy(client, "fr-CA", source="fr", replace=True)
    none = await copy(client, "fr-CA", 404, source="xx")

    assert some == {"stored": ["Generic"], "kept": [], "without": ["BindMfa"]}
    assert (over["stored"], over["kept"]) == (["SignIn", "Generic"], [])
    assert none["code"] == "entity.not_found"
    stored = (await client.get("/api/email-templates?languageTag=fr-CA")).json()
    assert {one["details"]["content"] for one in stored} == {"<p>{{code}}</p>", "<p>G {{code}}</p>"}


async def test_two_copies_at_once_store_each_template_once(client: httpx.AsyncClient) -> None:
    both = await asyncio.gather(*(copy(client, "it") for _ in range(2)))

    counts = sorted(len(one["stored"]) for one in both)
    assert counts == [0, len(TemplateType)]
    stored = (await client.get("/api/email-templates?languageTag=it")).json()
    assert len(stored) == len(TemplateType)


@pytest.mark.parametrize("tag", builtin.LANGUAGES)
@pytest.mark.parametrize("kind", list(TemplateType))
def test_what_is_copied_passes_the_lint_as_a_template_of_ones_own(
    tag: str, kind: TemplateType
) -> None:
    source: TemplateSource = builtin.source(kind, tag)

    findings = check(source, kind)

    assert [one for one in findings if one.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("rule", ["warn", "refuse"])
async def test_a_configuration_that_brings_a_language_is_held_to_the_same(
    client: httpx.AsyncClient, app: Any, rule: str
) -> None:
    await connect(client, "logto-email")
    await client.patch("/api/delivery", json={"incompleteLanguages": rule})
    world = app.state.world
    before = await snapshot_of(world, "default")
    details = {"subject": "S", "content": "{{code}}"}
    wanted = replace(
        before, languages={"da-DK": {}}, templates={("da-DK", "SignIn"): details}, sources={}
    )

    if rule == "refuse":
        for do in (compare, apply):
            with pytest.raises(LanguageIncomplete):
                await do(world, "default", wanted, prune=False)
        assert await snapshot_of(world, "default") == before
    else:
        planned = await compare(world, "default", wanted, prune=False)
        done = await apply(world, "default", wanted, prune=False)
        assert "da-DK is not complete" in planned.warnings[0]
        assert done.warnings == planned.warnings


async def every_language(client: httpx.AsyncClient, query: str = "") -> list[Json]:
    answer = await client.get(f"/api/mail-languages{query}")
    assert answer.status_code == 200, answer.text
    shown: list[Json] = answer.json()
    return shown


async def test_all_languages_are_told_with_what_each_one_lacks(client: httpx.AsyncClient) -> None:
    await connect(client)
    await client.put("/api/custom-phrases/pt-PT", json={})
    told = dict.fromkeys(NOTICES, "It is another one.")
    await store(client, "da", **{**dict.fromkeys(TemplateType, "{{code}} {{link}}"), **told})
    await store(client, "fr", SignIn="{{code}}", Register="no code")
    made = await client.post("/api/organizations", json={"name": "Globex"})
    swedish = {"languageTag": "sv", "templateType": "SignIn", "details": WORDS}
    own = f"/api/overrides/organizations/{made.json()['id']}/templates"
    assert (await client.put(own, json={"templates": [swedish]})).is_success

    shown = await every_language(client)

    assert [one["languageTag"] for one in shown] == ["da", "en", "fr", "pt-PT"]
    alone = [await language(client, one["languageTag"]) for one in shown]
    assert [one["isComplete"] for one in shown] == [one["isComplete"] for one in alone]
    assert [one["lacking"] for one in shown] == [
        [kind for kind in one["types"] if kind["lack"]] for one in alone
    ]
    assert shown[0]["lacking"] == []
    french = {one["templateType"]: one["lack"] for one in shown[2]["lacking"]}
    assert french["Register"] == "unusable"
    assert "SignIn" not in french


async def test_languages_come_in_pages(client: httpx.AsyncClient) -> None:
    await connect(client)
    for tag in ("aa", "ab", "ac"):
        await store(client, tag, SignIn="{{code}}")

    answer = await client.get("/api/mail-languages?page=2&page_size=2")

    assert answer.headers["Total-Number"] == "4"
    assert [one["languageTag"] for one in answer.json()] == ["ac", "en"]
    assert (await client.get("/api/mail-languages?page_size=101")).status_code == 400


@pytest.mark.parametrize(
    ("cap", "looked"), [("MOST_READ", [True, False, False]), ("LONGEST_LOOK", [False] * 3)]
)
async def test_what_would_take_too_long_is_left_out_and_told(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, cap: str, looked: list[bool]
) -> None:
    await connect(client)
    for tag in ("aa", "ab"):
        await store(client, tag, SignIn="{{code}}")
    monkeypatch.setattr(completeness, cap, 1 if cap == "MOST_READ" else -1.0)

    shown = await every_language(client)

    assert [one["isComplete"] is not None for one in shown] == looked
    assert (await language(client, "ab"))["isComplete"] is False
