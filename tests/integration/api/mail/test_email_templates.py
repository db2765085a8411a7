"""`/api/email-templates`: cases 112 to 118 of the wire's description."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def template(tag: str = "en", kind: str = "SignIn", **details: Any) -> dict[str, Any]:
    words = {"subject": "S", "content": "{{code}}", **details}
    return {"languageTag": tag, "templateType": kind, "details": words}


async def put(client: httpx.AsyncClient, *templates: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.put("/api/email-templates", json={"templates": list(templates)})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


async def test_templates_are_created_in_request_order(client: httpx.AsyncClient) -> None:  # 112
    rows = await put(client, template("pt-BR"), template("en", contentType="text/plain"))

    assert [row["languageTag"] for row in rows] == ["pt-BR", "en"]
    assert set(rows[0]) == {"tenantId", "id", "languageTag", "templateType", "details", "createdAt"}
    assert rows[0]["tenantId"] == "default"
    assert len(rows[0]["id"]) == 21
    assert rows[1]["details"]["contentType"] == "text/plain"


async def test_put_replaces_details_and_keeps_the_id(client: httpx.AsyncClient) -> None:  # 113
    first = (await put(client, template(replyTo="a@b.test")))[0]
    second = (await put(client, template(subject="New")))[0]

    assert (second["id"], second["createdAt"]) == (first["id"], first["createdAt"])
    assert second["details"] == {"subject": "New", "content": "{{code}}"}


async def test_of_duplicates_in_a_request_the_later_wins(client: httpx.AsyncClient) -> None:
    rows = await put(client, template(subject="A"), template(subject="B"))

    assert {row["details"]["subject"] for row in rows} == {"B"}


async def test_the_list_is_ordered_and_filtered(client: httpx.AsyncClient) -> None:  # 114
    await put(client, template("fr"), template("en", "Register"), template("en", "Generic"))

    everything = (await client.get("/api/email-templates")).json()
    english = (await client.get("/api/email-templates?languageTag=en")).json()
    both = (await client.get("/api/email-templates?languageTag=en&templateType=Generic")).json()
    none = (await client.get("/api/email-templates?languageTag=EN")).json()

    order = [(row["languageTag"], row["templateType"]) for row in everything]
    assert order == [("en", "Generic"), ("en", "Register"), ("fr", "SignIn")]
    assert (len(english), len(both), none) == (2, 1, [])


async def test_an_unknown_type_in_a_filter_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/email-templates?templateType=Nope")

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


async def test_one_template_is_read_or_404(client: httpx.AsyncClient) -> None:  # 115
    row = (await put(client, template()))[0]

    assert (await client.get(f"/api/email-templates/{row['id']}")).json() == row
    missing = await client.get("/api/email-templates/nope")
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_exists_with_id")


async def test_patch_merges_one_level(client: httpx.AsyncClient) -> None:  # 116
    row = (await put(client, template(replyTo="a@b.test")))[0]
    path = f"/api/email-templates/{row['id']}/details"

    answer = await client.patch(path, json={"subject": "New", "unknown": 1})
    unchanged = await client.patch(path, json={})
    missing = await client.patch("/api/email-templates/nope/details", json={"subject": "x"})

    expected = {"subject": "New", "content": "{{code}}", "replyTo": "a@b.test"}
    assert answer.json()["details"] == expected
    assert unchanged.json()["details"] == expected
    assert missing.status_code == 404


async def test_a_template_is_deleted_once(client: httpx.AsyncClient) -> None:
    row = (await put(client, template()))[0]

    first = await client.delete(f"/api/email-templates/{row['id']}")
    second = await client.delete(f"/api/email-templates/{row['id']}")

    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()["code"]) == (404, "entity.not_exists_with_id")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("languageTag=en", 2),
        ("templateType=SignIn", 2),
        ("languageTag=en&templateType=SignIn", 1),
        ("languageTag=xx", 0),
    ],
)  # 117
async def test_bulk_delete_counts(client: httpx.AsyncClient, query: str, count: int) -> None:
    await put(client, template("en"), template("fr"), template("en", "Generic"))

    answer = await client.delete(f"/api/email-templates?{query}")

    assert (answer.status_code, answer.json()) == (200, {"rowCount": count})


async def test_bulk_delete_without_a_filter_is_refused(client: httpx.AsyncClient) -> None:  # 118
    answer = await client.delete("/api/email-templates")

    code = "connector.email_connector.bulk_deletion_no_filter"
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ["templates"]),
        ({"templates": []}, ["templates"]),
        ({"templates": [{}]}, ["templates", 0, "languageTag"]),
        ({"templates": [template("x" * 17)]}, ["templates", 0, "languageTag"]),
        ({"templates": [template("")]}, ["templates", 0, "languageTag"]),
        ({"templates": [template(kind="Test")]}, ["templates", 0, "templateType"]),
        ({"templates": [template(subject=1)]}, ["templates", 0, "details", "subject"]),
        ({"templates": [template(contentType="a/b")]}, ["templates", 0, "details", "contentType"]),
        ({"templates": [template(replyTo=None)]}, ["templates", 0, "details", "replyTo"]),
    ],
)
async def test_a_bad_template_is_refused_at_its_path(
    client: httpx.AsyncClient, body: dict[str, Any], path: list[Any]
) -> None:
    answer = await client.put("/api/email-templates", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert answer.json()["data"]["issues"][0]["path"] == path
    assert (await client.get("/api/email-templates")).json() == []


async def test_any_tag_of_sixteen_characters_is_taken(client: httpx.AsyncClient) -> None:
    rows = await put(client, template("not-a-language!"))

    assert rows[0]["languageTag"] == "not-a-language!"
