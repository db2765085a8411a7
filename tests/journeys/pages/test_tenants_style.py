"""A tenant's own style in a real browser, which allows it by its hash or not at all."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from chromium_parts import Window
from door_parts import Door


@pytest.mark.parametrize(
    "css",
    [
        "main {\r\n  color: rgb(1, 2, 3)\r\n}\r\n",
        "main { color: rgb(1, 2, 3) }\r",
        "/*\0*/main{color:#010203}",
    ],
    ids=["CRLF", "CR", "NUL"],
)
async def test_a_style_is_applied_whatever_its_lines_end_with(
    door: Door, scripted: Window, css: str
) -> None:
    await door.settings(customCss=css)

    await scripted.begin()

    await expect(scripted.page.locator("main")).to_have_css("color", "rgb(1, 2, 3)")
