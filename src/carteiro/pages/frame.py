"""The frame of every hosted page: what stands around its content, and the headers it goes with."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from carteiro.api.compression import takes_gzip
from carteiro.api.context import header
from carteiro.delivery.workspaces.workspace import Workspace
from carteiro.languages.names import languages_of
from carteiro.languages.spoken import Spoken
from carteiro.pages.assets import address_of, assets
from carteiro.pages.blanks import Blank
from carteiro.pages.look import look_of
from carteiro.pages.rendering import PAGES
from carteiro.pages.segments import Segment, gzipped, whole

_STYLE, _DATA = "<!--style-->", "<!--data-->"
"""Where the large pieces of a page stand in ``frame.html``: no escaped value can look like this."""

ANY_TOKEN = Markup("<!--token-->")
"""In place of the forms' token, in a page that is kept: no escaped value can look like this."""
_LARGE = 32 * 1024
Header = tuple[bytes, bytes]
_GZIP = {"Content-Encoding": "gzip"}
_GZIPPED: Header = (b"content-encoding", b"gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Whose page it is, in which words and colours.

    ``experience`` is what anybody may read of the settings, in this look. ``targets`` are origins
    that the page's forms lead to beside ours, ``framed_by`` is who may show it in a frame.
    ``scripts`` are ours, ``foreign`` is where others' scripts and frames come from. ``token`` is
    what the page's forms carry; with it the person may choose a language if ``choice`` says so.
    """

    spoken: Spoken
    workspace: Workspace = field(repr=False)
    experience: Mapping[str, Any] = field(repr=False)
    name: str
    app_id: str | None = None
    organization_id: str | None = None
    targets: Sequence[str] = ()
    framed_by: str | None = None
    scripts: Sequence[str] = ()
    foreign: Sequence[str] = ()
    choice: bool = False
    token: str = ""


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The data block's second half, kept with the tenant."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class _Style:
    """A large style, kept with the tenant."""

    text: str = field(repr=False)
    segment: Segment


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page that was made before, and of what."""

    frame: Frame
    values: Mapping[str, Any]
    blank: Blank
    headers: Sequence[Header]


class _Ready(Response):
    """An answer whose headers were written before, but for its length."""

    def __init__(self, content: bytes, headers: Iterable[Header]) -> None:
        self._given = headers
        super().__init__(content)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 - they are there
        self.raw_headers = [*self._given, (b"content-length", b"%d" % len(self.body))]


def render(
    request: Request, template: str, frame: Frame, *, status: int = 200, **values: Any
) -> Response:
    """A page. ``values`` are the template's, beside ``frame`` and ``t``, a text by key."""
    segments, policy = _made(request, template, frame, values)
    headers = _headers(policy, frame.spoken.tag)
    if takes_gzip(header(request.scope, b"accept-encoding") or ""):
        return Response(gzipped(segments), status, {**headers, **_GZIP})
    return Response(whole(segments), status, headers)


def render_kept(
    request: Request, template: str, frame: Frame, token: str, **values: Any
) -> Response:
    """The same for a page that many people see alike: only the token is another one each time.

    In ``frame`` it is ``ANY_TOKEN``. The page is made anew as soon as anything in ``frame`` or
    ``values`` is not as it was. A large one, with a style or a logo of the tenant's in it, is not
    kept.
    """
    whose = (frame.spoken.tag, frame.app_id or "", frame.organization_id or "")
    name = " ".join((template, *_seen(request), *whose))
    kept = frame.workspace.kept(_Kept, name)
    if kept is None or kept.values != values or kept.frame != frame:
        segments, policy = _made(request, template, frame, values)
        headers = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in _headers(policy, frame.spoken.tag).items()
        ]
        kept = _Kept(frame, values, Blank.of([*_apart(segments)], len(token)), headers)
        if _size(segments) - len(_phrases(frame).plain) < _LARGE:
            frame.workspace.keep(name, kept)
    if takes_gzip(header(request.scope, b"accept-encoding") or ""):
        return _Ready(kept.blank.gzipped(token), (*kept.headers, _GZIPPED))
    return _Ready(kept.blank.plain(token), kept.headers)


def _seen(request: Request) -> tuple[str, str]:
    """What a page takes from its request: where it is, and whether it is dark there."""
    mode = header(request.scope, b"sec-ch-prefers-color-scheme") == "dark"
    return request.scope["path"], "dark" if mode else "light"


def _size(segments: Sequence[Segment]) -> int:
    return sum(len(segment.plain) for segment in segments)


def _apart(segments: Sequence[Segment]) -> Iterator[Segment | None]:
    """The same with the places of the token."""
    for segment in segments:
        text = segment.plain.decode()
        first, *rest = text.split(ANY_TOKEN)
        yield segment if not rest else Segment.of(first)
        for part in rest:
            yield from (None, Segment.of(part))


