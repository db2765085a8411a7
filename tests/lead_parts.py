"""How somebody comes to stand before a screen of the hosted pages: forms sent, addresses opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from door_parts import ANA, Door, wrong
from page_parts import Reader

Lead = Callable[[Door, Reader], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Screen:
    """``lead`` takes a browser there that has just begun; ``settings`` go over `BASE`.

    ``begins`` is what the application's request says, ``None`` where there is none.
    """

    name: str
    lead: Lead
    settings: Mapping[str, Any] = field(default_factory=dict)
    begins: Mapping[str, Any] | None = field(default_factory=dict)


async def stay(_door: Door, _reader: Reader) -> None:
    """The first page is the screen."""


def sending(*forms: Mapping[str, Any]) -> Lead:
    """Send these forms, one after another; ``code`` may be ``right`` or ``wrong``."""

    async def lead(door: Door, browser: Reader) -> None:
        to = ANA
        for form in forms:
            to = form.get("identifier", to)
            await browser.send(**{**form, **await _code(door, form, to)})

    return lead


async def _code(door: Door, form: Mapping[str, Any], to: str) -> dict[str, str]:
    if "code" not in form:
        return {}
    code = await door.code(to)
    return {"code": code if form["code"] == "right" else wrong(code)}


def opening(path: str, *forms: Mapping[str, Any]) -> Lead:
    """Send the forms, then open an address."""

    async def lead(door: Door, browser: Reader) -> None:
        await sending(*forms)(door, browser)
        await browser.get(path)

    return lead


ANAS = {"identifier": ANA}
