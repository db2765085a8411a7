"""Putting a prebuilt mail together: the layout, a language's words, and a sender's branding."""

from __future__ import annotations

import html
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from carteiro.languages.tags import direction, lookup_chain
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import CompiledTemplate, compile_template

_FOLDER = Path(__file__).parent
_DEFAULT = "en"
LANGUAGES = tuple(sorted(path.stem for path in (_FOLDER / "phrases").glob("*.json")))
"""The tags of the languages that there are words in."""
_BY_KEY = {tag.lower(): tag for tag in LANGUAGES}
_BASES = {"pt": "pt-BR", "zh": "zh-CN"}
"""Which variety answers for a language alone."""


def find(kind: TemplateType, locale: str) -> CompiledTemplate:
    """The unbranded template of a type in the language that is nearest to ``locale``."""
    return compose(kind, locale, sender_name=None, company_information=None, app_logo=None)


def compose(
    kind: TemplateType,
    locale: str,
    *,
    sender_name: str | None,
    company_information: str | None,
    app_logo: str | None,
) -> CompiledTemplate:
    """The template with a sender's branding; made once for each branding and language."""
    return _compiled(kind, nearest(locale), sender_name, company_information, app_logo)


def nearest(locale: str) -> str:
    """The shipped language for a tag (RFC 4647 lookup), English for everything else."""
    for tag in lookup_chain(locale.replace("_", "-").lower()):
        if (found := _BY_KEY.get(tag) or _BASES.get(tag)) is not None:
            return found
    return _DEFAULT


@lru_cache(maxsize=1024)
def _compiled(
    kind: TemplateType,
    tag: str,
    sender_name: str | None,
    company_information: str | None,
    app_logo: str | None,
) -> CompiledTemplate:
    words = _words(tag)
    own = words["types"][kind]
    is_link = kind is TemplateType.ORGANIZATION_INVITATION
    slots = {
        "lang": tag,
        "dir": direction(tag),
        "title": own["title"],
        "text": own["text"],
        "logo": _logo(app_logo, sender_name),
        "secret": _link(words) if is_link else _code(words),
        "ignore": words["ignoreLink" if is_link else "ignore"],
        "company": _company(company_information),
    }
    content = _layout()
    for slot, value in slots.items():
        content = content.replace(f"[[{slot}]]", value)
    return compile_template(TemplateSource(subject=own["subject"], content=content), language=tag)


def _code(words: dict[str, Any]) -> str:
    return f'<p class="code">{{{{code}}}}</p>\n<p>{words["expires"]}</p>\n'


def _link(words: dict[str, Any]) -> str:
    return (
        f'<p><a class="button" href="{{{{link}}}}">{words["button"]}</a></p>\n'
        f'<p class="link">{words["address"]}<br><a href="{{{{link}}}}">{{{{link}}}}</a></p>\n'
    )


def _logo(address: str | None, name: str | None) -> str:
    if not address:
        return ""
    return f'<img class="logo" src="{_fixed(address)}" alt="{_fixed(name or "")}">\n'


def _company(text: str | None) -> str:
    return f'<p class="foot">{_fixed(text)}</p>\n' if text else ""


def _fixed(text: str) -> str:
    """An administrator's own words, shown as they are: they hold no slot and no placeholder."""
    for pair in ("{{", "}}", "[[", "]]"):
        text = text.replace(pair, pair[0])
    return html.escape(text)


@cache
def _words(tag: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((_FOLDER / "phrases" / f"{tag}.json").read_text("utf-8"))
    return words


@cache
def _layout() -> str:
    return (_FOLDER / "layout.html").read_text("utf-8")
