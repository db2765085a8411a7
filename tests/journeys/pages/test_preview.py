"""The preview in Chromium: in the console's frame, in somebody else's, and with forged messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import expect

from chromium_parts import Window
from door_parts import Door

CONSOLE, EVIL = "127.0.0.1", "localhost"
TOLD = {
    "sender": "ac_preview",
    "config": {
        "signInExperience": {
            "color": {"primaryColor": "#ffee00", "isDarkModeEnabled": False},
            "branding": {},
            "signIn": {
                "methods": [
                    {"identifier": "username", "password": True, "isPasswordPrimary": True},
                    {"identifier": "email", "password": True, "isPasswordPrimary": True},
                ]
            },
            "signInMode": "SignIn",
        },
        "language": "de",
        "mode": "light",
        "platform": "mobile",
    },
}


@pytest.fixture
async def port(base: str) -> AsyncIterator[int]:
    """A server of its own whose one page has the preview in a frame."""
    body = f'<iframe src="{base}/sign-in?preview=true"></iframe>'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def framed(door: Door, window: Window, port: int, host: str) -> None:
    """The console is at one name of this machine; the page around the frame is at ``host``."""
    console = f"http://127.0.0.1:{port}"
    door.app.state.site = replace(door.app.state.site, console_url=console)
    await window.page.goto(f"http://{host}:{port}/")


async def tell(window: Window, message: dict[str, Any]) -> None:
    """Post a message to the frame from the page around it."""
    await window.page.evaluate(
        f"document.querySelector('iframe').contentWindow.postMessage({json.dumps(message)}, '*')"
    )


async def test_the_console_shows_what_is_being_edited(
    door: Door, scripted: Window, port: int
) -> None:
    await framed(door, scripted, port, CONSOLE)
    frame = scripted.page.frame_locator("iframe")
    await expect(frame.locator("label[for=identifier]")).to_be_attached()

    await tell(scripted, TOLD)

    await expect(frame.locator("html")).to_have_attribute("lang", "de")
    await expect(frame.locator("label[for=identifier]")).to_have_text(
        "Benutzername / E-Mail-Adresse"
    )
    await expect(frame.locator("button[name=submit]")).to_have_css(
        "background-color", "rgb(255, 238, 0)"
    )
    await expect(frame.locator("button[name=submit]")).to_have_css("color", "rgb(0, 0, 0)")
    await expect(frame.locator("[data-register]")).to_be_hidden()
    await expect(frame.locator("body")).to_have_class("mobile light")


async def test_another_sender_and_another_page_are_not_listened_to(
    door: Door, scripted: Window, port: int
) -> None:
    await framed(door, scripted, port, CONSOLE)
    frame = scripted.page.frame_locator("iframe")
    await expect(frame.locator("label[for=identifier]")).to_be_attached()

    await tell(scripted, {**TOLD, "sender": "somebody"})
    await frame.locator("html").evaluate("(_, told) => window.postMessage(told, '*')", TOLD)
    await scripted.page.goto(f"{scripted.base}/sign-in?preview=true")
    await scripted.page.evaluate(f"window.postMessage({json.dumps(TOLD)}, '*')")
    await scripted.page.evaluate("new Promise((done) => setTimeout(done))")

    await expect(scripted.page.locator("html")).to_have_attribute("lang", "en")


async def test_nobody_else_can_frame_it(door: Door, scripted: Window, port: int) -> None:
    await framed(door, scripted, port, EVIL)

    await expect(scripted.page.frame_locator("iframe").locator("#app")).to_have_count(0)
    said = [*scripted.complaints]
    scripted.complaints.clear()
    assert any("frame-ancestors" in one or "refused" in one.lower() for one in said)
