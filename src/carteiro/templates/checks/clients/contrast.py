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
_OWN = " in your dark colours"
_FORCED = " where the client turns the colours for a dark mode (it makes them {} on {})"
_Shift = Callable[[Rgb, Rgb], tuple[Rgb, Rgb]]


def _as_it_is(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return text, ground


def _all_turned(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return turned(text), turned(ground)


def _half_turned(text: Rgb, ground: Rgb) -> tuple[Rgb, Rgb]:
    return half_turned(text, is_text=True), half_turned(ground, is_text=False)


def check_contrast(document: Document) -> Iterator[Finding]:
    """A finding for each pair of colours, where it stands first.

    What is hard to read as it is written is not told of again for the dark modes that turn it.
    """
    if document.inlined is None:
        return
    for run in (runs := _pairs(document.inlined)):
        if (found := _fault(document, run, "low-contrast", "", _as_it_is)) is not None:
            yield found
            continue
        for shift in (_all_turned, _half_turned):
            if found := _fault(document, run, "low-contrast-forced-dark", _FORCED, shift):
                yield found
                break
    dark = "".join(dark_rules(sheet.text) for sheet in document.sheets)
    if dark and runs and (own := read_inlined(document.html, dark)) is not None:
        for run in _pairs(own):
            if found := _fault(document, run, "low-contrast-dark", _OWN, _as_it_is):
                yield found


def _pairs(inlined: Inlined) -> list[Seen]:
    """The first text of each pair of colours and kind of size."""
    first = dict[object, Seen]()
    for run in seen(inlined):
        if run.colour is not None and run.background is not None:
            first.setdefault((run.colour, run.background, run.is_large), run)
    return list(first.values())


def _fault(document: Document, run: Seen, code: str, when: str, shift: _Shift) -> Finding | None:
    assert run.colour is not None
    assert run.background is not None
    text, ground = shift(run.colour, run.background)
    ratio, needed = contrast(text, ground), _needed(run)
    if ratio >= needed:
        return None
    when = when.format(written(text), written(ground))
    return document.content.finding(
        Severity.WARNING,
        code,
        f"{written(run.colour)} on {written(run.background)} has a contrast of "
        f"{ratio:.1f} : 1{when}; {needed:g} : 1 can be read by nearly everybody.",
        run.tag.start if run.tag else 0,
        advice="Make the one darker, or the other lighter.",
    )


def _needed(run: Seen) -> float:
    return _NEEDED_WHEN_LARGE if run.is_large else _NEEDED
