"""`make screens`: pictures of every screen, in four languages, light and dark, narrow and wide.

They land in the folder `screens`, with an `index.html` to look at; the few that the documentation shows
go to `docs/images`. Names of screens (`tests/screen_parts.py`) take those alone.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, ViewportSize

from carteiro.flows.administer.organizations.organizations import create_organization
from carteiro.settings import read_settings
from carteiro.storage.migrations.run import migrate
from carteiro.testing.clock import FrozenClock
from chromium_parts import chromium, served, window
from door_parts import TENANT, Door, opened_door
from screen_parts import SCREENS, Guide, Screen

ROOT = Path(__file__).parents[2]
FOLDER, IMAGES = ROOT / "screens", ROOT / "docs" / "images"
LANGUAGES = ("en", "de", "ar", "ja")
"""The plainest, one with long words, one from right to left, one of many signs."""
SIZES = {
    "wide": ViewportSize(width=880, height=720),
    "narrow": ViewportSize(width=320, height=640),
}
SCHEMES = ("light", "dark")
PICTURES = {
    "sign-in.png": ("sign-in", "en", "wide", "light"),
    "sign-in-code.png": ("code", "en", "narrow", "light"),
    "sign-in-dark.png": ("code", "en", "narrow", "dark"),
    "sign-in-arabic.png": ("code", "ar", "narrow", "light"),
}
"""What the documentation shows."""
_INDEX = """\
<!doctype html><meta charset="utf-8"><title>Screens</title>
<style>body{{font:14px system-ui;background:#888}}figure{{display:inline-block;margin:4px;vertical-align:top}}
img{{display:block;width:{width}px}}</style>
{figures}
"""
_FIGURE = '<figure><img src="{0}" loading="lazy"><figcaption>{0}</figcaption></figure>'


def picture(screen: str, language: str, size: str, scheme: str) -> str:
    """A picture's file name."""
    return f"{screen}.{language}.{size}.{scheme}.png"


async def take(wanted: Sequence[Screen]) -> None:
    """Take the pictures of these screens."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(
            {},
            database_url=f"sqlite:///{folder}/screens.db",
            secret_keys="screens:" + "A" * 43 + "=",
            public_url="http://carteiro.test",
            mailbox=Path(folder) / "mailbox",
            relay_from="no-reply@carteiro.test",
            egress_guard=False,
        )
        await asyncio.to_thread(migrate, settings.database_url)
        async with chromium() as browser:
            for language in LANGUAGES:
                copy = Path(folder) / f"{language}.db"
                shutil.copy(Path(folder) / "screens.db", copy)
                there = settings.model_copy(update={"database_url": f"sqlite:///{copy}"})
                async with opened_door(there, FrozenClock(1_790_000_000_000)) as door:
                    await _in_language(browser, door, language, wanted)


async def _in_language(
    browser: Browser, door: Door, language: str, wanted: Sequence[Screen]
) -> None:
    named = await create_organization(door.world, TENANT, {"name": "Your name here"})
    async with served(door) as base:
        seen = await window(browser, base, locale=language)
        guide = Guide(door, base, language, {"organization_id": named.id})
        for screen in wanted:
            await guide.show(screen, seen.page)
            for size, viewport in SIZES.items():
                await seen.page.set_viewport_size(viewport)
                for scheme in SCHEMES:
                    await seen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    name = picture(screen.name, language, size, scheme)
                    await seen.page.screenshot(path=FOLDER / name, animations="disabled")


def main(names: Sequence[str]) -> None:
    """Take the pictures of all screens, or of those with these names."""
    unknown = sorted(set(names) - {screen.name for screen in SCREENS})
    if unknown:
        known = ", ".join(screen.name for screen in SCREENS)
        sys.exit(f"There is no screen {', '.join(unknown)}; there are {known}.")
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(take([screen for screen in SCREENS if screen.name in names or not names]))
    for image, shown in PICTURES.items():
        if shown[0] in names or not names:
            shutil.copy(FOLDER / picture(*shown), IMAGES / image)
    taken = sorted(path.name for path in FOLDER.glob("*.png"))
    figures = "\n".join(_FIGURE.format(name) for name in taken)
    (FOLDER / "index.html").write_text(_INDEX.format(width=320, figures=figures), "utf-8")
    print(f"{len(taken)} pictures, and {FOLDER / 'index.html'} to look at them.")


if __name__ == "__main__":
    main(sys.argv[1:])
