"""Putting a prebuilt mail together: the layout, a language's words, and a sender's branding."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from carteiro.languages.likely import direction, heritage
from carteiro.languages.plurals import Plural, plural
from carteiro.languages.varieties import Varieties
from carteiro.model.kinds import NOTICES, TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import CompiledTemplate, compile_template
from carteiro.templates.kinds import LINKED, USAGES
from carteiro.templates.urls import is_safe_url
from carteiro.templates.values import look_up

_FOLDER = Path(__file__).parent
_DEFAULT = "en"
_BOX = (
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
    '<td class="{name}"{attributes}>{content}</td></tr>'
    '<tr><td class="after" aria-hidden="true">&nbsp;</td></tr></table>\n'
)
"""A box with a ground of its own: only a cell has padding in every client. Below it is room."""
_OPERATION = _BOX.format(name="operation", attributes=' dir="auto"', content="{{operation}}")
_CODE = _BOX.format(
    name="code",
    attributes=' bgcolor="#efecfb" dir="ltr"',
    content='<span role="img" aria-label="{{code}}">{{code}}</span>',
)
_BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>'
    '<td class="button" bgcolor="#4b2fbf"><a href="{{link}}">[[button]]</a></td></tr>'
    '<tr><td class="after" aria-hidden="true">&nbsp;</td></tr></table>\n'
)
_NOTHING: Mapping[str, Any] = {}
_ADDRESSES = ("newAddress", "newPhone")
_FACTS = (*_ADDRESSES, "time", "device", "application")
_SUPPORT = {
    "supportEmail": '<a href="mailto:{{supportEmail}}" dir="ltr">{{supportEmail}}</a>',
    "supportWebsiteUrl": '<a href="{{supportWebsiteUrl}}" dir="ltr">{{supportWebsiteUrl}}</a>',
}
_SLOT = re.compile(r"\[\[(\w+)\]\]")

LANGUAGES = tuple(sorted(path.stem for path in (_FOLDER / "phrases").glob("*.json")))
"""The tags of the languages that there are words in."""
_BY_KEY = {tag.lower(): tag for tag in LANGUAGES}


def find(
    kind: TemplateType, locale: str, payload: Mapping[str, Any] = _NOTHING
) -> CompiledTemplate:
    """The unbranded template of a type in the language that is nearest to ``locale``.

    A notice has a line for each fact that the ``payload`` brings; how long a code lives is said in
    the form that goes with the payload's number.
    """
    return _fitting(kind, nearest(locale), _Blocks(), payload)


def compose(
    kind: TemplateType,
    locale: str,
    *,
    fallback: str = _DEFAULT,
    sender_name: str | None,
    company_information: str | None,
    app_logo: str | None,
    payload: Mapping[str, Any] = _NOTHING,
) -> CompiledTemplate:
    """The template with a sender's branding; what is missing leaves no gap.

    ``fallback`` is the language for a locale that there are no words in. A notice has a line for
    each fact that the ``payload`` brings.

    The words are compiled once for each language; branding is a value like any other and is
    escaped like one. A logo that is not an https address is left out.
    """
    logo = app_logo if app_logo and is_safe_url(app_logo) else None
    blocks = _Blocks(name=bool(sender_name), company=bool(company_information), logo=bool(logo))
    return replace(
        _fitting(kind, nearest(locale, fallback), blocks, payload),
        bound={
            "senderName": sender_name or "",
            "companyInformation": company_information or "",
            "appLogo": logo or "",
        },
    )


def source(kind: TemplateType, locale: str) -> TemplateSource:
    """The unbranded template in the language nearest to ``locale``, to start one's own from.

    It asks for nothing that is sometimes not there: one that is stored has no variants.
    """
    tag = nearest(locale)
    words = _words(tag)
    if kind in NOTICES:
        facts = tuple(name for name in (*_ADDRESSES, "time") if name in USAGES[kind].facts)
        return _notice_source(kind, tag, _Blocks(), facts)
    own = words["types"][kind]
    if kind is TemplateType.ORGANIZATION_INVITATION:
        return _source(tag, own, _link(words), _Blocks())
    return _source(tag, own, _code(words["expires"]), _Blocks())


def nearest(locale: str, fallback: str = _DEFAULT) -> str:
    """The language to write in: the nearest variety of ``locale``, else of ``fallback``.

    English where there is neither.
    """
    for wish in (locale, fallback):
        for tag in heritage(wish):
            if (found := _BY_KEY.get(tag.lower())) is not None:
                return found
        if (variety := _varieties().nearest(wish)) is not None:
            return variety
    return _DEFAULT


@cache
def _varieties() -> Varieties:
    return Varieties(LANGUAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """Which parts of the branding there are."""

    name: bool = False
    company: bool = False
    logo: bool = False


def _fitting(
    kind: TemplateType, tag: str, blocks: _Blocks, payload: Mapping[str, Any]
) -> CompiledTemplate:
    if kind not in NOTICES:
        return _compiled(kind, tag, blocks, _form(tag, payload.get("expiresInMinutes")))
    facts = [name for name in _FACTS if look_up(payload, _path(name)) not in (None, "")]
    facts += [name for name in _SUPPORT if payload.get(name)][:1]
    return _notice(kind, tag, blocks, tuple(facts))


def _form(tag: str, minutes: object) -> Plural:
    """The form that goes with a lifetime; a caller's own payload may hold anything there."""
    return plural(tag, minutes) if isinstance(minutes, int) else Plural.OTHER


