"""A template made ready: parsed, styled and escaped once, so that a send only fills it in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import css_inline

from carteiro.errors import InvalidAddress, InvalidTemplate
from carteiro.model.addresses import Mailbox, Sender, clean_name, parse_mailbox, parse_sender
from carteiro.model.message import ContentType, Rendered, TemplateSource
from carteiro.templates.contexts import escapes_of
from carteiro.templates.placeholders import MAX_CHARACTERS, PLACEHOLDER, Text
from carteiro.templates.plain_text import plain_text

_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<html\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STRUCTURE = re.compile(r'[<>,;:"()\[\]\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


class CompiledTemplate:
    """A template in one language, ready to be filled in any number of times, by any thread."""

    __slots__ = (
        "_html",
        "_reply_to",
        "_sender",
        "_sender_has_address",
        "_subject",
        "_text",
        "language",
    )

    def __init__(self, source: TemplateSource, *, language: str | None = None) -> None:
        self.language = language
        self._subject = Text(_CONTROLS.sub(" ", source.subject))
        if source.content_type is ContentType.HTML:
            if len(source.content) > MAX_CHARACTERS:
                raise InvalidTemplate(f"A template has at most {MAX_CHARACTERS:,} characters.")
            html, text = _prepare(source.content)
            self._html: Text | None = Text(html, escapes_of(html))
            self._text = Text(text)
        else:
            self._html = None
            self._text = Text(source.content)
        self._sender = _Structured(source.send_from) if source.send_from else None
        self._reply_to = _Structured(source.reply_to) if source.reply_to else None
        # An address comes only from text of the template that has one: a name that a person or an
        # application gave itself must not become the address that a mail is from.
        literal = PLACEHOLDER.sub("", source.send_from or "")
        self._sender_has_address = "@" in literal or "<" in literal

    def render(self, values: Mapping[str, Any]) -> Rendered:
        """Fill the template in."""
        return Rendered(
            subject=_one_line(self._subject.render(values)),
            text=self._text.render(values),
            html=self._html.render(values) if self._html else None,
            sender=self._sender_of(values) if self._sender else Sender(),
            reply_to=self._reply_to_of(values) if self._reply_to else None,
            language=self.language,
        )

    def _sender_of(self, values: Mapping[str, Any]) -> Sender:
        assert self._sender is not None
        text = self._sender.render(values)
        return parse_sender(text) if self._sender_has_address else Sender(clean_name(text) or None)

    def _reply_to_of(self, values: Mapping[str, Any]) -> Mailbox | None:
        assert self._reply_to is not None
        try:
            return parse_mailbox(self._reply_to.render(values))
        except InvalidAddress:
            return None


def compile_template(source: TemplateSource, *, language: str | None = None) -> CompiledTemplate:
    """Compile. Raises ``InvalidTemplate`` for a template that is too large."""
    return CompiledTemplate(source, language=language)


class _Structured(Text):
    """A mailbox with gaps: values fill it, and bring no structure of their own."""

    __slots__ = ()

    def __init__(self, source: str) -> None:
        super().__init__(source, lambda _: _unstructured)


def _unstructured(value: str) -> str:
    return _STRUCTURE.sub("", value)


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text) if _CONTROLS.search(text) else text


def _prepare(content: str) -> tuple[str, str]:
    """The HTML with its styles inlined, and its text part; both with their placeholders.

    Parsers move and encode what they don't know, so placeholders are plain words meanwhile.
    """
    mark = f"ph{secrets.token_hex(6)}x"
    numbers: dict[str, int] = {}

    def hide(match: re.Match[str]) -> str:
        return f"{mark}{numbers.setdefault(match[0], len(numbers))}z"

    hidden = PLACEHOLDER.sub(hide, content)
    found = list(numbers)
    marks = re.compile(rf"{mark}(\d+)z")

    def show(text: str) -> str:
        return marks.sub(lambda match: found[int(match[1])], text)

    text = plain_text(hidden)
    if _STYLE.search(hidden) and _DOCUMENT.search(hidden):
        return show(_inliner.inline(hidden)), show(text)
    return content, show(text)
