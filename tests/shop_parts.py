"""A how-to's application, run as its page says, that sends its people to a real server."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

import sign_in_parts
from carteiro.flows.world import World
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings
from carteiro.testing.smtp_server import SmtpSink
from mailed_parts import Person, mailing
from sdk_parts import serving

NOBODY = "Nobody is signed in: open /sign-in"
HOW_TO = Path(__file__).parents[1] / "docs/how-to"
Environment = dict[str, str]


@dataclass(kw_only=True)
class Shop:
    """A page's application at an address, and a browser that opens it."""

    address: str
    world: World
    server: str
    sink: SmtpSink
    application: httpx.AsyncClient

    @asynccontextmanager
    async def person(self) -> AsyncIterator[Person]:
        """Ann, in front of a browser."""
        async with httpx.AsyncClient(base_url=self.server, timeout=30) as http:
            yield Person(self.world, http, origin=self.server, sink=self.sink)

    async def sign_in(self, person: Person) -> None:
        """Ann opens the application's page to sign in, and comes back."""
        sent = await self.application.get("/sign-in")
        answered = await person.go_on(await person.get(sent.headers["location"]))
        await self.application.get(answered.headers["location"])


@asynccontextmanager
async def opened_shop(
    page: str,
    settings: Settings,
    run: Callable[[Environment], AbstractContextManager[str]],
) -> AsyncIterator[Shop]:
    """The application of a page, made at the server with what the page sends.

    ``run`` starts it with the variables that the page names, and says where it listens.
    """
    text = re.search(r"-d '(\{.*?\})'", (HOW_TO / page).read_text("utf-8"), re.DOTALL)
    assert text is not None
    body = json.loads(text[1])
    with serving(settings) as server:
        given = {"CARTEIRO_URL": server, "APP_ID": "shop", "APP_SECRET": sign_in_parts.SECRET}
        async with open_world(settings.model_copy(update={"public_url": server})) as world:
            await sign_in_parts.make_person(world)
            with run(given) as address:
                moved = {
                    name: tuple(uri.replace("http://localhost:3000", address) for uri in uris)
                    for name, uris in body["oidcClientMetadata"].items()
                }
                await sign_in_parts.make_client(
                    world,
                    "shop",
                    type=body["type"],
                    redirect_uris=moved["redirectUris"],
                    post_logout=moved["postLogoutRedirectUris"],
                )
                async with (
                    mailing(world) as sink,
                    httpx.AsyncClient(base_url=address, timeout=30) as application,
                ):
                    yield Shop(
                        address=address,
                        world=world,
                        server=server,
                        sink=sink,
                        application=application,
                    )


async def in_and_out(shop: Shop) -> str:
    """Somebody signs in, is greeted, and signs out, here and there; where they are sent then."""
    application = shop.application
    async with shop.person() as person:
        before = await application.get("/")
        await shop.sign_in(person)
        after = await application.get("/")
        leaving = await application.get("/sign-out")
        page = await person.get(leaving.headers["location"])
        done = await person.sign_out(page)
        last = await application.get(done.headers["location"])
        sent = await application.get("/sign-in")
        again = await person.get(sent.headers["location"])

    assert before.text == last.text == NOBODY
    assert after.text == "Hello, Ann"
    assert again.headers["location"].startswith("/sign-in?"), "the session is over, too"
    where: str = done.headers["location"]
    return where
