"""Templates cannot go wrong for good: drafts, history, differences and the way back."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from carteiro.flows.administer.mail.templates import list_templates
from carteiro.runtime.maintenance import tidy
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.clock import FrozenClock
from revision_parts import get, numbers, post, put, words

DAY = 86_400_000


async def test_every_change_by_the_compatible_routes_is_a_revision(
    client: httpx.AsyncClient,
) -> None:
    id_ = await put(client, words("A"))
    await put(client, words("B"))
    await client.patch(f"/api/email-templates/{id_}/details", json={"subject": "C"})
    await client.delete(f"/api/email-templates/{id_}")
    again = await put(client, words("D"))
    await client.delete("/api/email-templates?languageTag=en")

    assert again == id_
    assert await numbers(client, f"/email-templates/{id_}") == [
        (6, "deleted"),
        (5, "published"),
        (4, "deleted"),
        (3, "published"),
        (2, "published"),
        (1, "published"),
    ]
    third = await get(client, f"/email-templates/{id_}/revisions/3")
    assert third["details"] == words("C")
    gone = await get(client, f"/email-templates/{id_}/revisions/4")
    assert (gone["details"], gone["isLive"]) == (None, False)


async def test_what_is_the_same_makes_no_revision(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words("A"))
    await put(client, words("A"))
    await client.patch(f"/api/email-templates/{id_}/details", json={"subject": "A"})

    assert await numbers(client, f"/email-templates/{id_}") == [(1, "published")]


async def test_a_deleted_template_is_gone_for_compatible_clients(
    client: httpx.AsyncClient,
) -> None:
    id_ = await put(client, words("A"))
    await client.delete(f"/api/email-templates/{id_}")

    assert await get(client, "/email-templates") == []
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "/details", {"subject": "X"}),
    ):
        answer = await client.request(method, f"/api/email-templates/{id_}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_exists_with_id")
    assert (await client.delete("/api/email-templates?languageTag=en")).json() == {"rowCount": 0}


async def test_a_draft_is_seen_by_nobody_until_it_is_published(client: httpx.AsyncClient) -> None:
    body = {"languageTag": "fr", "templateType": "SignIn", "details": words("Brouillon")}
    draft = await post(client, "/email-template-drafts", **body, note="First try.")
    path = f"/email-templates/{draft['id']}"

    before = await get(client, "/email-templates")
    missing = (await client.get(f"/api{path}")).status_code
    live = await post(client, f"{path}/draft/publish")

    assert (before, missing) == ([], 404)
    assert (draft["basedOn"], draft["isOutdated"], draft["note"]) == (0, False, "First try.")
    assert (live["id"], live["details"]) == (draft["id"], words("Brouillon"))
    assert await get(client, "/email-templates") == [live]
    assert (await client.get(f"/api{path}/draft")).status_code == 404
    (first,) = await get(client, f"{path}/revisions")
    assert (first["note"], first["isLive"]) == ("First try.", True)
    assert first["author"]["applicationId"] is not None


async def test_a_dropped_draft_of_what_was_never_live_leaves_nothing(
    client: httpx.AsyncClient,
) -> None:
    body = {"languageTag": "fr", "templateType": "SignIn", "details": words()}
    draft = await post(client, "/email-template-drafts", **body)

    dropped = await client.delete(f"/api/email-templates/{draft['id']}/draft")

    assert dropped.status_code == 204
    assert await get(client, "/email-template-histories") == []


async def test_a_draft_does_not_undo_what_was_published_since(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words("A"))
    path = f"/email-templates/{id_}/draft"
    await client.put(f"/api{path}", json={"details": words("Mine")})
    await put(client, words("Theirs"))

    refused = await client.post(f"/api{path}/publish", json={})
    outdated = (await get(client, path))["isOutdated"]
    await client.put(f"/api{path}", json={"details": words("Both")})
    live = await post(client, f"{path}/publish", note="Agreed.")

    assert (refused.status_code, refused.json()["code"]) == (409, "revision.draft_outdated")
    assert outdated is True
    assert live["details"]["subject"] == "Both"
    newest = (await get(client, f"/email-templates/{id_}/revisions"))[0]
    assert (newest["number"], newest["note"]) == (3, "Agreed.")


async def test_one_step_leads_back_also_from_a_deletion(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words("Good"))
    await put(client, words("Bad"))
    await client.delete(f"/api/email-templates/{id_}")

    back = await post(client, f"/email-templates/{id_}/revisions/1/restore", note="Bad was bad.")

    assert (back["id"], back["details"]["subject"]) == (id_, "Good")
    assert await get(client, "/email-templates") == [back]
    newest = (await get(client, f"/email-templates/{id_}/revisions"))[0]
    assert (newest["number"], newest["event"], newest["restores"]) == (4, "restored", 1)
    assert newest["note"] == "Bad was bad."


@pytest.mark.parametrize(("number", "status"), [("3", 400), ("9", 404), ("0", 400), ("x", 400)])
async def test_only_words_that_are_kept_come_back(
    client: httpx.AsyncClient, number: str, status: int
) -> None:
    id_ = await put(client, words("A"))
    await put(client, words("B"))
    await client.delete(f"/api/email-templates/{id_}")

    answer = await client.post(f"/api/email-templates/{id_}/revisions/{number}/restore", json={})

    assert answer.status_code == status, answer.text
    assert await get(client, "/email-templates") == []


async def test_a_language_is_published_at_once_or_not_at_all(client: httpx.AsyncClient) -> None:
    drafts = [
        await post(
            client,
            "/email-template-drafts",
            languageTag="fr",
            templateType=kind,
            details=words(kind),
        )
        for kind in ("SignIn", "Register", "Generic")
    ]
    ids = [draft["id"] for draft in drafts]
    without = await put(client, words(), tag="de")

    refused = await client.post("/api/email-template-drafts/publish", json={"ids": [*ids, without]})
    none = await get(client, "/email-templates?languageTag=fr")
    rows = await post(client, "/email-template-drafts/publish", ids=ids, note="French.")

    assert (refused.status_code, none) == (404, [])
    assert {row["id"] for row in rows} == set(ids)
    assert len(await get(client, "/email-templates?languageTag=fr")) == 3


async def test_who_saw_something_else_publishes_and_restores_nothing(
    client: httpx.AsyncClient,
) -> None:
    id_ = await put(client, words("A"))
    await put(client, words("B"))
    path = f"/api/email-templates/{id_}"
    await client.put(f"{path}/draft", json={"details": words("C")})
    draft, shown = await client.get(f"{path}/draft"), await client.get(path)
    stale = {"If-Match": '"of-another-time"'}
    fits = {"If-Match": draft.headers["ETag"]}

    refused = [
        (await client.post(f"{path}/draft/publish", json={}, headers=stale)).status_code,
        (await client.post(f"{path}/revisions/1/restore", json={}, headers=stale)).status_code,
        (
            await client.put(f"{path}/draft", json={"details": words("D")}, headers=stale)
        ).status_code,
    ]
    unchanged = (await client.get(path)).content == shown.content
    published = await client.post(f"{path}/draft/publish", json={}, headers=fits)
    late = {"If-Match": shown.headers["ETag"]}
    restored = await client.post(f"{path}/revisions/1/restore", json={}, headers=late)
    again = {"If-Match": (await client.get(path)).headers["ETag"]}
    done = await client.post(f"{path}/revisions/1/restore", json={}, headers=again)

    assert refused == [412, 412, 412]
    assert unchanged
    assert (published.status_code, restored.status_code, done.status_code) == (200, 412, 200)
    assert done.headers["ETag"] == (await client.get(path)).headers["ETag"]


async def test_of_many_who_publish_at_once_each_has_a_revision(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words("0"))

    answers = await asyncio.gather(
        *(
            client.patch(f"/api/email-templates/{id_}/details", json={"subject": f"{n}"})
            for n in range(1, 9)
        )
    )

    assert {answer.status_code for answer in answers} == {200}
    rows = await get(client, f"/email-templates/{id_}/revisions")
    assert [row["number"] for row in rows] == list(range(9, 0, -1))
    live = (await get(client, f"/email-templates/{id_}"))["details"]
    newest = await get(client, f"/email-templates/{id_}/revisions/9")
    assert (newest["details"], newest["isLive"]) == (live, True)


async def test_as_many_revisions_are_kept_as_the_settings_say(settings: Settings) -> None:
    from carteiro.flows.administer.mail.revisions import get_history, get_revision, save_draft
    from carteiro.flows.administer.mail.templates import Draft, put_templates
    from carteiro.model.kinds import TemplateType

    async with open_world(settings.model_copy(update={"revisions_kept": 3})) as world:
        for n in range(6):
            draft = Draft(
                language_tag="en", template_type=TemplateType.SIGN_IN, details=words(str(n))
            )
            (row,) = await put_templates(world, "default", [draft])
            await save_draft(world, "default", row.id, words("draft"))

        history = await get_history(world, "default", row.id, None)
        _, oldest = await get_revision(world, "default", row.id, 4)

        assert [one.number for one in history.revisions.rows] == [6, 5, 4]
        assert '"3"' in str(oldest.details)
        assert row.revision == 6


async def test_what_was_deleted_is_forgotten_when_the_audit_log_forgets_it(
    settings: Settings,
) -> None:
    from carteiro.flows.administer.mail.revisions import list_histories, save_draft
    from carteiro.flows.administer.mail.templates import Draft, delete_template, put_templates
    from carteiro.model.kinds import TemplateType

    clock = FrozenClock()
    async with open_world(settings, clock) as world:
        rows = [
            (
                await put_templates(
                    world,
                    "default",
                    [Draft(language_tag=tag, template_type=TemplateType.SIGN_IN, details=words())],
                )
            )[0]
            for tag in ("de", "en", "fr", "it")
        ]
        for row in rows[1:]:
            await delete_template(world, "default", row.id)
        await save_draft(world, "default", rows[1].id, words())
        await tidy(world)
        kept = await list_histories(world, "default", None)

        clock.advance(milliseconds=91 * DAY)
        await tidy(world)

        left = await list_histories(world, "default", None)
        assert [row.language_tag for row in kept.rows] == ["de", "en", "fr", "it"]
        assert [row.language_tag for row in left.rows] == ["de", "en"]
        live = await list_templates(world, "default", language_tag=None, template_type=None)
        assert [row.language_tag for row in live] == ["de"]


async def test_differences_are_told_in_words(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words("Your code", "Your code is {{code}}."))
    await client.put(
        f"/api/email-templates/{id_}/draft",
        json={
            "details": words("Your code", "Your code for today is {{code}}!", replyTo="a@b.test")
        },
    )

    found = await get(client, f"/email-templates/{id_}/diff")

    assert (found["from"], found["to"], found["omittedFields"]) == ("live", "draft", 0)
    content, reply = found["changes"]
    assert (content["field"], reply["field"]) == ("content", "replyTo")
    assert [(one["kind"], one["text"]) for one in content["pieces"]] == [
        ("same", "Your code "),
        ("added", "for today "),
        ("same", "is {{code}}"),
        ("removed", "."),
        ("added", "!"),
    ]
    assert [(one["kind"], one["text"]) for one in reply["pieces"]] == [("added", "a@b.test")]


HOSTILE: dict[str, str] = {
    "markup": "<script>alert(1)</script>",
    "turned-around": "code \u202e\u2066{{code}}\u2069",
    "unseen": "co\u200bde\u00ad \u00a0 {{code}}\x07\x1b[2J",
    "one-long-word": "x" * 400_000,
    "many-lines": "a\n" * 200_000,
    "all-words": " ".join(map(str, range(80_000))),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_difference_is_bounded_and_hides_nothing(
    client: httpx.AsyncClient, name: str
) -> None:
    id_ = await put(client, words("S", "{{code}} plain"))
    await put(client, words("S", HOSTILE[name]))

    answer = await client.get(f"/api/email-templates/{id_}/diff?from=1&to=2")

    assert answer.status_code == 200
    assert len(answer.content) < 200_000
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    shown = "".join(one["text"] for one in answer.json()["changes"][0]["pieces"])
    assert not set(shown) & set("\u202e\u2066\u2069\u200b\u00ad\u00a0\x07\x1b")
    marks = {"turned-around": "⟨U+202E⟩", "unseen": "⟨U+001B⟩"}
    assert marks.get(name, "") in shown


async def refused(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(f"/api{path}")).status_code


async def test_what_is_no_side_is_refused(client: httpx.AsyncClient) -> None:
    id_ = await put(client, words())
    path = f"/email-templates/{id_}/diff"

    assert await refused(client, f"{path}?from=1&to=2") == 404
    assert await refused(client, path) == 404, "there is no draft"
    for side in ("0", "-1", "x", "99999999999999", "1%20", "live%00"):
        assert await refused(client, f"{path}?from={side}&to=1") == 400, side
