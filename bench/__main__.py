"""`make bench`: run the measurements, print the table, keep it in `docs/benchmarks.md`.

``python -m bench NAME…`` runs some of them (``PARTS`` has their names) and keeps the other figures.
"""

from __future__ import annotations

import platform
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    alike,
    delivery,
    first_page,
    footprint,
    overriding,
    previews,
    providers,
    rendering,
    server,
    sign_in,
    smtp,
    start,
    users,
)

_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_INTRO = """\
# Measurements

Written by `make bench` on two cores, load and sinks included: medians of interleaved rounds, each
figure a ratio of the same run. `make bench PART=codes` measures one part anew.
"""
_SECTION = """\

## {name}

Python {python}, SQLite {sqlite}.

| What | Measured | Wanted | |
| --- | --- | --- | --- |
{rows}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio and what it should be."""

    what: str
    value: float
    wanted: float
    at_least: bool = True
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.wanted if self.at_least else self.value <= self.wanted

    def cells(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        return [
            self.what,
            f"{self.value:.2f}{self.unit}",
            f"{sign} {self.wanted:g}{self.unit}",
            "met" if self.met else "not met",
        ]


def texts() -> list[Line]:
    """Templates."""
    ratio = rendering.measure()["ratio"]
    shown = previews.measure()["ratio"]
    return [
        Line("Rendering 10 KB with 12 variables: Jinja2's time over ours", ratio, 3),
        Line("Previews of it over composing and writing it to be sent", shown, 0.5),
    ]


def connectors() -> list[Line]:
    """Ways out."""
    mail = smtp.measure()
    api = providers.measure()
    ses, aliyun = api.pop("aws-ses-mail"), api.pop("aliyun-direct-mail")
    slowest = min(api, key=lambda name: api[name])
    return [
        Line(
            "SMTP with STARTTLS: kept over fresh connections", mail["pooled"] / mail["fresh"], 2.5
        ),
        Line("SMTP with STARTTLS: ours over bare aiosmtplib", mail["pooled"] / mail["bare"], 0.8),
        Line(f"HTTP connectors over the bare client: the slowest, {slowest}", api[slowest], 0.6),
        Line("Amazon SES with its signature over the bare client", ses, 0.35),
        Line("Aliyun Direct Mail with its signature over the bare client", aliyun, 0.6),
    ]


def codes() -> list[Line]:
    """Issuing and redeeming over HTTP."""
    lite, crowd, pg = server.sqlite(), server.sqlite(crowded=True), server.postgresql()
    return [
        Line(
            "Issuing codes on SQLite over `GET /api/status`", lite["issue"] / lite["status"], 0.35
        ),
        Line(
            "Issuing codes on PostgreSQL over `GET /api/status`", pg["issue"] / pg["status"], 0.25
        ),
        Line("Redeeming over issuing on SQLite", lite["redeem"] / lite["issue"], 1),
        Line("Redeeming over issuing on PostgreSQL", pg["redeem"] / pg["issue"], 1),
        Line(
            "Issuing beside 100,000 old codes and 5,000 templates",
            crowd["issue"] / lite["issue"],
            0.85,
        ),
        Line("Redeeming beside them", crowd["redeem"] / lite["redeem"], 0.85),
        Line("Memory of an idle server", lite["idle_mb"], 110, at_least=False, unit=" MB"),
    ]


def queue() -> list[Line]:
    """Durable delivery."""
    found = delivery.measure()
    return [
        Line(
            "Queue: messages of a backlog over the engine's empty jobs, two workers each",
            found["drained"],
            0.6,
        ),
        Line(
            "Queue: requests and messages over the engine's empty jobs, enqueued one by one",
            found["fed"],
            0.6,
        ),
        Line(
            "Queue: commit to hand-over beside `direct`, idle, provider of 100 ms",
            found["latency slow"],
            1.5,
            at_least=False,
        ),
        Line(
            "Queue: the same with a provider that answers at once",
            found["latency quick"],
            1.5,
            at_least=False,
        ),
        Line(
            "Queue: a request's p99 over `direct`'s, provider of 100 ms",
            found["tail slow"],
            0.5,
            at_least=False,
        ),
        Line(
            "Queue: a tenant's latency beside another's flood over the same alone",
            found["fair"],
            2,
            at_least=False,
        ),
        Line("Sending beside 1,000,000 old messages", found["crowded"], 0.85),
    ]


def beginnings() -> list[Line]:
    """Start, and what an installation takes."""
    begin, beginning, disk = start.measure(), start.worker(), footprint.measure()
    return [
        Line(
            "`carteiro --help` over the server's first answer",
            begin["help"] / begin["first_answer"],
            0.4,
            at_least=False,
        ),
        Line(
            "A worker's start over a bare interpreter with asyncpg and PGQueuer",
            beginning["worker"] / beginning["bare"],
            2,
            at_least=False,
        ),
        Line(
            "Disk: what `pip install carteiro` brings over what all extras bring",
            disk["library"] / disk["all"],
            0.4,
            at_least=False,
        ),
    ]


def people() -> list[Line]:
    """A search among a million."""
    return [
        Line(f"1,000,000 people, {name}: over reading 20 by key", ratio, 5, at_least=False)
        for name, ratio in users.measure().items()
    ]


def signing_in() -> list[Line]:
    """Signing in, on both databases."""
    found = []
    for database, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        one = sign_in.measure(sign_in.whole, database, sign_in.SIGN_INS, 1)
        several = sign_in.measure(sign_in.whole, database)
        flood = sign_in.measure(sign_in.flood, database)
        crowd = sign_in.measure(sign_in.crowded, database)
        over = "sign-in by code over its bare requests and bare statements"
        beside = "beside 1,000,000 old sessions, grants and tokens, over without"
        found += [
            Line(f"One {over}, {name}", one["ratio"], 3, at_least=False),
            Line(
                f"{sign_in.CLIENTS} at once, each {over}, {name}",
                several["ratio"],
                3,
                at_least=False,
            ),
            Line(
                f"Redeeming a code: p99 beside a flood of passwords over alone, {name}",
                flood["ratio"],
                2,
                at_least=False,
            ),
            Line(f"A sign-in {beside}, {name}", crowd["sign_in"], 1.15, at_least=False),
            Line(f"A refresh {beside}, {name}", crowd["refresh"], 1.15, at_least=False),
            Line(
                f"A sign-in while housekeeping deletes some of them, over without, {name}",
                crowd["leaving"],
                1.15,
                at_least=False,
            ),
        ]
    return found


def pages() -> list[Line]:
    """The first page of signing in."""
    found = first_page.measure()
    return [
        Line("Its weight, compressed", found["kilobytes"], 30, at_least=False, unit=" KB"),
        Line("Its requests", found["requests"], 3, at_least=False),
        Line("The server's time over `GET /api/status`, p50", found["p50"], 3, at_least=False),
        Line("The server's time over `GET /api/status`, p99", found["p99"], 3, at_least=False),
        Line(
            "Time to a field in Chromium over slow 3G beside a bare form",
            found["field"],
            1.5,
            at_least=False,
        ),
    ]


def alikeness() -> list[Line]:
    """Whether times tell who has an account: the p-value of a Mann-Whitney test."""
    return [
        Line(f"Time tells nobody who has an account, {way}: p, {name}", found[f"{way}: p"], 0.01)
        for database, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
        for found in [alike.measure(database)]
        for way in alike.WAYS
    ]


def overrides() -> list[Line]:
    """Tenants with organizations of their own words."""
    what = (
        "Sending by a tenant with 5,000 templates, 10,000 revisions and 1,000 overrides over a bare"
    )
    return [Line(f"{what} one, {way}", ratio, 0.9) for way, ratio in overriding.measure().items()]


PARTS: dict[str, Callable[[], list[Line]]] = {
    part.__name__: part
    for part in (
        texts,
        connectors,
        codes,
        queue,
        beginnings,
        people,
        signing_in,
        pages,
        alikeness,
        overrides,
    )
}


def main(asked: Sequence[str]) -> None:
    """Measure, show and keep; the asked parts only, if there are any."""
    unknown = sorted(set(asked) - set(PARTS))
    if unknown:
        sys.exit(f"There is no part {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    kept = _kept()
    for name in asked or PARTS:
        found = PARTS[name]()
        kept[name] = _SECTION.format(
            name=_title(name),
            python=platform.python_version(),
            sqlite=sqlite3.sqlite_version,
            rows="\n".join(f"| {' | '.join(line.cells())} |" for line in found),
        )
        # After each part, so that a long run that is stopped keeps what it found.
        _PAGE.write_text(_INTRO + "".join(kept[part] for part in PARTS if part in kept), "utf-8")
        table = Table("What", "Measured", "Wanted", "", title=_title(name))
        for line in found:
            table.add_row(*line.cells(), style=None if line.met else "yellow")
        Console().print(table)


def _title(name: str) -> str:
    return str(PARTS[name].__doc__).rstrip(".")


def _kept() -> dict[str, str]:
    """The sections of the page as it is."""
    sections = re.split(r"^(?=\n## )", _PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    titles = {_title(name): name for name in PARTS}
    return {titles[text.split("\n", 2)[1].removeprefix("## ")]: text for text in sections}


if __name__ == "__main__":
    main(sys.argv[1:])
