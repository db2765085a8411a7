"""A browser without script on the hosted pages: follows links, fills in forms, reads what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from door_parts import ORIGIN, Door
from sign_in_parts import CHALLENGE, query_of

HTML = {"accept": "text/html", "accept-language": "en"}
REDIRECT = f"{ORIGIN}/demo-app"


def asking(**more: Any) -> dict[str, Any]:
    """An authorization request of the application that is part of the service."""
    return {
        "client_id": "demo-app",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "prompt": "login",
        "state": "st4te",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }


@dataclass(slots=True)
class Reader:
    """One browser. ``page`` is what it shows, ``path`` where."""

    http: httpx.AsyncClient
    path: str = ""
    page: HTMLParser = field(default_factory=lambda: HTMLParser(""))
    answer: httpx.Response = field(default_factory=lambda: httpx.Response(200))
    headers: dict[str, str] = field(default_factory=lambda: dict(HTML))
    stops_at: str | None = None
    """Where an application is that looks at nothing of what it is told; its redirect address."""
    origin: str = ORIGIN
    asked: dict[str, Any] = field(default_factory=dict)
    """What every authorization request of this browser says beside what it must."""

    async def begin(self, **more: Any) -> None:
        """Be sent here by an application."""
        asked = asking(**{"redirect_uri": self.redirect, **self.asked, **more})
        await self.open(await self.http.get("/oidc/auth", params=asked))

    async def get(self, address: str) -> None:
        """Open an address and follow redirects, as far as the pages go."""
        await self.open(await self.http.get(address, headers=self.headers))

    async def open(self, answer: httpx.Response) -> None:
        """Show an answer."""
        while answer.status_code in {302, 303}:
            where = urljoin(self.origin, answer.headers["location"])
            self.answer = answer
            stops_at = self.redirect if self.stops_at is None else self.stops_at
            if not where.startswith(self.origin) or where.startswith(stops_at):
                self.path = where
                return
            answer = await self.http.get(where, headers=self.headers)
        self.answer, self.path = answer, answer.url.raw_path.decode()
        self.page = HTMLParser(answer.text)

    async def send(self, *, form: str = "main form", **fields: Any) -> None:
        """Fill in a form of the page and send it."""
        await self.open(await self.sent(form=form, **fields))

    async def sent(self, *, form: str = "main form", **fields: Any) -> httpx.Response:
        """The same, without following where it leads."""
        action, values = self.filled(form)
        return await self.http.post(
            action, data=values | fields, headers={"origin": self.origin, **self.headers}
        )

    def filled(self, form: str = "main form") -> tuple[str, dict[str, str]]:
        """Where a form goes, and what is in it."""
        found = self.one(form)
        values = {
            str(one.attributes["name"]): one.attributes.get("value") or ""
            for one in found.css("input")
            if one.attributes.get("name") and one.attributes.get("type") != "checkbox"
        }
        return urljoin(self.path, found.attributes["action"] or ""), values

    async def follow(self, words: str) -> None:
        """Follow the link that says this."""
        link = next(one for one in self.page.css("a") if one.text(strip=True) == words)
        await self.get(link.attributes["href"] or "")

    @property
    def redirect(self) -> str:
        """Where the application waits."""
        return f"{self.origin}/demo-app"

    def one(self, selector: str) -> Node:
        found = self.page.css_first(selector)
        assert found is not None, (selector, self.path, self.answer.text[:3000])
        return found

    def text(self, selector: str = "main") -> str:
        return self.one(selector).text(separator=" ", strip=True)

    @property
    def alerts(self) -> list[str]:
        """What is wrong, field by field."""
        found = [one.text(strip=True) for one in self.page.css("[role=alert]")]
        return [words for words in found if words]

    @property
    def toast(self) -> str:
        """What has just happened."""
        found = self.page.css_first("[role=toast]")
        return found.text(strip=True) if found else ""

    def signed_in(self) -> Mapping[str, str]:
        """What the application is told in the end."""
        assert self.path.startswith(self.redirect), (self.path, self.text())
        return query_of(self.answer)


def reader(door: Door, origin: str = ORIGIN) -> Reader:
    """A browser that has never been here; ``origin`` is where the door is."""
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    return Reader(httpx.AsyncClient(transport=transport, base_url=origin), origin=origin)


def follower(door: Door) -> Reader:
    """The same, that goes on to the pages behind the sign-in."""
    found = reader(door)
    found.stops_at = "no address"
    return found
