"""The words of an organization or an application have drafts and a history, as the tenant's have."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carteiro.flows.administer.configuration.folder import from_files, to_files
from carteiro.flows.administer.configuration.plan import IMPORTED, apply, snapshot_of
from carteiro.flows.administer.mail import template_sets
from carteiro.flows.administer.mail.revisions import get_history, get_revision
from carteiro.flows.administer.mail.templates import list_templates, put_templates
from carteiro.flows.world import World
from override_parts import T, draft, organization
from revision_parts import connect, get, numbers, post, smtp, taking, words


async def owner(client: httpx.AsyncClient, kind: str = "organization") -> str:
    """The path of the override of somebody new."""
    body = {"name": "Globex", **({"type": "Traditional"} if kind == "application" else {})}
    made = await post(client, f"/{kind}s", **body)
    return f"/overrides/{kind}s/{made['id']}"


async def put(client: httpx.AsyncClient, path: str, details: dict[str, Any]) -> str:
    """The id of an owner's template that has these words now."""
    template = {"languageTag": "en", "templateType": "Generic", "details": details}
    answer = await client.put(f"/api{path}/templates", json={"templates": [template]})
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()[0]["id"]
    return id_


async def shown(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> int:
    return (await client.request(method, f"/api{path}", json=body)).status_code


@pytest.mark.parametrize("kind", ["organization", "application"])
async def test_what_was_live_comes_back_with_who_published_it_and_why(
    client: httpx.AsyncClient, kind: str
) -> None:
    path = await owner(client, kind)
    body = {"languageTag": "en", "templateType": "Generic", "details": words("One {{code}}")}
    drafted = await post(client, f"{path}/template-drafts", **body, note="First.")
    unseen = await shown(client, "GET", path)
    one = f"{path}/templates/{drafted['id']}"
    await post(client, f"{one}/draft/publish")
    await put(client, path, words("Two {{code}}"))
    compared = await get(client, f"{one}/diff?from=1&to=live")
    await client.delete(f"/api{one}")
    gone = await get(client, f"{path}/templates")

    back = await post(client, f"{one}/revisions/1/restore", note="Two was bad.")

    assert (unseen, gone) == (404, [])
    assert back["details"] == words("One {{code}}")
    assert await get(client, f"{path}/templates") == [await get(client, one)] == [back]
    assert await numbers(client, one) == [
        (4, "restored"),
        (3, "deleted"),
        (2, "published"),
        (1, "published"),
    ]
    newest, *_, first = await get(client, f"{one}/revisions")
    assert (newest["note"], newest["restores"], newest["isLive"]) == ("Two was bad.", 1, True)
    assert first["note"] == "First."
    assert first["author"]["applicationId"] is not None
    [subject] = compared["changes"]
    assert [piece["text"] for piece in subject["pieces"] if piece["kind"] != "same"] == [
        "One",
        "Two",
    ]
    assert await get(client, "/email-template-histories") == []


async def test_the_history_outlives_the_override_and_brings_it_back(
    client: httpx.AsyncClient,
) -> None:
    path = await owner(client)
    id_ = await put(client, path, words("Kept {{code}}"))
    await client.delete(f"/api{path}")
    without = await shown(client, "GET", path)
    listed = await get(client, f"{path}/template-histories")

    await post(client, f"{path}/templates/{id_}/revisions/1/restore")

    assert without == 404
    assert [(one["id"], one["liveRevision"]) for one in listed] == [(id_, None)]
    assert (await get(client, path))["ownerId"] == path.rpartition("/")[2]
    assert [one["id"] for one in await get(client, f"{path}/templates")] == [id_]
    await client.delete(f"/api/organizations/{path.rpartition('/')[2]}")
    assert await shown(client, "GET", f"{path}/templates/{id_}/revisions") == 404


async def test_whoevers_it_is_not_sees_and_changes_nothing_of_it(
    client: httpx.AsyncClient,
) -> None:
    mine, other = await owner(client), await owner(client)
    id_ = await put(client, mine, words("Mine {{code}}"))
    await put(client, other, words("Other {{code}}"))
    await client.put(f"/api{mine}/templates/{id_}/draft", json={"details": words("Draft")})

    answers = {
        (await shown(client, method, f"{root}templates/{id_}{path}", **body))
        for root in ("/email-", f"{other}/")
        for method, path, body in (
            ("GET", "", {}),
            ("GET", "/revisions", {}),
            ("GET", "/revisions/1", {}),
            ("GET", "/diff", {}),
            ("GET", "/draft", {}),
            ("PUT", "/draft", {"details": words("Theirs")}),
            ("POST", "/draft/publish", {}),
            ("POST", "/revisions/1/restore", {}),
            ("DELETE", "/draft", {}),
            ("DELETE", "", {}),
        )
    }

    assert answers == {404}
    one = f"{mine}/templates/{id_}"
    assert await numbers(client, one) == [(1, "published")]
    assert (await get(client, f"{one}/draft"))["details"] == words("Draft")


async def test_nobody_who_is_not_there_gets_a_draft(client: httpx.AsyncClient) -> None:
    body = {"languageTag": "en", "templateType": "Generic", "details": words()}
    path = "/overrides/organizations/nope"

    assert await shown(client, "POST", f"{path}/template-drafts", **body) == 404
    assert await shown(client, "POST", f"{path}/template-drafts/publish", ids=["x"]) == 404


async def test_who_saw_something_else_restores_and_deletes_nothing(
    client: httpx.AsyncClient,
) -> None:
    path = await owner(client)
    id_ = await put(client, path, words("A"))
    one = f"/api{path}/templates/{id_}"
    late = {"If-Match": (await client.get(one)).headers["ETag"]}
    await put(client, path, words("B"))
    fits = {"If-Match": (await client.get(one)).headers["ETag"]}

    refused = [
        (await client.post(f"{one}/revisions/1/restore", json={}, headers=late)).status_code,
        (await client.delete(one, headers=late)).status_code,
    ]
    done = await client.post(f"{one}/revisions/1/restore", json={}, headers=fits)

    assert (refused, done.status_code) == ([412, 412], 200)
    assert done.headers["ETag"] == (await client.get(one)).headers["ETag"]


async def test_a_timeline_names_the_revision_of_an_overrides_words(
    client: httpx.AsyncClient,
) -> None:
    path = await owner(client)
    asked = {"email": "ana@example.com", "organizationId": path.rpartition("/")[2]}
    async with taking() as sink:
        await connect(client, smtp(sink))
        id_ = await put(client, path, words("One {{code}}"))
        await client.post("/api/verification-codes", json=asked)
        await put(client, path, words("Two {{code}}"))
        await client.post("/api/verification-codes", json=asked)
        await post(client, f"{path}/templates/{id_}/revisions/1/restore")
        await client.post("/api/verification-codes", json=asked)

    rows = await get(client, "/messages")
    timelines = [await get(client, f"/messages/{row['id']}") for row in reversed(rows)]
    made = [
        (one["templateRevision"], entry["template"], entry["templateRevision"])
        for one in timelines
        for entry in one["timeline"]
        if entry["event"] == "attempt"
    ]
    assert made == [(n, f"{id_}:exact", n) for n in (1, 2, 3)]
    subjects = [mail.message["Subject"].split()[0] for mail in sink.received]
    assert subjects == ["One", "Two", "One"]


async def test_a_draft_is_previewed_as_a_mail_of_whoevers_it_is(client: httpx.AsyncClient) -> None:
    path, other = await owner(client), await owner(client)
    asked = {"templateType": "SignIn", "organizationId": other.rpartition("/")[2]}
    async with taking() as sink:
        await connect(client, smtp(sink))
        await client.put(f"/api{path}", json={"fromName": "Mail of theirs"})
        id_ = await put(client, path, words("Live {{code}}"))
        drafted = words("Draft {{code}} {{organization.name}}")
        await client.put(f"/api{path}/templates/{id_}/draft", json={"details": drafted})
        seen = await post(client, "/email-templates/preview", templateType="SignIn", draftOf=id_)

    assert seen["subject"].startswith("Draft ")
    assert "Mail of theirs" in str(seen["sender"])
    assert "Globex" not in seen["subject"], "who asks may not read organizations"
    answer = await client.post("/api/email-templates/preview", json={**asked, "draftOf": id_})
    assert answer.status_code == 400, "the draft is of another organization"


async def test_an_owner_has_so_many_templates_and_drafts_and_no_more(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(template_sets, "MAX_TEMPLATES", 2)
    path = await owner(client)
    id_ = await put(client, path, words())

    def body(tag: str) -> dict[str, Any]:
        return {"languageTag": tag, "templateType": "Generic", "details": words()}

    kept = await shown(client, "POST", f"{path}/template-drafts", **body("fr"))
    refused = [
        await shown(client, "POST", f"{path}/template-drafts", **body("de")),
        await shown(client, "PUT", f"{path}/templates", templates=[body("de")]),
    ]
    await client.delete(f"/api{path}/templates/{id_}")
    room = await shown(client, "POST", f"{path}/template-drafts", **body("de"))
    back = await shown(client, "POST", f"{path}/templates/{id_}/revisions/1/restore")

    assert (kept, refused, room, back) == (201, [400, 400], 201, 400)
    histories = await get(client, f"{path}/template-histories")
    assert sorted(one["languageTag"] for one in histories) == ["de", "en", "fr"]


async def test_an_import_publishes_and_what_it_takes_away_stays_in_the_history(
    world: World,
) -> None:
    one = await organization(world)
    (row,) = await put_templates(world, T, [draft("Before")], owner=one)
    files = to_files(await snapshot_of(world, T))
    bare = {path: text for path, text in files.items() if not path.startswith("overrides/")}
    name = next(path for path in files if path.endswith("en/SignIn.html"))

    changed = {**files, name: files[name].replace("Before", "After")}
    await apply(world, T, from_files(changed), prune=True)
    (live,) = await list_templates(world, T, owner=one)
    await apply(world, T, from_files(bare), prune=True)

    history = await get_history(world, T, row.id, None, owner=one)
    _, second = await get_revision(world, T, row.id, 2, owner=one)
    assert (live.id, live.revision) == (row.id, 2)
    assert "After" in str(second.details)
    assert [(it.number, it.deleted, it.note) for it in history.revisions.rows] == [
        (3, True, IMPORTED),
        (2, False, IMPORTED),
        (1, False, None),
    ]
    assert (await snapshot_of(world, T)).owners == set()
