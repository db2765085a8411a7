"""A template made ready: everything that does not depend on the values is done once, here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.model.addresses import Sender
from carteiro.model.message import ContentType, Rendered, TemplateSource
from carteiro.templates.contexts import in_context
from carteiro.templates.envelope import (
    MailboxPattern,
    compile_reply_to,
    compile_send_from,
    one_line,
)
from carteiro.templates.inlining import has_style_sheet, inline_styles
from carteiro.templates.placeholders import FilledText, Part, compile_text, split
from carteiro.templates.plain_text import plain_text_of
from carteiro.templates.tokens import Tokens
from carteiro.templates.values import look_up

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTemplate:
    """A template to be rendered many times. Made by ``compile_template``; safe to share.

    ``bound`` holds variables that belong to the template and not to the message; they win over
    the payload's. ``variants`` are templates to use instead, each when the payload has a value for
    its variable; the first that fits wins.
    """

    language: str | None
    subject: FilledText = field(repr=False)
    text: FilledText = field(repr=False)
    html: FilledText | None = field(repr=False)
    send_from: MailboxPattern | None = field(default=None, repr=False)
    reply_to: MailboxPattern | None = field(default=None, repr=False)
    provider_template: str | None = None
    bound: Mapping[str, Any] = field(default_factory=dict, repr=False)
    variants: tuple[tuple[str, CompiledTemplate], ...] = field(default=(), repr=False)

    def render(self, payload: Mapping[str, Any]) -> Rendered:
        """Fill in the values.

        In HTML they are escaped for their place; the subject is one line; a sender or a reply
        address that the values make unusable is left out. Raises ``InvalidTemplate`` only when
        many placeholders would make an enormous mail.
        """
        if self.bound:
            payload = {**payload, **self.bound}
        for variable, variant in self.variants:
            if look_up(payload, variable) not in (None, ""):
                return variant.render(payload)
        return Rendered(
            subject=one_line(self.subject.render(payload)),
            text=self.text.render(payload),
            html=self.html.render(payload) if self.html else None,
            sender=self.send_from.sender(payload) if self.send_from else Sender(),
            reply_to=self.reply_to.mailbox(payload) if self.reply_to else None,
            language=self.language,
            provider_template=self.provider_template,
        )


def compile_template(source: TemplateSource, *, language: str | None = None) -> CompiledTemplate:
    """Compile a template; ``language`` is its BCP 47 tag.

    HTML gets a plain-text part and, where it has a ``<style>``, its rules inlined; HTML without one
    is sent as it is written. Raises ``InvalidTemplate`` for a field of more than
    ``placeholders.MAX_CHARACTERS`` characters.
    """
    parts = _split(source.content)
    html: FilledText | None
    if source.content_type == ContentType.PLAIN:
        text, html = compile_text(parts), None
    else:
        text, html = _compile_html(parts)
    if source.text is not None:
        text = compile_text(_split(source.text))
    return CompiledTemplate(
        language=language,
        subject=compile_text(_split(source.subject)),
        text=text,
        html=html,
        send_from=compile_send_from(source.send_from) if source.send_from else None,
        reply_to=compile_reply_to(source.reply_to) if source.reply_to else None,
        provider_template=source.provider_template,
    )


def _compile_html(parts: list[Part]) -> tuple[FilledText, FilledText]:
    tokens = Tokens(parts)
    text = compile_text(plain_text_of(tokens))
    if has_style_sheet(tokens.html):
        parts = tokens.restore(inline_styles(tokens.html, tokens.word))
    return text, FilledText(in_context(parts))


def _split(source: str) -> list[Part]:
    # A half character cannot be written as UTF-8; JSON can bring one.
    return split(_HALF_CHARACTER.sub("\ufffd", source))
