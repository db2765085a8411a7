"""A template made ready: everything that does not depend on the values is done once, here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from carteiro.model.addresses import Sender
from carteiro.model.kinds import NOTICES, TemplateType, WayOn, brought
from carteiro.model.message import ContentType, Rendered, TemplateSource
from carteiro.templates.contexts import in_context
from carteiro.templates.envelope import (
    MailboxPattern,
    compile_reply_to,
    compile_send_from,
    one_line,
)
from carteiro.templates.inlining import has_style_sheet, inline_styles
from carteiro.templates.placeholders import FilledText, Part, Placeholder, Slot, compile_text, split
from carteiro.templates.text_part.plain_text import plain_text_of
from carteiro.templates.tokens import Tokens
from carteiro.templates.values import look_up

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTemplate:
    """A template to be rendered many times. Made by ``compile_template``; safe to share.

    ``bound`` holds variables that belong to the template and not to the message; they win over
    the payload's. ``variants`` are templates to use instead, each when the payload has a value for
    its variable; the first that fits wins. ``shows`` is what the reader sees in every part and can
    go on with; ``names_language`` says that some text speaks of the mail's ``locale``.
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
    shows: frozenset[WayOn] = frozenset()
    names_language: bool = False

    def chosen(self, payload: Mapping[str, Any]) -> CompiledTemplate:
        """The variant that ``render`` would use."""
        for variable, variant in self.variants:
            if look_up(payload, variable) not in (None, ""):
                return variant.chosen(payload)
        return self

    def variables(self, payload: Mapping[str, Any]) -> frozenset[tuple[str, ...]]:
        """What ``render`` would ask the payload for, in any text; what is ``bound`` is not asked.

        Each is a variable's name and the way into it.
        """
        used = self.chosen({**payload, **self.bound})
        envelope = (used.send_from, used.reply_to)
        texts = [used.subject, used.text, used.html]
        texts += [text for one in envelope if one for text in (one.name, one.address)]
        bound = {*self.bound, *used.bound}
        return frozenset(
            variable
            for text in texts
            if text
            for variable in text.variables
            if variable[0] not in bound
        )

    def serves(self, kind: TemplateType, payload: Mapping[str, Any]) -> bool:
        """Whether whoever gets the mail can go on: it shows the code or the link that it brings.

        A notice brings neither, and serves only without a place for one.
        """
        shows = self.chosen(payload).shows if self.variants else self.shows
        # Nearly every mail ends here: this is asked once for each.
        for way in shows:
            if way in payload:
                return True
        if kind in NOTICES:
            return not shows
        return any(way in shows for way in brought(kind, payload))

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

    >>> from carteiro import TemplateSource, compile_template
    >>> source = TemplateSource(subject="{{code}}", content="<p>{{name}}: <b>{{code}}</b></p>")
    >>> mail = compile_template(source, language="en").render({"code": "0427", "name": "<A>"})
    >>> mail.subject, mail.html, mail.text
    ('0427', '<p>&lt;A&gt;: <b>0427</b></p>', '<A>: 0427')
    """
    parts = _split(source.content)
    html: FilledText | None
    if source.content_type == ContentType.PLAIN:
        text, html, shows = compile_text(parts), None, _ways_on(parts)
    else:
        text, html, shows = _compile_html(parts)
    if source.text is not None:
        own = _split(source.text)
        # Without a content there is no HTML part that could hide anything.
        text = compile_text(own)
        shows = shows & _ways_on(own) if source.content.strip() else _ways_on(own)
    names_language = any("locale" in _roots(words) for words in _texts(source))
    return CompiledTemplate(
        language=language,
        subject=compile_text(_split(source.subject)),
        text=text,
        html=html,
        send_from=compile_send_from(source.send_from) if source.send_from else None,
        reply_to=compile_reply_to(source.reply_to) if source.reply_to else None,
        provider_template=source.provider_template,
        bound={"locale": language} if language and names_language else {},
        shows=_shown_there(source.kind) if source.provider_template else shows,
        names_language=names_language,
    )


def _texts(source: TemplateSource) -> Iterator[list[Part]]:
    texts = (source.subject, source.content, source.text, source.send_from, source.reply_to)
    return (_split(text) for text in texts if text)


def _roots(parts: Iterable[Part]) -> frozenset[str]:
    return frozenset(part.root for part in parts if isinstance(part, Placeholder))


def _ways_on(parts: Iterable[Part]) -> frozenset[WayOn]:
    """What of them is a code or a link; a field of one is always empty."""
    roots = _roots(part for part in parts if isinstance(part, Placeholder) and not part.path)
    return frozenset(way for way in WayOn if way in roots)


def _shown_there(kind: TemplateType | None) -> frozenset[WayOn]:
    """What a provider's template shows: nobody here reads it, but ``Generic`` has no link."""
    return frozenset({WayOn.CODE} if kind is TemplateType.GENERIC else WayOn)


def _compile_html(parts: list[Part]) -> tuple[FilledText, FilledText, frozenset[WayOn]]:
    tokens = Tokens(parts)
    html = tokens.html
    if has_style_sheet(html):
        html = inline_styles(html, tokens.word)
        parts = [part for part in tokens.restore(html) if not isinstance(part, Slot)]
    text = plain_text_of(tokens, html)
    return compile_text(text.parts), FilledText(in_context(parts)), _ways_on(text.seen)


def _split(source: str) -> list[Part]:
    # A half character cannot be written as UTF-8; JSON can bring one.
    return split(_HALF_CHARACTER.sub("\ufffd", source))
