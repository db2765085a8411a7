"""The address that somebody most likely meant when they misspelt where their mailbox is.

A question to ask, never a reason to refuse: the address as it was written may be right. What is
known is data (``mailbox_domains.json``, with its sources); nothing is asked of any server.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from carteiro.errors import InvalidAddress
from carteiro.model.addresses import parse_address, readable_key

_DATA = Path(__file__).with_name("mailbox_domains.json")
_LONGEST = 64
"""Characters of a domain: no known one has half as many."""
_SHORTEST_NAME = 5
"""A slip in a shorter name makes another name that somebody bears: ``web``, ``me``, ``aol``."""
_TWO_SLIPS = 8
"""From this length on, a name with two slips is still the same one."""
_NOT_A_DOT = re.compile(r"[,;.。]+")


@dataclass(frozen=True, slots=True)
class _Known:
    endings: dict[str, tuple[str, ...]]
    domains: frozenset[str]
    one_home: frozenset[str]
    words: frozenset[str]
    misread: dict[str, str]


def did_you_mean(text: str) -> str | None:
    """The whole address with its domain set right; ``None`` where nothing looks wrong.

    The part before the ``@`` stays as it is written. ``None`` also for what no spelling of a domain
    can mend. The text may be what is in a field just now: it need not be an address.

    >>> from carteiro import did_you_mean
    >>> did_you_mean("ana@gmial.com")
    'ana@gmail.com'
    >>> did_you_mean("ana@example.com") is None
    True
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(domain) > _LONGEST:
        return None
    meant = _domain_meant(domain.strip().lower())
    if meant is None:
        return None
    try:
        return str(parse_address(f"{local}@{meant}"))
    except InvalidAddress:
        return None


@lru_cache(maxsize=1024)
def _domain_meant(domain: str) -> str | None:
    known = _known()
    plain = _NOT_A_DOT.sub(".", _as_read(domain)).strip(".")
    if plain in known.domains:
        return plain if plain != domain else None
    name, _, ending = plain.partition(".")
    endings = known.endings.get(name)
    if endings is not None:
        return _ending_meant(name, endings, ending)
    if not ending and (glued := _glued(plain)) is not None:
        return glued
    near = _name_meant(name, ending)
    if near is not None:
        return near
    return _mended_end(plain)


def _as_read(domain: str) -> str:
    """As people see it: letters of an input method as plain ones, A-labels as what they stand for.

    Those are what mail servers make of them, too (UTS #46), so nothing is lost by it.
    """
    if domain.isascii():
        return readable_key(domain)
    return unicodedata.normalize("NFKC", domain).lower()


def _ending_meant(name: str, endings: tuple[str, ...], ending: str) -> str | None:
    """A known name with an ending that it does not have."""
    known = _known()
    mended = known.misread.get(ending)
    if mended in endings:
        return f"{name}.{mended}"
    if not ending or mended is not None or name in known.one_home:
        return f"{name}.{endings[0]}"
    if name in known.words or len(name) < _SHORTEST_NAME:
        return None
    if len(ending) == 2 and "com" in endings and _slips("com", ending) == 1:
        return f"{name}.com"
    # Another country's ending may be right where the provider is in many; three letters are none's.
    near = [one for one in endings if len(ending) != 2 and _slips(one, ending) == 1]
    return f"{name}.{near[0]}" if near else None


def _glued(plain: str) -> str | None:
    """``gmailcom``: the dot is missing."""
    return next((one for one in sorted(_known().domains) if one.replace(".", "") == plain), None)


def _name_meant(name: str, ending: str) -> str | None:
    """The known name that is a slip or two away, with the ending it has nearest to this one."""
    known = _known()
    ending = known.misread.get(ending, ending)
    best: tuple[int, str] | None = None
    for other, endings in known.endings.items():
        slips = _name_slips(other, name)
        if slips is None or (best is not None and best[0] <= slips):
            continue
        if ending in endings:
            best = slips, f"{other}.{ending}"
        elif not ending or (endings[0] == "com" and _slips("com", ending) == 1):
            best = slips, f"{other}.{endings[0]}"
    return best[1] if best else None


def _name_slips(meant: str, name: str) -> int | None:
    """How many slips lie between; ``None`` where it is likelier another name altogether."""
    if len(meant) < _SHORTEST_NAME or meant in _known().words or abs(len(meant) - len(name)) > 2:
        return None
    # People rarely miss the first letter: `fmail` and `qmail` are names of their own.
    if name[:1] != meant[0] and sorted(name[:2]) != sorted(meant[:2]):
        return None
    slips = _slips(meant, name)
    return slips if slips <= (2 if len(meant) >= _TWO_SLIPS else 1) else None


def _mended_end(plain: str) -> str | None:
    """A name that is not known, under an ending that does not exist."""
    name, dot, ending = plain.rpartition(".")
    mended = _known().misread.get(ending) if dot else None
    return f"{name}.{mended}" if mended is not None else None


def _slips(meant: str, typed: str) -> int:
    """Letters that are missing, too many, wrong or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(typed) + 1))
    for i, a in enumerate(meant, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(typed, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == typed[j - 2] and meant[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


@cache
def _known() -> _Known:
    data = json.loads(_DATA.read_text("utf-8"))
    endings = {name: tuple(ends) for name, ends in data["domains"].items()}
    return _Known(
        endings=endings,
        domains=frozenset(f"{name}.{end}" for name, ends in endings.items() for end in ends),
        one_home=frozenset(data["one_home"]),
        words=frozenset(data["words"]),
        misread=data["endings"],
    )
