"""DMARC (RFC 9989): the policy that holds for a domain, its own or that of one above it.

The domains above are asked one after another (its tree walk), so that no list of public suffixes is
needed. What counts there is the record of the organization, which is the one nearest to the root; a
record that says ``psd=n`` ends the walk, and one that says ``psd=y`` is a registry's: it counts
where the organization, one label below, has none. RFC 7489 finds the same by its list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carteiro.senders.asking import Inquiry
from carteiro.senders.tags import read_tags

_MOST = 8
"""Names that are asked: from more labels the walk goes on at seven."""
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """A policy. ``owner`` is the domain whose record it is; ``None`` where none was found."""

    owner: str | None = None
    tag: str = "p"
    """Which tag it stands in: ``sp`` is of the domains below the owner's."""
    policy: str = ""
    strict_dkim: bool = False
    """Whether a signature of a domain above, or below, does not count."""
    strict_spf: bool = False
    problem: str | None = None


async def read_dmarc(inquiry: Inquiry, domain: str) -> Dmarc:
    """Find the policy. Raises ``NameUnavailable``."""
    if (own := await _at(inquiry, domain)) is not None:
        return _read(domain, own)
    nearest: tuple[str, _Tags] | None = None
    below = domain
    for name in _above(domain):
        tags = await _at(inquiry, name)
        kind = _psd(tags)
        if tags is not None and kind == "y":
            if nearest is None or nearest[0] != below:
                nearest = name, tags
            break
        if tags is not None and "." in name:
            nearest = name, tags
            if kind == "n":
                break
        below = name
    return Dmarc() if nearest is None else _read(*nearest, inherited=True)


_Tags = Mapping[str, str] | str
"""A record's tags, or what is wrong with it."""


async def _at(inquiry: Inquiry, name: str) -> _Tags | None:
    texts = (await inquiry.texts(f"_dmarc.{name}")).found
    records = [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]
    if len(records) > 1:
        return f"_dmarc.{name} has {len(records)} records, and receivers then use none"
    if not records:
        return None
    return read_tags(records[0]) or f"the record at _dmarc.{name} cannot be read"


def _psd(tags: _Tags | None) -> str:
    return tags.get("psd", "").lower() if isinstance(tags, Mapping) else ""


def _read(name: str, tags: _Tags, *, inherited: bool = False) -> Dmarc:
    if isinstance(tags, str):
        return Dmarc(owner=name, problem=tags)
    tag = "sp" if inherited and "sp" in tags else "p"
    policy = tags.get(tag, "").lower()
    problem = None
    if policy not in _POLICIES:
        problem = f"the record at _dmarc.{name} has no policy ({tag}=none, quarantine or reject)"
    return Dmarc(
        owner=name,
        tag=tag,
        policy=policy,
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        problem=problem,
    )


def _above(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for place in range(max(1, len(labels) - _MOST + 1), len(labels)):
        yield ".".join(labels[place:])
