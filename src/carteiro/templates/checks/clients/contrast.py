"""Text that is hard to read: in light, in the mail's own dark colours, and in forced ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from carteiro.templates.checks.clients.colours import (
    Rgb,
    contrast,
    half_turned,
    turned,
    written,
)
from carteiro.templates.checks.clients.styles import dark_rules
from carteiro.templates.checks.document import Document
from carteiro.templates.checks.findings import Finding, Severity
from carteiro.templates.checks.seen import Seen, seen
from carteiro.templates.inlining import Inlined, read_inlined

_NEEDED, _NEEDED_WHEN_LARGE = 4.5, 3.0
"""WCAG 2.2, success criterion 1.4.3 (AA)."""
_Shift = Callable[[Rgb, Rgb], tuple[Rgb, Rgb]]


def _as_it_is(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return text, ground


def _all_turned(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return turned(text), turned(ground)


def _half_turned(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return half_turned(text, is_text=True), half_turned(ground, is_text=False)


def check_contrast(document: Document) -> Iterator[Finding]:
    """A finding for each pair of colours, where it stands first."""
    if (light := document.inlined) is None:
        return
    yield from _faults(document, light, "low-contrast", "", _as_it_is)
    dark = "".join(dark_rules(sheet.text) for sheet in document.sheets)
    if dark and (own := read_inlined(document.html, dark)) is not None:
        yield from _faults(document, own, "low-contrast-dark", " in your dark colours", _as_it_is)
    forced = " where the client turns the colours for a dark mode (it makes them {} on {})"
    for shift in (_all_turned, _half_turned):
        yield from _faults(document, light, "low-contrast-forced-dark", forced, shift)


def _faults(
    document: Document, inlined: Inlined, code: str, when: str, shift: _Shift
) -> Iterator[Finding]:
    told = set[tuple[Rgb, Rgb, bool]]()
    for run in seen(inlined):
        if run.colour is None or run.background is None:
            continue
        pair = (run.colour, run.background, run.is_large)
        if pair in told:
            continue
        told.add(pair)
        text, ground = shift(run.colour, run.background)
        if contrast(text, ground) < (needed := _needed(run)):
            yield document.content.finding(
                Severity.WARNING,
                code,
                f"{written(run.colour)} on {written(run.background)} has a contrast of "
                f"{contrast(text, ground):.1f} : 1"
                f"{when.format(written(text), written(ground))}; "
                f"{needed:g} : 1 can be read by nearly everybody.",
                run.tag.start if run.tag else 0,
                advice="Make the one darker, or the other lighter.",
            )


def _needed(run: Seen) -> float:
    return _NEEDED_WHEN_LARGE if run.is_large else _NEEDED
