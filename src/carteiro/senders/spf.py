"""SPF (RFC 7208): whether a domain's record can be read, and which names it lets send for it.

What counts is what every receiver does: one record, ten names to be looked up at most, and none of
them itself again. An address is not matched: we do not know from which one a provider sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from carteiro.errors import NameUnavailable
from carteiro.senders.asking import Inquiry
from carteiro.senders.tags import shown

MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4: a receiver gives up beyond it."""
MOST_VOIDS = 2
"""RFC 7208 §4.6.4: names that lead nowhere, before a receiver gives up."""
_MOST_EXCHANGES = 10
"""RFC 7208 §4.6.4: hosts of one ``mx``."""
_MOST_PROBLEMS = 10
"""Each is told of; whoever writes a record that has thousands learns no more from the others."""
_LONGEST_NAME = 253
_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(
    r"(?P<qualifier>[+?~-])?(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[!-.0-~]+))?(?P<rest>/[!-~]*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[+?~-]?ip(?P<version>[46]):(?P<value>[!-~]+)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>[!-~]*)", re.IGNORECASE)
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(slots=True)
class Spf:
    """What was read; ``record`` is ``None`` where there is none."""

    record: str | None = None
    problems: list[str] = field(default_factory=list)
    """Each makes receivers treat the record as broken."""
    doubts: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """The names whose records it includes, at any depth, in lower case."""
    lookups: int = 0
    voids: list[str] = field(default_factory=list)
    """The terms whose names lead nowhere."""
    silent: bool = False
    """Whether one of them was asked about without an answer."""
    ends_with: str | None = None
    """The qualifier of ``all``: ``-``, ``~``, ``?`` or ``+``."""


async def read_spf(inquiry: Inquiry, domain: str) -> Spf:
    """Read a domain's record and what it includes. Raises ``NameUnavailable`` for the first."""
    spf = Spf()
    spf.record = await _record(inquiry, domain, spf)
    if spf.record is not None:
        await _read(inquiry, spf, spf.record, (domain.lower(),))
        if spf.lookups > MOST_LOOKUPS:
            spf.problems.append(
                f"it has more than {MOST_LOOKUPS} names looked up, where receivers give up"
            )
        _tell_of_voids(spf)
    return spf


def _tell_of_voids(spf: Spf) -> None:
    if not spf.voids:
        return
    text = f"nothing is there for {', '.join(map(shown, spf.voids))}"
    if len(spf.voids) > MOST_VOIDS:
        spf.problems.append(f"{text}, and after {MOST_VOIDS} of the kind receivers give up")
    else:
        spf.doubts.append(text)


async def _record(inquiry: Inquiry, domain: str, spf: Spf) -> str | None:
    found = [text for text in (await inquiry.texts(domain)).found if _VERSION.match(text)]
    if len(found) > 1:
        spf.problems.append(f"{domain} has {len(found)} SPF records, and only one is allowed")
    return found[0] if found else None


async def _read(inquiry: Inquiry, spf: Spf, record: str, path: tuple[str, ...]) -> None:
    top = len(path) == 1
    for name, qualifier, value in _terms(record, spf, path[-1]):
        if name == "all" and top:
            spf.ends_with = qualifier
        if name not in _ASKING and name != "redirect":
            continue
        spf.lookups += 1
        if spf.lookups > MOST_LOOKUPS:
            return
        if name in {"include", "redirect"}:
            await _follow(inquiry, spf, value, path)
        elif name == "ptr":
            spf.doubts.append("ptr is slow, and not to be used any more (RFC 7208 §5.5)")
        else:
            await _try(inquiry, spf, name, value or path[-1])


async def _try(inquiry: Inquiry, spf: Spf, term: str, value: str) -> None:
    """Whether the name of ``a``, ``mx`` or ``exists`` is there; after a silence none is tried."""
    name = value.rstrip(".")
    if "%" in name or spf.silent:
        return  # which name it is depends on the mail
    try:
        if term == "mx":
            hosts, _ = await inquiry.exchanges(name)
            if len(hosts) > _MOST_EXCHANGES:
                spf.problems.append(f"{shown(name)} has more than {_MOST_EXCHANGES} hosts for mx")
            there = bool(hosts)
        else:
            there = await inquiry.has_address(name)
    except NameUnavailable as error:
        spf.silent = True
        spf.doubts.append(error.message.rstrip("."))
        return
    if not there:
        spf.voids.append(f"{term}:{name}")


async def _follow(inquiry: Inquiry, spf: Spf, value: str, path: tuple[str, ...]) -> None:
    name = value.lower().rstrip(".")
    if "%" in name:
        return  # which name it is depends on the mail
    if len(name) > _LONGEST_NAME:
        spf.problems.append(f"{shown(path[-1])} includes {shown(name)}, which is no name")
        return
    if name in path:
        spf.problems.append(f"{shown(path[-1])} includes {shown(name)}, which leads back to it")
        return
    spf.names.add(name)
    try:
        record = await _record(inquiry, name, spf)
    except NameUnavailable as error:
        spf.doubts.append(error.message.rstrip("."))
        return
    if record is None:
        spf.problems.append(f"it includes {shown(name)}, which has no SPF record")
        return
    await _read(inquiry, spf, record, (*path, name))


def _terms(record: str, spf: Spf, domain: str) -> Iterator[tuple[str, str, str]]:
    """Each term that can be read: its name, its qualifier, its value."""
    for text in filter(None, record.split(" ")[1:]):
        if len(spf.problems) >= _MOST_PROBLEMS:
            return
        if (address := _ADDRESS.fullmatch(text)) is not None:
            if not _is_network(address["value"], int(address["version"])):
                spf.problems.append(f"{domain} has {shown(text)!r}, which is no address")
        elif (term := _TERM.fullmatch(text)) is not None:
            name, value = term["name"].lower(), term["value"] or ""
            if (name in {"include", "exists", "ip4", "ip6"}) and not value:
                spf.problems.append(f"{domain} has {shown(text)!r} without a name")
            else:
                yield name, term["qualifier"] or "+", value
        elif (modifier := _MODIFIER.fullmatch(text)) is not None:
            if modifier["name"].lower() == "redirect":
                yield "redirect", "", modifier["value"]
        else:
            spf.problems.append(f"{domain} has {shown(text)!r}, which receivers cannot read")


def _is_network(value: str, version: int) -> bool:
    try:
        return ip_network(value, strict=False).version == version
    except ValueError:
        return False


def with_name(record: str | None, name: str) -> str:
    """The record that lets a name's servers send, too; a new one where there is none."""
    if record is None:
        return f"v=spf1 include:{name} ~all"
    return re.sub(r"(?i)^v=spf1", f"v=spf1 include:{name}", record, count=1)
