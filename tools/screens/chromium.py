"""Chromium without a window, and what it draws of a page."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path


class Scheme(StrEnum):
    """How the page is shown; ``FORCED`` is Chromium's own way of turning light pages dark."""

    LIGHT = "light"
    DARK = "dark"
    FORCED = "forced"


_BLINK = {
    Scheme.LIGHT: "preferredColorScheme=1",
    Scheme.DARK: "preferredColorScheme=0",
    Scheme.FORCED: "preferredColorScheme=1,forceDarkModeEnabled=true",
}
_QUIET = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_LONGEST = 120.0
"""Seconds for one picture."""


def take(page: str, picture: Path, *, scheme: Scheme, width: int, height: int) -> None:
    """Write what Chromium draws of an HTML page; nothing is loaded from anywhere.

    Raises ``SystemExit`` where there is no Chromium.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("Pictures need Chromium: install the package `chromium`.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, "utf-8")
        # Root has no sandbox to give.
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        subprocess.run(
            [
                *(program, *_QUIET, *root, f"--user-data-dir={folder}/profile"),
                *(f"--blink-settings={_BLINK[scheme]}", f"--window-size={width},{height}"),
                *("--host-resolver-rules=MAP * ~NOTFOUND", f"--screenshot={picture}"),
                file.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=_LONGEST,
        )
