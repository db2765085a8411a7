"""The how-to on branding: the names that it gives are on the pages."""

from __future__ import annotations

import re
from pathlib import Path

from door_parts import ANA, Door, wrong
from page_parts import Reader

HOW_TO = Path(__file__).parents[4] / "docs/how-to/brand-your-sign-in-pages.md"
_ELSEWHERE = {
    "body[class$=dark]",
    "html[dir=rtl]",
    "input[name=password]",
    "input[name=newPassword]",
}
"""On other pages or in another mode; `test_frame.py` and `test_journeys.py` meet them."""


async def test_the_names_that_styles_may_use_are_on_the_pages(door: Door, browser: Reader) -> None:
    rows = re.findall(r"^\| (`.+`) \|", HOW_TO.read_text("utf-8"), re.MULTILINE)
    named = {selector for row in rows for selector in re.findall(r"`([^`]+)`", row)} - _ELSEWHERE
    await browser.begin()
    met = {one for one in named if browser.page.css_first(one) is not None}
    await browser.send(identifier=ANA)
    await browser.send(code=wrong(await door.code()))
    boxes = browser.one("template").html or ""

    met |= {one for one in named if browser.page.css_first(one) is not None}
    door.clock.advance(60)
    await browser.send(form="form.resend")
    met |= {one for one in named if browser.page.css_first(one) is not None}
    await browser.send(code=await door.code())
    met |= {one for one in named if browser.page.css_first(one) is not None}

    assert 'name="passcode_0"' in boxes
    assert named - met == {"input[name^=passcode_]"}


async def test_the_colours_that_styles_may_use_are_there(browser: Reader) -> None:
    await browser.begin()
    properties = re.findall(r"`(--[a-z-]+)`", HOW_TO.read_text("utf-8"))

    assert len(properties) == 8
    assert all(f"{name}:" in browser.answer.text for name in properties)