def _path(fact: str) -> str:
    return "application.name" if fact == "application" else fact


@cache
def _notice(
    kind: TemplateType, tag: str, blocks: _Blocks, facts: tuple[str, ...]
) -> CompiledTemplate:
    return compile_template(_notice_source(kind, tag, blocks, facts), language=tag)


def _notice_source(
    kind: TemplateType, tag: str, blocks: _Blocks, facts: tuple[str, ...]
) -> TemplateSource:
    """A notice with a line for each of these facts, and where to get help."""
    words = _notice_words(tag)
    own = words["types"][kind]
    if "removed" in own and not any(name in facts for name in _ADDRESSES):
        own = {**own, "text": own["removed"]}
    lines = [
        _spaced(words["facts"][name], f'<span dir="auto">{{{{{_path(name)}}}}}</span>')
        for name in facts
        if name in _FACTS
    ]
    body = f"<p>{'<br>'.join(lines)}</p>\n" if lines else ""
    help_at = [_spaced(words["support"], _SUPPORT[name]) for name in facts if name in _SUPPORT]
    return _source(tag, own, body, blocks, _spaced(words["notYou"], *help_at))


def _spaced(first: str, *others: str) -> str:
    """One behind the other: a mark of full width has its room in it, others want a blank."""
    return ("" if first.endswith(("：", "。")) else " ").join((first, *others))


@cache
def _compiled(kind: TemplateType, tag: str, blocks: _Blocks, form: Plural) -> CompiledTemplate:
    """A template that leaves out what the payload does not have, rather than show a placeholder."""
    words = _words(tag)
    own = words["types"][kind]
    if kind is TemplateType.ORGANIZATION_INVITATION:
        named = _write(tag, own, _link(words), blocks)
        invited = _write(tag, {**own, "text": own["invited"]}, _link(words), blocks)
        plain = _write(tag, own["unnamed"], _link(words), blocks)
        named = replace(named, variants=(("inviter.name", invited),))
        return replace(plain, variants=(("organization.name", named),))
    coded = _coded(tag, own, blocks, form)
    if kind is TemplateType.USER_PERMISSION_VALIDATION:
        named = _coded(tag, {**own, "text": own["named"]}, blocks, form, _OPERATION)
        return replace(coded, variants=(("operation", named), *coded.variants))
    if kind not in LINKED:
        return coded
    linked = {"subject": own["title"], "title": own["title"], "text": words["linkText"]}
    body = _link({**words, "button": own["title"]})
    return replace(
        coded,
        variants=(
            ("link", _write(tag, linked, body, blocks, words["ignoreLinkText"])),
            *coded.variants,
        ),
    )


def _coded(
    tag: str, own: Mapping[str, str], blocks: _Blocks, form: Plural, before: str = ""
) -> CompiledTemplate:
    """A mail with a code; how long it lives is said where that is known."""
    expires = _words(tag)["expires"]
    timed = _write(tag, own, before + _code(expires.get(form) or expires[Plural.OTHER]), blocks)
    plain = _write(tag, own, before + _code(), blocks)
    return replace(plain, variants=(("expiresInMinutes", timed),))


def _write(
    tag: str, own: Mapping[str, str], body: str, blocks: _Blocks, ignore: str | None = None
) -> CompiledTemplate:
    return compile_template(_source(tag, own, body, blocks, ignore), language=tag)


def _source(
    tag: str, own: Mapping[str, str], body: str, blocks: _Blocks, ignore: str | None = None
) -> TemplateSource:
    words = _words(tag)
    slots = {
        "lang": tag,
        "dir": direction(tag),
        "start": "right" if direction(tag) == "rtl" else "left",
        "title": own["title"],
        "text": own["text"],
        "preheader": own["text"],
        "brand": _brand(blocks),
        "body": body,
        "ignore": ignore or words["ignoreLink" if "{{link}}" in body else "ignore"],
        "company": '<p class="foot">{{companyInformation}}</p>\n' if blocks.company else "",
    }
    content = _SLOT.sub(lambda slot: slots[slot[1]], _layout())
    return TemplateSource(
        subject=own["subject"],
        content=content,
        send_from="{{senderName}}" if blocks.name else None,
    )


def _code(expires: str | None = None) -> str:
    lifetime = f"<p>{expires}</p>\n" if expires else ""
    return f"{_CODE}{lifetime}"


def _link(words: Mapping[str, str]) -> str:
    return (
        f"{_BUTTON.replace('[[button]]', words['button'])}"
        f'<p class="link">{words["address"]}<br>'
        '<a href="{{link}}" dir="ltr">{{link}}</a></p>\n'
    )


def _brand(blocks: _Blocks) -> str:
    if blocks.logo:
        name = "{{senderName}}" if blocks.name else ""
        logo = f'<img class="logo" src="{{{{appLogo}}}}" alt="{name}" height="40">'
        return f'<p class="brand">{logo}</p>\n'
    return '<p class="brand">{{senderName}}</p>\n' if blocks.name else ""


@cache
def _words(tag: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / "phrases" / f"{tag}.json").read_text("utf-8"))
    return words


@cache
def _notice_words(tag: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / "notices" / f"{tag}.json").read_text("utf-8"))
    return words


@cache
def _layout() -> str:
    return (_FOLDER / "layout.html").read_text("utf-8")
