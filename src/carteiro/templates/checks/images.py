"""Images that say nothing where they are not shown."""

from __future__ import annotations

from collections.abc import Iterator

from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Finding, Severity


def check_images(document: Document) -> Iterator[Finding]:
    """A finding for each image without ``alt``; an empty one says that it only decorates."""
    for tag in document.tags:
        if tag.name == "img" and not tag.conditional and tag.get("alt") is None:
            yield document.content.finding(
                Severity.WARNING,
                "no-alt",
                "The image has no text for those who do not see it; many clients load no images.",
                tag.start,
                advice='Write what it says into `alt`, or `alt=""` where it only decorates.',
            )
