"""A sender's domain as receivers see it: SPF, DKIM, DMARC, whether they agree, and MX.

Each finding says in words what is so and, where a record would mend it, which. What the DNS does
not answer is said as that: nothing is concluded from silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from carteiro.errors import NameUnavailable
from carteiro.model.verdict import Verdict
from carteiro.senders.asking import Dns, Inquiry
from carteiro.senders.dkim import DkimRecord, read_dkim
from carteiro.senders.dmarc import read_dmarc
from carteiro.senders.findings import Check, Finding
from carteiro.senders.judging import (
    SendingDomain,
    judge_alignment,
    judge_dkim,
    judge_dmarc,
    judge_mx,
    judge_spf,
)
from carteiro.senders.reception import reception_of
from carteiro.senders.spf import read_spf

MOST_SELECTORS = 10
"""Selectors that somebody may name beside those of the provider."""
_ALL_SECONDS = 20.0
T = TypeVar("T")


async def examine_domain(
    dns: Dns, sender: SendingDomain, *, seconds: float = _ALL_SECONDS
) -> list[Finding]:
    """Look at everything. Never raises for what the DNS says or does, and comes to an end."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(seconds):
            await _examine(Inquiry(dns), sender, findings)
    except TimeoutError:
        seen = {one.check for one in findings}
        text = f"the DNS took more than {seconds:g} seconds"
        findings += [_silence(check, text) for check in Check if check not in seen]
    return findings


async def _examine(inquiry: Inquiry, sender: SendingDomain, findings: list[Finding]) -> None:
    async def tried(check: Check, question: Awaitable[T]) -> T | None:
        try:
            return await question
        except NameUnavailable as error:
            findings.append(_silence(check, error.message))
            return None

    spf = None
    if sender.spf_at is None:
        findings.append(judge_spf(sender, None))
    elif (spf := await tried(Check.SPF, read_spf(inquiry, sender.spf_at))) is not None:
        findings.append(judge_spf(sender, spf))
    dkim = await tried(Check.DKIM, _keys(inquiry, sender))
    if dkim is not None:
        findings += judge_dkim(sender, dkim)
    dmarc = await tried(Check.DMARC, read_dmarc(inquiry, sender.domain))
    if dmarc is not None:
        findings.append(judge_dmarc(sender, dmarc))
    findings.append(judge_alignment(sender, spf, dkim, dmarc))
    names = {sender.domain: False, sender.envelope or sender.domain: bool(sender.provider.envelope)}
    for name, bounces in names.items():
        reception = await tried(Check.MX, reception_of(inquiry, name))
        if reception is not None:
            findings.append(judge_mx(name, reception, bounces=bounces))


async def _keys(inquiry: Inquiry, sender: SendingDomain) -> list[DkimRecord]:
    """Our keys where they belong, and others at the sender's domain or the one above it."""
    found = [await read_dkim(inquiry, key.selector, key.domain, key.record) for key in sender.keys]
    ours = {(key.selector, key.domain) for key in sender.keys}
    above = sender.domain.partition(".")[2]
    places = [sender.domain, *([above] if "." in above else [])]
    for selector in (*sender.provider.selectors, *sender.selectors[:MOST_SELECTORS]):
        for domain in places:
            if (selector, domain) in ours:
                continue
            record = await read_dkim(inquiry, selector, domain)
            if record.exists or domain == sender.domain:
                found.append(record)
            if record.exists:
                break
    return found


def _silence(check: Check, text: str) -> Finding:
    return Finding(check=check, verdict=Verdict.WARNING, message=text)
