"""`/api/users` (§2.8 of the wire's description)."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import argon2
import bcrypt
import httpx
import pytest

FIELDS = {
    "id",
    "username",
    "primaryEmail",
    "primaryPhone",
    "name",
    "avatar",
    "customData",
    "identities",
    "lastSignInAt",
    "createdAt",
    "updatedAt",
    "profile",
    "applicationId",
    "cimdClientId",
    "isSuspended",
    "hasPassword",
}


async def create(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    answer = await client.post("/api/users", json=members)
    assert answer.status_code == 200, answer.text
    user: dict[str, Any] = answer.json()
    return user


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_person_is_created_with_every_member_of_the_wire(client: httpx.AsyncClient) -> None:
    user = await create(
        client,
        primaryEmail="Ana@Example.com",
        customData={"a": [1]},
        profile={"nickname": "A", "x": 1},
    )

    assert set(user) == FIELDS
    assert (len(user["id"]), user["primaryEmail"]) == (12, "Ana@Example.com")
    assert (user["username"], user["isSuspended"], user["hasPassword"]) == (None, False, False)
    assert (user["customData"], user["identities"]) == ({"a": [1]}, {})
    assert user["profile"] == {"nickname": "A"}
    assert (await client.get(f"/api/users/{user['id']}")).json() == user
    with_sso = await client.get(f"/api/users/{user['id']}?includeSsoIdentities=true")
    assert with_sso.json() == {**user, "ssoIdentities": []}


@pytest.mark.parametrize(
    "body",
    [
        {"primaryEmail": "nobody"},
        {"primaryEmail": "a@b.c, d@e.f"},
        {"primaryPhone": "+49"},
        {"primaryPhone": "٣"},
        {"username": "1ana"},
        {"username": "an a"},
        {"username": "ána"},
        {"password": ""},
        {"avatar": "no url"},
        {"name": "n" * 129},
        {"customData": []},
        {"profile": {"nickname": 1}},
        {"passwordDigest": "x" * 257, "passwordAlgorithm": "MD5"},
        {"passwordDigest": "x", "passwordAlgorithm": "Rot13"},
        {"passwordDigest": "x", "passwordAlgorithm": "Legacy"},
        {"username": None},
    ],
)
async def test_a_bad_member_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert refused(await client.post("/api/users", json=body)) == (400, "guard.invalid_input")


@pytest.mark.parametrize("member", ["username", "primaryEmail", "primaryPhone"])
async def test_what_overflows_its_column_is_422(client: httpx.AsyncClient, member: str) -> None:
    long = {
        "username": "a" * 129,
        "primaryEmail": "a@" + "b" * 130 + ".c",
        "primaryPhone": "1" * 129,
    }

    answer = await client.post("/api/users", json={member: long[member]})

    assert refused(answer) == (422, "entity.value_too_long")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "ana", "primaryEmail": "ANA@example.com"}, "user.username_already_in_use"),
        (
            {"primaryEmail": "ANA@example.com", "primaryPhone": "4915112345678"},
            "user.email_already_in_use",
        ),
        ({"primaryPhone": "4915112345678"}, "user.phone_already_in_use"),
        ({"password": "x", "passwordDigest": "y"}, "user.password_and_digest"),
        ({"passwordDigest": "y"}, "user.password_algorithm_required"),
    ],
)
async def test_collisions_are_told_in_the_wires_order(
    client: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    await create(
        client, username="ana", primaryEmail="ana@example.com", primaryPhone="4915112345678"
    )

    answer = await client.post("/api/users", json=body)

    assert refused(answer) == (422 if "in_use" in code else 400, code)


async def test_a_patch_tells_collisions_of_email_phone_username(client: httpx.AsyncClient) -> None:
    await create(
        client, username="ana", primaryEmail="ana@example.com", primaryPhone="4915112345678"
    )
    path = f"/api/users/{(await create(client))['id']}"
    everything = {
        "username": "ana",
        "primaryEmail": "ana@example.com",
        "primaryPhone": "4915112345678",
    }

    codes = []
    for taken in ("primaryEmail", "primaryPhone", "username"):
        codes.append((await client.patch(path, json=everything)).json()["code"])
        del everything[taken]

    assert codes == [
        "user.email_already_in_use",
        "user.phone_already_in_use",
        "user.username_already_in_use",
    ]


async def test_user_names_differ_by_case_unless_the_tenant_says_otherwise(
    client: httpx.AsyncClient,
) -> None:
    await create(client, username="ana")
    other = await create(client, username="Ana")
    await client.delete(f"/api/users/{other['id']}")
    await client.patch("/api/sign-in-exp", json={"usernamePolicy": {"caseSensitive": False}})

    answers = await asyncio.gather(
        *(client.post("/api/users", json={"username": name}) for name in ("ANA", "bea", "Bea"))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    assert refused(answers[0]) == (422, "user.username_already_in_use")


async def test_a_patch_changes_clears_and_replaces(client: httpx.AsyncClient) -> None:
    user = await create(
        client, username="ana", name="Ana", customData={"a": 1}, primaryEmail="a@b.cd"
    )
    path = f"/api/users/{user['id']}"

    changed = await client.patch(
        path,
        json={"name": "", "username": None, "primaryEmail": "", "customData": {"b": 2}, "id": "x"},
    )
    again = await client.patch(path, json={"name": None})
    same = await client.patch(path, json={"primaryEmail": "A@B.CD"})

    assert changed.status_code == 200
    for member in ("name", "username", "primaryEmail"):
        assert changed.json()[member] is None
    assert (changed.json()["customData"], changed.json()["id"]) == ({"b": 2}, user["id"])
    assert {**again.json(), "updatedAt": 0} == {**changed.json(), "updatedAt": 0}
    assert same.json()["primaryEmail"] == "A@B.CD"


async def test_custom_data_and_profile_merge_one_level(client: httpx.AsyncClient) -> None:
    user = await create(
        client,
        customData={"a": {"x": 1}, "b": 1},
        profile={"nickname": "A", "address": {"locality": "L", "country": "C"}},
    )
    path = f"/api/users/{user['id']}"

    data = await client.patch(f"{path}/custom-data", json={"customData": {"a": {"y": 2}}})
    profile = await client.patch(f"{path}/profile", json={"profile": {"address": {"region": "R"}}})
    unchanged = await client.patch(f"{path}/custom-data", json={"customData": {}})

    assert data.json() == unchanged.json() == {"a": {"y": 2}, "b": 1}
    assert profile.json() == {"nickname": "A", "address": {"region": "R"}}
    assert (await client.get(f"{path}/custom-data")).json() == {"a": {"y": 2}, "b": 1}
    missing = await client.patch(f"{path}/custom-data", json={})
    assert refused(missing) == (400, "guard.invalid_input")


async def test_a_password_is_set_checked_and_never_shown(client: httpx.AsyncClient) -> None:
    user = await create(client)
    path = f"/api/users/{user['id']}"

    before = await client.post(f"{path}/password/verify", json={"password": "hunter2"})
    changed = await client.patch(f"{path}/password", json={"password": "hunter2"})
    right = await client.post(f"{path}/password/verify", json={"password": "hunter2"})
    wrong = await client.post(f"{path}/password/verify", json={"password": "hunter3"})

    assert refused(before) == refused(wrong) == (422, "session.invalid_credentials")
    assert (changed.status_code, changed.json()["hasPassword"], right.status_code) == (
        200,
        True,
        204,
    )
    assert (await client.get(f"{path}/has-password")).json() == {"hasPassword": True}
    assert "passwordDigest" not in (await client.get(path)).json()
    shown = (await client.get(f"{path}?includePasswordHash=yes")).json()
    assert shown["passwordAlgorithm"] == "Argon2id"
    assert argon2.PasswordHasher().verify(shown["passwordDigest"], "hunter2")


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("SHA256", hashlib.sha256(b"hunter2").hexdigest()),
        ("SHA1", hashlib.sha1(b"hunter2").hexdigest().upper()),
        ("MD5", hashlib.md5(b"hunter2").hexdigest()),
        ("Bcrypt", bcrypt.hashpw(b"hunter2", bcrypt.gensalt(4)).decode()),
        ("Argon2i", argon2.PasswordHasher(1, 64, 1, type=argon2.Type.I).hash("hunter2")),
        ("Argon2d", argon2.PasswordHasher(1, 64, 1, type=argon2.Type.D).hash("hunter2")),
        ("Argon2id", argon2.PasswordHasher(1, 64, 1).hash("hunter2")),
    ],
    # Digests are salted: every process that collects the tests makes other ones.
    ids=["SHA256", "SHA1", "MD5", "Bcrypt", "Argon2i", "Argon2d", "Argon2id"],
)
@pytest.mark.usefixtures("dear_passwords")
async def test_an_imported_password_works_and_is_hashed_anew(
    client: httpx.AsyncClient, algorithm: str, digest: str
) -> None:
    user = await create(client, passwordDigest=digest, passwordAlgorithm=algorithm)
    path = f"/api/users/{user['id']}"

    wrong = await client.post(f"{path}/password/verify", json={"password": "hunter3"})
    kept = (await client.get(f"{path}?includePasswordHash=1")).json()
    right = await client.post(f"{path}/password/verify", json={"password": "hunter2"})
    renewed = (await client.get(f"{path}?includePasswordHash=1")).json()

    assert (wrong.status_code, right.status_code) == (422, 204)
    assert (kept["passwordDigest"], kept["passwordAlgorithm"]) == (digest, algorithm)
    assert renewed["passwordAlgorithm"] == "Argon2id"
    assert renewed["passwordDigest"].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    again = await client.post(f"{path}/password/verify", json={"password": "hunter2"})
    assert again.status_code == 204


async def test_suspension_and_settings_of_second_factors(client: httpx.AsyncClient) -> None:
    path = f"/api/users/{(await create(client))['id']}"

    suspended = await client.patch(f"{path}/is-suspended", json={"isSuspended": True})
    configs = await client.patch(f"{path}/logto-configs", json={"mfa": {"skipped": True}})

    assert suspended.json()["isSuspended"] is True
    assert configs.json() == (await client.get(f"{path}/logto-configs")).json()
    assert configs.json()["mfa"]["skipped"] is True
    assert (await client.get(f"{path}/mfa-verifications")).json() == []
    assert refused(await client.patch(f"{path}/is-suspended", json={})) == (
        400,
        "guard.invalid_input",
    )


async def test_a_person_is_deleted_once_and_missing_everywhere(client: httpx.AsyncClient) -> None:
    path = f"/api/users/{(await create(client))['id']}"

    assert (await client.delete(path)).status_code == 204

    for method, where, body in (
        ("DELETE", path, None),
        ("GET", path, None),
        ("PATCH", path, {"name": "x"}),
        ("GET", f"{path}/custom-data", None),
        ("PATCH", f"{path}/custom-data", {"customData": {"a": 1}}),
        ("PATCH", f"{path}/profile", {"profile": {}}),
        ("PATCH", f"{path}/password", {"password": "x"}),
        ("POST", f"{path}/password/verify", {"password": "x"}),
        ("GET", f"{path}/has-password", None),
        ("PATCH", f"{path}/is-suspended", {"isSuspended": True}),
        ("GET", f"{path}/mfa-verifications", None),
        ("GET", f"{path}/logto-configs", None),
        ("PATCH", f"{path}/logto-configs", {}),
    ):
        answer = await client.request(method, where, json=body)
        assert refused(answer) == (404, "entity.not_found"), (method, where)


async def test_a_person_cannot_delete_themselves(client: httpx.AsyncClient, app: Any) -> None:
    from carteiro.errors import CannotDeleteSelf
    from carteiro.flows.administer.people.users import delete_user
    from carteiro.model.actor import Actor

    user = await create(client)

    with pytest.raises(CannotDeleteSelf):
        await delete_user(app.state.world, "default", user["id"], by=Actor(user_id=user["id"]))


async def test_two_creates_at_once_have_one_winner(client: httpx.AsyncClient) -> None:
    for member, value, code in (
        ("username", "ana", "user.username_already_in_use"),
        ("primaryEmail", "ana@example.com", "user.email_already_in_use"),
        ("primaryPhone", "4915112345678", "user.phone_already_in_use"),
    ):
        answers = await asyncio.gather(
            *(client.post("/api/users", json={member: value}) for _ in range(6))
        )

        assert sorted(answer.status_code for answer in answers) == [200, *[422] * 5]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {code}
    listed = await client.get("/api/users")
    assert listed.headers["Total-Number"] == "3"


async def test_two_patches_at_once_lose_nothing(client: httpx.AsyncClient) -> None:
    path = f"/api/users/{(await create(client))['id']}"

    await asyncio.gather(
        *(
            client.patch(f"{path}/custom-data", json={"customData": {f"key{number}": number}})
            for number in range(8)
        )
    )

    assert len((await client.get(f"{path}/custom-data")).json()) == 8


async def test_the_list_is_paged_newest_first(client: httpx.AsyncClient) -> None:
    ids = [(await create(client, name=f"n{number}"))["id"] for number in range(5)]
    newest = (await client.get("/api/users")).json()

    second = await client.get("/api/users?page=2&page_size=2")

    assert {user["id"] for user in newest} == set(ids)
    times = [user["createdAt"] for user in newest]
    assert times == sorted(times, reverse=True)
    assert [user["id"] for user in second.json()] == [user["id"] for user in newest[2:4]]
    assert second.headers["Total-Number"] == "5"
    base = "http://carteiro.test/api/users?page="
    assert second.headers["Link"].split(", ") == [
        f'<{base}1&page_size=2>; rel="first"',
        f'<{base}1&page_size=2>; rel="prev"',
        f'<{base}3&page_size=2>; rel="last"',
        f'<{base}3&page_size=2>; rel="next"',
    ]


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=1.5", "page_size=0", "page_size=101", "page=", "page=٣"],
)
async def test_a_page_out_of_bounds_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert refused(await client.get(f"/api/users?{query}")) == (400, "guard.invalid_pagination")


@pytest.fixture
async def crowd(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await create(client, username="foo_bar", primaryEmail="Foo@Example.com", name="Ärger")
    await create(client, username="fooXbar", primaryEmail="x@test.dev", name="100%")
    await create(client, primaryPhone="4915112345", name="Zoë")
    return client


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=%25foo%25", {"Ärger", "100%"}),
        ("search=foo", set()),
        ("search.username=foo\\_bar", {"Ärger"}),
        ("search.username=foo_bar", {"Ärger", "100%"}),
        ("search.name=ä%25", {"Ärger"}),
        ("search.name=ä%25&isCaseSensitive=true", set()),
        ("search.name=%25\\%25", {"100%"}),
        ("search.primaryEmail=foo@example.com&mode=exact", {"Ärger"}),
        ("search.primaryEmail=foo@example.com&mode=exact&isCaseSensitive=1", set()),
        ("search.name=zoë&search.name=100%25&mode.name=exact", {"Zoë", "100%"}),
        ("search.name=z%25&search.primaryPhone=49%25", {"Zoë"}),
        ("search.name=z%25&search.username=foo%25", {"Zoë", "Ärger", "100%"}),
        ("search.name=z%25&search.username=foo%25&joint=and", set()),
        ("search.primaryPhone=49%25&search.name=Zo_&joint=and", {"Zoë"}),
        (
            "search.username=(foo|bar)%25&mode.username=similar_to&isCaseSensitive=true",
            {"Ärger", "100%"},
        ),
        ("search.username=[a-zX]%2B_bar&mode=similar_to&isCaseSensitive=true", {"Ärger", "100%"}),
        ("search.name=^z&mode=posix", {"Zoë"}),
        ("search.name=^z&mode=posix&isCaseSensitive=yes", set()),
        ("search.primaryPhone=2.*5$&mode=posix", {"Zoë"}),
    ],
)
async def test_a_search_finds_what_its_pattern_means(
    crowd: httpx.AsyncClient, query: str, names: set[str]
) -> None:
    answer = await crowd.get(f"/api/users?{query}")

    assert answer.status_code == 200, answer.text
    assert {user["name"] for user in answer.json()} == names
    assert answer.headers["Total-Number"] == str(len(names))


@pytest.mark.parametrize(
    "query",
    [
        "search=",
        "search.nope=x",
        "search=x&mode=fuzzy",
        "search.name=a&search.name=b",
        "mode.name=exact",
        "search=x&joint=xor",
        "search=x&joint=or&joint=and",
        "search=x&mode=posix&mode=like",
        "search.name=(&mode=posix",
        "search.name=[&mode=similar_to&isCaseSensitive=true",
        "search.name=x\\",
        "search=" + "x" * 513,
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    assert refused(await client.get(f"/api/users?{query}")) == (400, "request.invalid_input")


async def test_a_hostile_pattern_ends_soon(crowd: httpx.AsyncClient) -> None:
    await create(crowd, name="a" * 100)
    pattern = "(a*)*" * 12 + "$b"

    answer = await asyncio.wait_for(
        crowd.get("/api/users", params={"search.name": pattern, "mode": "posix"}), 9
    )

    assert answer.status_code == 200
