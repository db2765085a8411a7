"""Every prebuilt mail at three widths: `python -m tools.screens.mails FOLDER [LANGUAGE …]`.

Pictures for each language in light, in dark, as Chromium turns light colours by force, and as
Outlook for Windows is known to read it; with a row for each mail. The language's fonts have to be
there (on Debian: `fonts-noto`, `fonts-noto-cjk`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from carteiro.model.kinds import TemplateType
from carteiro.templates import builtin
from carteiro.templates.kinds import LINKED, sample_context
from tools.screens.chromium import Scheme, take
from tools.screens.word import as_word

WIDTHS = (320, 600, 800)
_HEIGHT, _LABEL, _GAP = 640, 28, 12
_ROWS = 4
"""Mails in a picture: more would be too small to look at."""
_LINK = "https://example.com/sign-in?token=sample"
_STYLE = (
    "body { margin: 0; background: #888888; font: 16px sans-serif } "
    f"iframe {{ border: 0; height: {_HEIGHT}px; margin: 0 {_GAP}px 0 0 }} "
    f"p {{ margin: 0; padding: 4px; height: {_LABEL - 8}px; color: #ffffff; background: #444444 }}"
)


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    languages = sys.argv[2:] or list(builtin.LANGUAGES)
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        mails = list(rendered(language))
        for first in range(0, len(mails), _ROWS):
            shown = mails[first : first + _ROWS]
            looks = {str(scheme): (scheme, shown) for scheme in Scheme}
            looks["outlook"] = (Scheme.LIGHT, [(name, as_word(html)) for name, html in shown])
            for look, (scheme, rows) in looks.items():
                picture = folder / f"mails-{language}-{first // _ROWS + 1}-{look}.png"
                _take(rows, picture, scheme)
                print(picture)


def _take(mails: list[tuple[str, str]], picture: Path, scheme: Scheme) -> None:
    take(
        sheet(mails),
        picture.resolve(),
        scheme=scheme,
        width=sum(WIDTHS) + _GAP * len(WIDTHS),
        height=len(mails) * (_HEIGHT + _LABEL),
    )


def rendered(language: str) -> Iterator[tuple[str, str]]:
    """Each mail's name and HTML, with sample values and branding, a link in place of a code too."""
    for kind in TemplateType:
        context = sample_context(kind, language)
        payloads = {str(kind): context}
        if kind in LINKED:
            payloads[f"{kind} by link"] = {**context, "link": _LINK}
        for name, payload in payloads.items():
            mail = builtin.compose(
                kind,
                language,
                sender_name="Example",
                company_information="Example Company, 1 Sample Street",
                app_logo=None,
                payload=payload,
            ).render(payload)
            yield f"{name}: {mail.subject}", mail.html or ""


def sheet(mails: list[tuple[str, str]]) -> str:
    """A page that shows each mail in frames of the three widths."""
    rows = (
        f"<p>{escape(name)}</p><div style='white-space: nowrap; font-size: 0'>"
        + "".join(f'<iframe width="{width}" srcdoc="{escape(html)}"></iframe>' for width in WIDTHS)
        + "</div>"
        for name, html in mails
    )
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{''.join(rows)}"


if __name__ == "__main__":
    main()
