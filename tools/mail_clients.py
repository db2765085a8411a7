"""Write what mail clients can show, for the lint: `python -m tools.mail_clients`.

The data is that of caniemail.com, as the npm package `caniemail` has it (MIT, both). npm fetches
the package and runs nothing of it; version and checksum are pinned here and change together.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "src/carteiro/templates/checks/clients/support.json"
LICENCE = FILE.with_name("support.LICENSE")
SOURCE_COPYRIGHT = "Copyright (c) 2019 HTeuMeuLeu"
"""Of caniemail.com's own repository, whose data the package carries."""
VERSION = "2.0.2"
INTEGRITY = (
    "lvhn4RrF2Ae3PQA3HMOVGxFPqPAxfv8HWp+xUSqJPumbzFUzQGVgFG0nl8s0sjSoBd2PgmAqB5xRF0wcPbrVcA=="
)
"""SHA-512 of the package, as the registry states it."""

CLIENTS: Mapping[tuple[str, str], str] = {
    ("gmail", "desktop-webmail"): "Gmail on the web",
    ("gmail", "ios"): "Gmail on iOS",
    ("gmail", "android"): "Gmail on Android",
    ("outlook", "windows"): "Outlook for Windows",
    ("outlook", "outlook-com"): "Outlook on the web and the new Outlook",
    ("outlook", "macos"): "Outlook for Mac",
    ("outlook", "ios"): "Outlook on iOS",
    ("outlook", "android"): "Outlook on Android",
    ("apple-mail", "macos"): "Apple Mail on macOS",
    ("apple-mail", "ios"): "Apple Mail on iOS",
    ("samsung-email", "android"): "Samsung Email",
    ("yahoo", "desktop-webmail"): "Yahoo Mail on the web",
    ("yahoo", "ios"): "Yahoo Mail on iOS",
    ("yahoo", "android"): "Yahoo Mail on Android",
}
_SPELLED_OUT: Mapping[str, tuple[str, ...]] = {
    "css-column-layout-properties": (
        *("columns", "column-fill", "column-rule", "column-span", "column-width"),
    ),
    "css-grid-template": (
        *("grid-template", "grid-template-areas", "grid-template-columns", "grid-template-rows"),
    ),
    "css-border-radius-logical": tuple(
        f"border-{block}-{inline}-radius"
        for block in ("start", "end")
        for inline in ("start", "end")
    ),
    "css-flex-direction": ("flex-direction",),
    "css-flex-wrap": ("flex-wrap",),
    "css-at-media-hover": (),
    "css-selector-universal": (),
    "css-unit-percent": (),
    "css-unit-initial": (),
    "css-text-emphasis": ("text-emphasis",),
    "css-variables": ("var()",),
    "css-modern-color": ("lch()", "oklch()", "lab()", "oklab()"),
    "css-nesting": ("nesting",),
    "css-linear-gradient": ("linear-gradient()", "repeating-linear-gradient()"),
    "css-radial-gradient": ("radial-gradient()", "repeating-radial-gradient()"),
    "css-unit-calc": ("calc()",),
    "css-pseudo-class-lang": (":lang",),
    "css-sytem-ui": (),
    "css-comments": (),
    "css-important": (),
    "css-intrinsic-size": (),
    "css-inert-attribute": (),
    "html-lists": ("<ul>", "<ol>", "<dl>"),
    "html-h1-h6": tuple(f"<h{level}>" for level in range(1, 7)),
    "html-address": ("<address>",),
    "html-semantics": (
        *("<article>", "<aside>", "<details>", "<figcaption>", "<figure>", "<footer>", "<header>"),
        *("<main>", "<mark>", "<nav>", "<section>", "<summary>", "<time>"),
    ),
    "html-svg": ("<svg>",),
    "html-image-maps": ("<map>",),
    "html-srcset": ("[srcset]", "[sizes]"),
    "html-button-submit": ("<button>",),
    "html-input-text": ("<input>",),
    "html-popover": ("[popover]",),
    "html-anchor-links": (),
    "html-mailto-links": (),
    "html-comments": (),
    "html-doctype": (),
    "html-meta-color-scheme": (),
    "html-rp": (),
    "html-rt": (),
    "html-button-reset": (),
    "image-jpg": (".jpg", ".jpeg"),
    "image-heif": (".heif", ".heic"),
    "image-tiff": (".tif", ".tiff"),
    "image-base64": (),
    "image-hdr": (),
}
"""Features whose titles do not name what stands in a mail; none where the lint has no use for."""
_NO_NAMES = frozenset(("individual", "logical", "longhand", "properties", "property", "shorthand"))
_ONE_NAME = re.compile(r"[a-z][a-z-]*")
_UNIT = re.compile(r"(\w+) unit")
_DISPLAY = re.compile(r"display: ?(\w+)")


