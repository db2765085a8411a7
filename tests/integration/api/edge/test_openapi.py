"""The OpenAPI document says what is answered, and a client that is made from it works."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from typing import Any

import httpx
import pytest

from carteiro.api import routing
from carteiro.api.router import ApiRouter
from carteiro.flows.administer.access.applications import Credentials
from document_parts import DOCUMENT, OPERATIONS, check
from management_calls import CALLS, REMOVALS, Call, make
from serving_parts import listening

LONGEST_NAME = 40


def test_ids_and_names_are_short_and_each_is_one_things_own() -> None:
    operations = sum(len(methods) for methods in DOCUMENT["paths"].values())
    schemas = DOCUMENT["components"]["schemas"]
    titles = Counter(schema.get("title", name) for name, schema in schemas.items())

    assert operations == len(OPERATIONS)
    assert not [name for name in OPERATIONS if len(name) > LONGEST_NAME or "api" in name.split("_")]
    assert not [name for name in schemas if len(name) > LONGEST_NAME or not name.isalnum()]
    assert not [title for title, times in titles.items() if times > 1]


def test_every_answer_has_a_shape() -> None:
    bare = []
    for name, (_, _, operation) in OPERATIONS.items():
        for status, response in operation["responses"].items():
            if response.get("content", {}).keys() == {"application/octet-stream"}:
                continue  # a file
            content = response.get("content", {}).get("application/json")
            if status == "200" and "204" not in operation["responses"] and content is None:
                bare.append(name)
            schema = (content or {}).get("schema", {"$ref": ""})
            inner = schema.get("items", schema)
            if not ("$ref" in inner or "anyOf" in inner):
                bare.append(name)

    assert bare == []


def test_a_part_speaks_of_its_own_operations_alone() -> None:
    parts = [part for part in routing.management_routers() if isinstance(part, ApiRouter)]

    unknown = {
        name
        for part in parts
        for name in {*part.answers, *part.shown} - {getattr(one, "name", "") for one in part.routes}
    }

    assert len(parts) > 20
    assert unknown == set()


async def test_what_is_answered_is_what_the_document_says(client: httpx.AsyncClient) -> None:
    seen: set[str] = set()

    async def look(_: Call, answer: httpx.Response) -> None:
        seen.add(check(answer))

    kept = await make(client, CALLS, {}, look)
    seen.add(check(await client.post("/api/verification-codes", json={"email": "z@example.com"})))
    typed = {"email": "ana@gmial.com"}
    seen.add(check(await client.post("/api/.well-known/did-you-mean", json=typed)))
    kept["message"] = (await client.get("/api/messages")).json()[0]["id"]
    kept["log"] = (await client.get("/api/logs")).json()[0]["id"]
    for path in _reads(kept):
        answer = await client.get(path)
        assert answer.status_code in {200, 204}, (path, answer.text)
        seen.add(check(answer))
    weak = await client.post("/api/sign-in-exp/default/check-password", json={"password": "a"})
    wrong = await client.post("/api/users", json={"name": 5})
    none = await client.post("/api/verification-codes", json={"email": "?"})
    for refused in (weak, wrong, none):
        assert refused.status_code == 400
        check(refused)
    await make(client, REMOVALS, kept, look)

    # These need a message that waits, a code that came, and a provider's signature.
    rest = {"retry_message", "cancel_message", "verify_verification_code", "receive_events"}
    rest |= {"test_hook", "redeem_confirmation", "use_statement"}
    # People make these, at the door and inside: the tests of both do.
    rest |= {name for name, (_, path, _) in OPERATIONS.items() if _is_of_people(path)}
    assert set(OPERATIONS) - seen == rest


def _is_of_people(path: str) -> bool:
    return path.startswith(("/api/experience", "/api/my-account", "/api/verifications"))


def _reads(kept: dict[str, str]) -> list[str]:
    """The address of everything that can be read, and of what shows more where it is asked for."""
    ids = {
        "connectors": kept["connector"],
        "connector-factories": "http-email",
        "users": kept["user"],
        "organizations": kept["organization"],
        "organization-roles": kept["organizationRole"],
        "organization-scopes": kept["organizationScope"],
        "roles": kept["role"],
        "organization-invitations": kept["invitation"],
        "resources": kept["resource"],
        "applications": kept["application"],
        "hooks": kept["hook"],
        "logs": kept["log"],
        "one-time-tokens": kept["oneTimeToken"],
        "email-templates": kept["template"],
        "delivery": kept["fallback"],
        "messages": kept["message"],
        "overrides": kept["overrideTemplate"],
    }
    paths = []
    for method, route, _ in OPERATIONS.values():
        room = route.split("/")[2]
        person = kept["guest"] if room == "organizations" else kept["user"]
        machine = kept["stranger"] if "/user-consent" in route else kept["machine"]
        path = route.replace("{userId}", person).replace("{applicationId}", machine)
        path = path.replace("{languageTag}", "nl-NL").replace("{resourceId}", kept["resource"])
        path = path.replace("{owners}", "organizations").replace("{owner_id}", kept["organization"])
        path = path.replace("reserved-connectors/{id}", f"reserved-connectors/{kept['reserved']}")
        path = path.replace("{tenantId}", "default").replace("{number}", "2")
        path = path.replace("{domain}", kept["domain"]).replace("{selector}", kept["selector"])
        path = path.replace("{id}", kept["stranger"] if "/consent-" in path else ids.get(room, ""))
        more = "?recipient=no@marker.example.com" if path.endswith("/by-recipient") else ""
        read = method == "get" and not _is_of_people(route)
        paths += [path + more] if read else []
    return [
        *paths,
        "/api/users?includePasswordHash=1",
        f"/api/users/{kept['user']}?includeSsoIdentities=1",
        "/api/organizations?showFeatured=1",
        "/api/hooks?includeExecutionStats=1",
        "/api/resources?includeScopes=1",
    ]


# --- a client that others' tools make ---------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package that `openapi-python-client` makes of the document."""
    folder: Path = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))
    tools = str(Path(sys.executable).parent)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(folder / "openapi.json"), "--output-path", str(folder / "made_client")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=folder,
        env={**os.environ, "PATH": f"{tools}:{os.environ.get('PATH', '')}"},
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout.lower() + done.stderr.lower(), done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("made_client")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "made_client"]:
        del sys.modules[name]


