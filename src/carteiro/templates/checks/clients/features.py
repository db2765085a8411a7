"""What a template uses that some mail clients cannot show: one finding for each feature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from carteiro.templates.checks.clients.effects import effect_of
from carteiro.templates.checks.clients.names import named
from carteiro.templates.checks.clients.styles import Use, uses_in_attribute, uses_in_sheet
from carteiro.templates.checks.clients.support import OUTLOOK, loss
from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Finding
from carteiro.templates.markup import Attribute, Tag

IN_PART = frozenset(("rgb()",))
"""Where showing it in some uses only is as bad as not showing it."""
_FORMAT = re.compile(r"[^?#]*(\.[a-z0-9]{2,5})(?:[?#]|\Z)", re.IGNORECASE)
_PICTURES = frozenset(("img", "source", "input"))


def check_features(document: Document) -> Iterator[Finding]:
    """A finding at the first place of each feature; others are counted."""
    places = dict[str, list[int]]()
    for use in _uses(document):
        places.setdefault(use.feature, []).append(use.position)
    for feature, positions in places.items():
        effect = effect_of(feature)
        lost = loss(feature, in_part=feature in IN_PART) if effect else None
        read = [at for at in positions if document.outlook_reads(at)]
        if lost is not None and not read:
            lost = lost.without(OUTLOOK)
        if lost is None or effect is None:
            continue
        more = f" (and {len(positions) - 1} more)" if len(positions) > 1 else ""
        shown = feature.removeprefix("1") if feature[0] == "1" else feature
        text = (
            f"`{shown}`{more} is not supported by {named(lost.clients)}: "
            f"{len(lost.clients)} of {lost.of} mail clients."
        )
        yield document.content.finding(
            effect.severity,
            "unsupported-by-clients",
            text,
            (read or positions)[0] if OUTLOOK in lost.clients else positions[0],
            clients=lost.clients,
            share=lost.share,
            advice=effect.advice,
        )


def _uses(document: Document) -> Iterator[Use]:
    for tag in document.tags:
        if not tag.conditional:
            yield from _of_tag(tag)
    for sheet in document.sheets:
        for use in uses_in_sheet(sheet.text):
            yield Use(feature=use.feature, position=sheet.start + use.position)


def _of_tag(tag: Tag) -> Iterator[Use]:
    relation = tag.get("rel")
    if tag.name != "link" or (relation and "stylesheet" in relation.value.lower()):
        yield Use(feature=f"<{tag.name}>", position=tag.start)
    for attribute in tag.attributes:
        if attribute.name == "style":
            yield from _of_style(attribute)
            continue
        name_at = attribute.outer[0] - len(attribute.name) - attribute.has_value
        yield Use(feature=f"[{attribute.name}]", position=max(name_at, tag.start))
        is_picture = tag.name in _PICTURES and attribute.name == "src"
        if (is_picture or attribute.name == "background") and (
            found := _FORMAT.match(unescape(attribute.value))
        ):
            yield Use(feature=found[1].lower(), position=attribute.start)


def _of_style(attribute: Attribute) -> Iterator[Use]:
    css = unescape(attribute.value)
    for use in uses_in_attribute(css):
        # A character reference moves what follows it: then only the beginning is known.
        moved = use.position if css == attribute.value else 0
        yield Use(feature=use.feature, position=attribute.start + moved)