def main() -> None:
    """Fetch the package, and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        archive = _fetch(Path(folder))
        with tarfile.open(archive) as package:
            about = json.loads(_member(package, "package.json"))
            licence = _member(package, "LICENSE")
            if about["license"] != "MIT" or not licence.startswith("MIT License"):
                raise SystemExit("The package is not under the MIT licence any more: read it.")
            data = json.loads(_member(package, "data/caniemail.json"))
    FILE.write_text(written(data), "utf-8")
    LICENCE.write_text(
        licence.replace("\nCopyright", f"\n{SOURCE_COPYRIGHT}\nCopyright", 1), "utf-8"
    )


def written(data: Mapping[str, Any]) -> str:
    """The file's text: where it comes from, and a line for each feature."""
    head = {
        "source": "caniemail.com, by the npm package caniemail",
        "version": VERSION,
        "updated": data["last_update_date"][:10],
        "licence": "MIT",
        "clients": list(CLIENTS.values()),
    }
    rows = {
        name: [feature["slug"], _marks(feature["stats"])]
        for feature in data["data"]
        for name in _names(feature)
        if set(_marks(feature["stats"])) & {"n", "a"}
    }
    lines = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items())]
    text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{text},\n "features": {{\n' + ",\n".join(lines) + "\n}}\n"


def _fetch(folder: Path) -> Path:
    subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), f"caniemail@{VERSION}"],
        check=True,
        timeout=120,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    if b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != INTEGRITY:
        raise SystemExit(f"caniemail {VERSION} is not the package that is pinned here.")
    return archive


def _member(package: tarfile.TarFile, name: str) -> str:
    file = package.extractfile(f"package/{name}")
    assert file is not None
    return file.read().decode("utf-8")


def _marks(stats: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """A letter for each client, of its newest version: y, n, a (in part) or u (nobody knows)."""
    return "".join(_mark(stats.get(family, {}).get(platform)) for family, platform in CLIENTS)


def _mark(versions: Mapping[str, str] | None) -> str:
    # The source lists versions in the order in which they appeared.
    return list(versions.values())[-1][0] if versions else "u"


def _names(feature: Mapping[str, Any]) -> Iterator[str]:
    """How the lint finds it: ``property``, ``display:flex``, ``@rule``, ``:pseudo``, ``fn()``,
    ``1vh``, ``<element>``, ``[attribute]``, ``.format``.
    """  # noqa: D205 - one list
    slug, title, category = feature["slug"], feature["title"], feature["category"]
    if slug in _SPELLED_OUT:
        yield from _SPELLED_OUT[slug]
    elif category == "css":
        yield from _css_names(slug, title, feature["keywords"] or "")
    elif category == "html":
        if found := re.match(r"(?:Embedded )?<(\w+)>", title):
            yield f"<{found[1]}>"
        elif found := re.fullmatch(r"([\w-]+) attribute", title):
            yield f"[{found[1]}]"
    elif category == "image":
        yield f".{slug.removeprefix('image-')}"


def _css_names(slug: str, title: str, keywords: str) -> Iterator[str]:
    if found := _UNIT.fullmatch(title):
        yield f"1{found[1]}"
    elif found := _DISPLAY.fullmatch(title):
        yield f"display:{found[1]}"
    elif title.startswith("@"):
        if not title.startswith("@media"):
            yield title
    elif title.startswith(":"):
        yield title.removesuffix("()")
    elif title.endswith("()"):
        yield title
    elif "selector" in slug:
        return
    else:
        words = re.split(r"[&,\s]+", f"{title}, {keywords}" if "&" in title else title)
        named = (word for word in words if _ONE_NAME.fullmatch(word) and word not in _NO_NAMES)
        yield from dict.fromkeys(named)


if __name__ == "__main__":
    main()