def _made(
    request: Request, template: str, frame: Frame, values: Mapping[str, Any]
) -> tuple[list[Segment], str]:
    """The pieces of a page, and its policy."""
    path, mode = _seen(request)
    look = look_of(frame.experience)
    spoken = frame.spoken
    html = PAGES.get_template(template).render(
        {
            "frame": frame,
            "look": look,
            "mode": mode if look.dark else "light",
            "t": spoken.say,
            "spoken": spoken,
            "asset": address_of,
            "mailbox": request.app.state.shows_mailbox,
            "path": path,
            "languages": _options(frame) if frame.choice else None,
            **values,
        }
    )
    head, _, rest = html.partition(_STYLE)
    body, _, end = rest.partition(_DATA)
    own, custom = f"<style>{look.style}</style>", ""
    if look.custom_css and frame.framed_by is None:
        custom = f"<style data-custom-css>{look.custom_css}</style>"
    segments = [
        _kept(head),
        _style(),
        _style_of(frame, own + custom),
        Segment.quickly(body),
        _kept(_experience(frame)),
        _phrases(frame),
        _kept(end),
    ]
    return segments, _policy(frame, [look.style, look.custom_css if custom else ""])


def _style_of(frame: Frame, text: str) -> Segment:
    """A look's style; of large ones, which are most of a page's work, the last one is kept."""
    if len(text) < _LARGE:
        return _compressed(text)
    kept = frame.workspace.kept(_Style, "")
    if kept is None or kept.text != text:
        kept = _Style(text, Segment.quickly(text))
        frame.workspace.keep("", kept)
    return kept.segment


def _options(frame: Frame) -> Markup:
    return _listed(languages_of(frame.workspace.library), frame.spoken.tag)


@lru_cache(maxsize=512)
def _listed(languages: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    option = Markup('<option value="{0}" lang="{0}"{1}>{2}</option>')
    marks = {chosen: Markup(" selected")}
    return Markup("").join(option.format(tag, marks.get(tag, ""), name) for tag, name in languages)


def _kept(text: str) -> Segment:
    """A piece that is the same on many pages: a look's, a screen's. A large one is not kept."""
    return _compressed(text) if len(text) < _LARGE else Segment.quickly(text)


@lru_cache(maxsize=512)
def _compressed(text: str) -> Segment:
    return Segment.of(text)


def _headers(policy: str, tag: str) -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Content-Language": tag,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
        "Accept-CH": "Sec-CH-Prefers-Color-Scheme",
        "Vary": "Accept-Encoding, Accept-Language, Cookie, Sec-CH-Prefers-Color-Scheme",
    }


def _policy(frame: Frame, styles: Sequence[str]) -> str:
    """The page's Content-Security-Policy (CSP 3)."""
    hashes = [_style_hash(), *(hash_of(style) for style in styles if style)]
    foreign = " ".join(frame.foreign)
    framed = f"frame-src {foreign}; " if foreign else ""
    return (
        f"default-src 'none'; script-src 'self' {foreign}; style-src {' '.join(hashes)} {foreign}; "
        f"img-src 'self' https: data:; connect-src 'self' {foreign}; {framed}"
        f"form-action 'self' {' '.join(frame.targets)}; "
        f"frame-ancestors {frame.framed_by or chr(39) + 'none' + chr(39)}; base-uri 'none'"
    ).replace(" ;", ";")


def hash_of(text: str) -> str:
    """A source that allows this very style or script (CSP 3 §2.3.1)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _style() -> Segment:
    return Segment.of(f"<style>{_css()}</style>")


@cache
def _style_hash() -> str:
    return hash_of(_css())


def _css() -> str:
    return assets()["door.css"].content.decode()


def _experience(frame: Frame) -> str:
    """The first half of what ``window.logtoSsr`` becomes."""
    named = {"appId": frame.app_id, "organizationId": frame.organization_id}
    known = {name: value for name, value in named.items() if value}
    data = as_json({**known, "data": frame.experience})
    tag = as_json(frame.spoken.tag)
    return (
        '<script type="application/json" id="logto-ssr">'
        f'{{"signInExperience":{data},"phrases":{{"lng":{tag},"data":'
    )


def _phrases(frame: Frame) -> Segment:
    """The second half; it is the largest piece of a page, and the same for everybody."""
    tag = frame.spoken.tag
    kept = frame.workspace.kept(_Phrases, tag)
    if kept is None:
        kept = _Phrases(Segment.of(f"{as_json(dict(frame.spoken.texts))}}}}}</script>"))
        frame.workspace.keep(tag, kept)
    return kept.segment


def as_json(value: Any) -> str:
    """A value for a data block of a page: nothing in it ends the block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, written in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, written)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
