"""Rendering: our compiled template against Jinja2's and against bare ``str.replace``.

The sample is an HTML mail of 10 KB with 12 variables, nested and flat, some with characters that
must be escaped. All three give the same text; that is asserted first. Rounds are interleaved, so
that a busy machine slows all of them down alike; the figure is the median round.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

from jinja2 import Environment
from rich.console import Console
from rich.table import Table

from carteiro.templates.contexts import in_context
from carteiro.templates.placeholders import FilledText, split

TARGET = 3.0
"""How many times as fast as Jinja2 rendering has to be."""
_ROUNDS, _CALLS = 41, 500

_VARIABLES = (
    *("code", "locale", "uiLocales", "expiresInMinutes", "application.name"),
    *("application.displayName", "application.branding.logoUrl", "organization.name"),
    *("user.name", "user.primaryEmail", "user.profile.givenName", "link"),
)
PAYLOAD: Mapping[str, Any] = {
    "code": "042137",
    "locale": "pt-BR",
    "uiLocales": "pt-BR en",
    "expiresInMinutes": "10",
    "link": "https://example.com/join?token=sample&from=mail",
    "application": {
        "name": "Example App",
        "displayName": "Example & Sons",
        "branding": {"logoUrl": "https://example.com/logo.png"},
    },
    "organization": {"name": "Example <Organization>"},
    "user": {
        "name": "Sample Person",
        "primaryEmail": "person@example.com",
        "profile": {"givenName": "Sample"},
    },
}


def sample() -> str:
    """The mail: 12 paragraphs of filler, a variable in each."""
    filler = "Enter it on the page that you opened. Nobody will ask you for it on the phone. "
    body = "\n".join(
        f'<p class="line" style="margin: 0 0 16px; color: #1d1b26">{filler * 10}{{{{{name}}}}}</p>'
        for name in _VARIABLES
    )
    return f'<!doctype html>\n<html lang="pt-BR">\n<body>\n{body}\n</body>\n</html>\n'


def _ours(source: str) -> Callable[[], str]:
    compiled = FilledText(in_context(split(source)))
    return lambda: compiled.render(PAYLOAD)


def _jinja(source: str) -> Callable[[], str]:
    compiled = Environment(autoescape=True, keep_trailing_newline=True).from_string(source)
    return lambda: compiled.render(PAYLOAD)


def _replace(source: str) -> Callable[[], str]:
    """The floor: no look-up, values escaped beforehand."""
    placeholders = [f"{{{{{name}}}}}" for name in _VARIABLES]
    values = [(text, FilledText(in_context(split(text))).render(PAYLOAD)) for text in placeholders]

    def render() -> str:
        text = source
        for placeholder, value in values:
            text = text.replace(placeholder, value)
        return text

    return render


def measure() -> dict[str, float]:
    """Median microseconds per call for each, and ``ratio``: Jinja2's time by ours."""
    source = sample()
    contestants = {"ours": _ours(source), "jinja2": _jinja(source), "replace": _replace(source)}
    texts = {render() for render in contestants.values()}
    if len(texts) != 1 or not 10_000 <= len(source) <= 12_000:
        raise AssertionError("the contestants must render the same 10 KB")
    times: dict[str, list[float]] = {name: [] for name in contestants}
    gc.disable()
    try:
        for _ in range(_ROUNDS):
            for name, render in contestants.items():
                start = perf_counter()
                for _ in range(_CALLS):
                    render()
                times[name].append((perf_counter() - start) / _CALLS * 1e6)
    finally:
        gc.enable()
    medians = {name: median(rounds) for name, rounds in times.items()}
    return {**medians, "ratio": medians["jinja2"] / medians["ours"], "target": TARGET}


def main() -> None:
    """Measure and print."""
    figures = measure()
    table = Table(title=f"Rendering {len(sample()) / 1000:.1f} KB with {len(_VARIABLES)} variables")
    table.add_column("")
    table.add_column("µs", justify="right")
    table.add_column("× ours", justify="right")
    for name, label in (
        ("ours", "Carteiro, compiled"),
        ("jinja2", "Jinja2, compiled, autoescape"),
        ("replace", "str.replace, the floor"),
    ):
        ratio = figures[name] / figures["ours"]
        table.add_row(label, f"{figures[name]:.2f}", f"{ratio:.2f}")
    console = Console()
    console.print(table)
    verdict = "reached" if figures["ratio"] >= TARGET else "missed"
    console.print(
        f"Target: {TARGET:.1f} times as fast as Jinja2 — {verdict} ({figures['ratio']:.2f})."
    )


if __name__ == "__main__":
    main()
