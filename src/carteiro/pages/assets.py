"""Scripts and styles of the pages: named by what is in them, and kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from carteiro.api.compression import takes_gzip

_FOLDER = Path(__file__).with_name("static")
_BELOW = "/assets"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file. ``address`` changes with its content."""

    address: str
    type: str
    content: bytes = field(repr=False)
    compressed: bytes = field(repr=False)


@cache
def assets() -> dict[str, Asset]:
    """The files by name, as ``door/code.js``."""
    found = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix not in _TYPES:
            continue
        name, content = path.relative_to(_FOLDER).as_posix(), path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        stem = name.removesuffix(path.suffix).replace("/", "-")
        found[name] = Asset(
            address=f"{_BELOW}/{stem}.{digest}{path.suffix}",
            type=_TYPES[path.suffix],
            content=content,
            compressed=gzip.compress(content, 9, mtime=0),
        )
    return found


def address_of(name: str) -> str:
    """Where a browser finds a file."""
    return assets()[name].address


@cache
def _by_address() -> dict[str, Asset]:
    return {asset.address: asset for asset in assets().values()}


async def get_asset(request: Request) -> Response:
    """A file, compressed where the browser takes that; one with another digest is not there."""
    asset = _by_address().get(request.scope["path"])
    if asset is None:
        return PlainTextResponse("Not Found", 404, {"Cache-Control": "no-store"})
    headers = {
        "Content-Type": asset.type,
        "Cache-Control": _FOR_GOOD,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(asset.compressed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.content, headers=headers)


routes = [Route(f"{_BELOW}/{{name}}", get_asset)]
