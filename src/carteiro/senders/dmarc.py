"""DMARC (RFC 7489): the policy that holds for a domain, its own or that of one above it.

The domains above are asked one after another, so that no list of public suffixes is needed; a
record that says ``psd=y`` is of a suffix and not of the domain's owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carteiro.senders.asking import Inquiry
from carteiro.senders.tags import read_tags

_MOST = 8
"""Names that are asked: nobody has more labels in front of a domain on purpose."""
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """A policy. ``owner`` is the domain whose record it is; ``None`` where none was found."""

    owner: str | None = None
    policy: str = ""
    strict_dkim: bool = False
    """Whether a signature of a domain above, or below, does not count."""
    strict_spf: bool = False
    problem: str | None = None


async def read_dmarc(inquiry: Inquiry, domain: str) -> Dmarc:
    """Find the policy. Raises ``NameUnavailable``."""
    for name in _upwards(domain):
        texts = (await inquiry.texts(f"_dmarc.{name}")).found
        records = [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]
        if len(records) > 1:
            problem = f"_dmarc.{name} has {len(records)} records, and receivers then use none"
            return Dmarc(owner=name, problem=problem)
        if records and (found := _read(name, records[0])) is not None:
            return found
    return Dmarc()


def _read(name: str, text: str) -> Dmarc | None:
    tags = read_tags(text)
    if tags is None:
        return Dmarc(owner=name, problem=f"the record at _dmarc.{name} cannot be read")
    if tags.get("psd", "").lower() == "y":
        return None
    policy = tags.get("p", "").lower()
    problem = None
    if policy not in _POLICIES:
        problem = f"the record at _dmarc.{name} has no policy (p=none, quarantine or reject)"
    return Dmarc(
        owner=name,
        policy=policy,
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        problem=problem,
    )


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    first = max(1, len(labels) - _MOST + 1)
    for place in range(first, len(labels) - 1):
        yield ".".join(labels[place:])
