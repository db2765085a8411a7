"""The lint's rules by their codes: what each looks for. The reference is written from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Whoever gets this mail cannot go on, or it cannot be sent."""
    WARNING = "warning"
    """The mail will not say what its author meant."""
    NOTE = "note"
    """Right in most cases; worth a look."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a finding of this code means, and how bad it is at worst."""

    worst: Severity
    means: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

WORDS: Mapping[str, Rule] = {
    "missing-code": Rule(_E, "Nobody sees the code, so nobody can go on."),
    "missing-link": Rule(_E, "Nobody sees the link, so nobody can go on."),
    "link-without-code": Rule(_W, "A link alone, where mails of the type can bring a code."),
    "needless-code": Rule(_E, "A notice has a place for a code."),
    "needless-link": Rule(_E, "A notice has a place for a link."),
    "cannot-compile": Rule(_E, "The template is no template: too deep, or too large once filled."),
    "too-large": Rule(_E, "A text is longer than a template may be."),
    "unknown-variable": Rule(_W, "The type has no such variable."),
    "object-variable": Rule(_W, "The variable has fields and no text of its own."),
    "optional-variable": Rule(_N, "The variable is missing in some mails of this type."),
    "block": Rule(_E, "A block or helper of another template language does nothing."),
    "triple-braces": Rule(_W, "Three braces show one pair around the value."),
    "not-a-placeholder": Rule(_W, "The braces hold something that is no name."),
    "unusable-place": Rule(_W, "No value is safe there, so it stays empty."),
    "fixed-lifetime": Rule(_W, "A lifetime is written out that a setting changes."),
    "literal-code": Rule(_W, "A sample code was left in the text."),
    "empty-subject": Rule(_W, "The mail has no subject."),
    "line-break": Rule(_W, "The subject has more than one line."),
    "spam-prone-subject": Rule(_W, "The subject looks like those that filters know."),
    "invalid-reply-to": Rule(_W, "The reply address is not one address."),
    "invalid-send-from": Rule(_W, "The sender looks like an address and cannot be read as one."),
}
"""Rules on what is written."""

CLIENTS: Mapping[str, Rule] = {
    "unsupported-by-clients": Rule(
        _W, "Some clients cannot show a property, an element, an attribute or a format."
    ),
    "outlook-padding": Rule(_W, "Padding that Outlook for Windows passes over: not of a cell."),
    "outlook-margin": Rule(_W, "A negative margin, which Outlook for Windows passes over."),
    "outlook-image": Rule(_W, "An image with its width in a style alone, not in an attribute."),
    "outlook-width": Rule(_N, "A width that Outlook for Windows passes over: not of a table."),
    "outlook-max-width": Rule(_N, "A greatest width that Outlook for Windows passes over."),
    "outlook-centred": Rule(_N, "`margin: auto`, which does not centre in Outlook for Windows."),
    "low-contrast": Rule(_W, "Text too near to its background in colour (WCAG 2.2, 1.4.3, AA)."),
    "low-contrast-dark": Rule(_W, "The same, by the mail's own rules for dark schemes."),
    "low-contrast-forced-dark": Rule(_W, "The same, where a client turns the colours by itself."),
    "no-alt": Rule(_W, "An image has no text for those who do not see it."),
    "unsafe-link": Rule(
        _E, "An address that is dangerous (error), `http:` or relative (warning): no https, mailto."
    ),
    "embedded-document": Rule(_W, "A document within the mail, which no client shows."),
    "misleading-link": Rule(_W, "A link shows one domain and leads to another."),
    "no-direction": Rule(
        _W, "Text from right to left without an element in the body that says so."
    ),
    "code-read-as-number": Rule(_N, "Voice readers say the code as one number."),
    "clipped": Rule(_W, "What is sent is longer than Gmail shows: 102 KB."),
    "too-long-to-lint": Rule(
        _N, "More styles or elements than a mail can have were not looked at."
    ),
}
"""Rules on what becomes of it where it is read."""

RULES: Mapping[str, Rule] = {**WORDS, **CLIENTS}