def test_every_operation_is_made(made: Any) -> None:
    modules = {path.stem for path in Path(made.__file__).parent.glob("api/*/*.py")}

    assert modules - {"__init__"} == set(OPERATIONS)


@pytest.fixture
async def address(app: Any) -> AsyncIterator[str]:
    """Where the application is served over a real socket."""
    async with listening(app) as port:
        yield f"http://127.0.0.1:{port}"


async def test_the_client_that_is_made_goes_the_whole_way(
    made: Any, address: str, client: httpx.AsyncClient, credentials: Credentials, settings: Any
) -> None:
    def of(room: str, name: str) -> Any:
        return importlib.import_module(f"made_client.api.{room}.{name}").asyncio_detailed

    shapes = importlib.import_module("made_client.models")
    token = client.headers["Authorization"].removeprefix("Bearer ")
    async with made.AuthenticatedClient(base_url=address, token=token) as caller:
        connector = await of("connectors", "create_connector")(
            client=caller, body=shapes.CreateConnector(connector_id="logto-email")
        )
        template = shapes.NewTemplate(
            language_tag="pt-BR",
            template_type=shapes.TemplateType.GENERIC,
            details=shapes.TemplateDetails(subject="Código", content="O código: {{code}}"),
        )
        stored = await of("email_templates", "put_templates")(
            client=caller, body=shapes.PutTemplates(templates=[template])
        )
        sent = await of("verification_codes", "request_verification_code")(
            client=caller, body=shapes.RequestCode(email="ana@example.com", ui_locales="pt")
        )
        [mail] = (settings.mailbox / "new").iterdir()
        words = message_from_bytes(mail.read_bytes(), policy=policy).get_body(("plain",))
        assert words is not None
        code = re.search(r"\d{6}", words.get_content())
        assert code is not None
        wrong = await of("verification_codes", "verify_verification_code")(
            client=caller,
            body=shapes.RedeemCode(email="ana@example.com", verification_code="?"),
        )
        right = await of("verification_codes", "verify_verification_code")(
            client=caller,
            body=shapes.RedeemCode(email="ana@example.com", verification_code=code[0]),
        )
        user = await of("users", "create_user")(
            client=caller, body=shapes.CreateUser(primary_email="ana@example.com", name="Ana")
        )
        again = await of("users", "create_user")(
            client=caller, body=shapes.CreateUser(primary_email="ana@example.com")
        )
        people = await of("users", "list_users")(client=caller)
        messages = await of("messages", "list_messages")(client=caller)

    assert (connector.status_code, connector.parsed.connector_id) == (200, "logto-email")
    assert stored.parsed[0].details.subject == "Código"
    assert (sent.status_code, wrong.status_code, right.status_code) == (204, 400, 204)
    assert wrong.parsed.code == "verification_code.code_mismatch"
    assert (user.parsed.primary_email, user.parsed.has_password) == ("ana@example.com", False)
    assert (again.status_code, again.parsed.code) == (422, "user.email_already_in_use")
    assert [person.id for person in people.parsed] == [user.parsed.id]
    assert [message.state for message in messages.parsed] == [shapes.MessageState.SENT]
