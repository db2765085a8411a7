"""What the records of a sender's domain mean for its mail, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from carteiro.model.sender_dns import SenderDns
from carteiro.model.verdict import Verdict
from carteiro.senders.dkim import DkimRecord
from carteiro.senders.dmarc import Dmarc
from carteiro.senders.findings import Check, DnsRecord, Finding
from carteiro.senders.reception import Reception
from carteiro.senders.spf import MOST_LOOKUPS, Spf, with_name
from carteiro.senders.tags import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """A key of ours that signs: where its record belongs, and what the record says."""

    selector: str
    domain: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingDomain:
    """What is to be looked at. ``selectors`` are further ones, as somebody knows them."""

    domain: str
    provider: SenderDns
    keys: Sequence[PublishedKey] = ()
    selectors: Sequence[str] = ()

    @property
    def envelope(self) -> str | None:
        """The domain that bounces go to; ``None``: one of the provider's."""
        label = self.provider.envelope
        return None if label is None else f"{label}.{self.domain}".lstrip(".")

    @property
    def spf_at(self) -> str | None:
        """The domain whose SPF record counts, or is wanted by the provider for its own check."""
        return self.domain if self.envelope is None and self.provider.spf else self.envelope

    def names_servers(self, spf: Spf) -> bool:
        """Whether a record includes one of the names under which the provider lists its servers."""
        return bool(spf.names & {self.provider.spf, *self.provider.spf_also})

    @property
    def knows_selectors(self) -> bool:
        """Whether a key that is not found is a key that is not there."""
        fixed = bool(self.provider.selectors) and not self.provider.varies
        return fixed or bool(self.selectors)


def judge_spf(sender: SendingDomain, spf: Spf | None) -> Finding:
    """``spf`` is ``None`` where it is not the sender's to publish."""
    if spf is None or sender.spf_at is None:
        text = "bounces go to a domain of the provider's, which publishes SPF for it"
        return Finding(check=Check.SPF, verdict=Verdict.OK, message=text)
    wanted, name = sender.provider.spf, sender.spf_at
    if spf.record is None:
        text = f"{name} has no SPF record: nothing says which servers may send for it"
        if sender.provider.envelope_varies:
            text = f"{name} has no SPF record: add it, unless bounces go elsewhere by your choice"
            return _spf(Verdict.WARNING, text, name, _first_record(sender))
        return _spf(Verdict.ERROR, text, name, _first_record(sender))
    if spf.problems:
        text = f"receivers take the SPF record of {name} for broken: {'; '.join(spf.problems)}"
        return _spf(Verdict.ERROR, text)
    if spf.ends_with == "+":
        return _spf(Verdict.ERROR, f"the SPF record of {name} lets everybody send (+all)")
    if wanted is not None and not sender.names_servers(spf):
        text = f"the SPF record of {name} does not include {wanted}, whose servers send the mail"
        return _spf(Verdict.ERROR, text, name, with_name(spf.record, wanted))
    if spf.doubts:
        return _spf(Verdict.WARNING, f"{shown(spf.record)}; {'; '.join(spf.doubts)}")
    if spf.ends_with in {"?", None} and "redirect=" not in spf.record.lower():
        text = f"the SPF record of {name} says nothing of other servers: end it with ~all"
        return _spf(Verdict.WARNING, text)
    text = f"{shown(spf.record)} ({spf.lookups} of {MOST_LOOKUPS} look-ups)"
    return _spf(Verdict.OK, text)


def _first_record(sender: SendingDomain) -> str | None:
    if sender.provider.spf is not None:
        return with_name(None, sender.provider.spf)
    server = sender.provider.server
    if server is None:
        return None
    try:
        address = ip_address(server)
    except ValueError:
        return f"v=spf1 a:{server} ~all"
    return f"v=spf1 ip{address.version}:{address} ~all" if address.is_global else None


def _spf(verdict: Verdict, text: str, name: str = "", value: str | None = None) -> Finding:
    record = None if value is None else DnsRecord(type="TXT", name=name, value=value)
    return Finding(check=Check.SPF, verdict=verdict, message=text, record=record)


def judge_dkim(sender: SendingDomain, records: Sequence[DkimRecord]) -> list[Finding]:
    """A finding for each key of ours, and one for all that the provider signs with."""
    ours = {(key.selector, key.domain): key for key in sender.keys}
    found = [
        _of_key(ours[one.selector, one.domain], one)
        for one in records
        if (one.selector, one.domain) in ours
    ]
    others = [one for one in records if (one.selector, one.domain) not in ours]
    if found and not any(one.exists for one in others):
        return found
    return [*found, _of_provider(sender, others)]


def _of_key(key: PublishedKey, one: DkimRecord) -> Finding:
    if one.problem is None:
        return _dkim(Verdict.OK, f"{one.name} publishes the key that signs")
    record = DnsRecord(type="TXT", name=one.name, value=key.record)
    text = f"{one.name} does not publish the key that signs: {one.problem}"
    return _dkim(Verdict.ERROR, text, record)


def _of_provider(sender: SendingDomain, others: Sequence[DkimRecord]) -> Finding:
    good = [one for one in others if one.problem is None]
    doubts = [f"{one.name}: {one.doubt}" for one in good if one.doubt is not None]
    advice = sender.provider.ask_for
    if doubts:
        return _dkim(Verdict.WARNING, "; ".join(doubts))
    if good:
        return _dkim(Verdict.OK, f"{', '.join(one.name for one in good)}")
    broken = [f"{one.name}: {one.problem}" for one in others if one.exists]
    if broken:
        return _dkim(Verdict.ERROR, "; ".join(broken))
    names = ", ".join(dict.fromkeys(one.selector for one in others))
    if sender.knows_selectors:
        text = f"{sender.domain} publishes no key of the selectors {names}"
        return _dkim(Verdict.ERROR, f"{text}. {advice}".strip())
    text = "which selector signs is not known, so no key was looked for"
    return _dkim(Verdict.WARNING, f"{text}. {advice}".strip())


def _dkim(verdict: Verdict, text: str, record: DnsRecord | None = None) -> Finding:
    return Finding(check=Check.DKIM, verdict=verdict, message=text, record=record)


def judge_dmarc(sender: SendingDomain, dmarc: Dmarc) -> Finding:
    """Whether there is a policy, and what it asks of receivers."""
    if dmarc.problem is not None:
        return Finding(check=Check.DMARC, verdict=Verdict.ERROR, message=dmarc.problem)
    if dmarc.owner is None:
        record = DnsRecord(type="TXT", name=f"_dmarc.{sender.domain}", value="v=DMARC1; p=none")
        text = f"{sender.domain} has no DMARC policy: large receivers want one"
        return Finding(check=Check.DMARC, verdict=Verdict.WARNING, message=text, record=record)
    text = f"{dmarc.tag}={dmarc.policy} at _dmarc.{dmarc.owner}"
    if dmarc.policy == "none":
        text += ": forged mail is only reported, not refused"
    return Finding(check=Check.DMARC, verdict=Verdict.OK, message=text)


def judge_alignment(
    sender: SendingDomain,
    spf: Spf | None,
    dkim: Sequence[DkimRecord] | None,
    dmarc: Dmarc | None,
) -> Finding:
    """Whether SPF or DKIM speaks for the domain in ``From``, which is what DMARC asks.

    ``None`` is what the DNS did not answer.
    """
    strict_spf, strict_dkim = (dmarc.strict_spf, dmarc.strict_dkim) if dmarc else (False, False)
    speaks = []
    if spf is not None and _aligns(sender.envelope, sender.domain, strict=strict_spf):
        wanted = sender.provider.spf
        if (
            spf.record is not None
            and not spf.problems
            and (not wanted or sender.names_servers(spf))
        ):
            speaks.append("SPF")
    good = [one for one in dkim or () if one.problem is None]
    if any(_aligns(one.domain, sender.domain, strict=strict_dkim) for one in good):
        speaks.append("DKIM")
    if speaks:
        verb = "speak" if len(speaks) > 1 else "speaks"
        return _alignment(Verdict.OK, f"{' and '.join(speaks)} {verb} for {sender.domain}")
    looked = dkim is not None and (
        any(one.exists for one in dkim) or bool(sender.keys) or sender.knows_selectors
    )
    if not looked or (spf is None and sender.envelope is not None):
        text = f"it cannot be said whether anything speaks for {sender.domain}"
        return _alignment(Verdict.WARNING, text)
    refuses = dmarc is not None and dmarc.policy in {"quarantine", "reject"}
    text = f"neither SPF nor DKIM speaks for {sender.domain}"
    if refuses and dmarc is not None:
        return _alignment(Verdict.ERROR, f"{text}: p={dmarc.policy} keeps its mail from arriving")
    return _alignment(Verdict.ERROR, f"{text}: anybody could have written its mail")


def _aligns(one: str | None, domain: str, *, strict: bool) -> bool:
    """RFC 7489 §3.1: the same domain; relaxed, also one above or below the other."""
    if one is None:
        return False
    related = one.endswith(f".{domain}") or domain.endswith(f".{one}")
    return one == domain or (not strict and related)


def _alignment(verdict: Verdict, text: str) -> Finding:
    return Finding(check=Check.ALIGNMENT, verdict=verdict, message=text)


def judge_mx(name: str, reception: Reception, *, bounces: bool) -> Finding:
    """Whether answers and bounces arrive; ``bounces`` says that only these go to ``name``."""
    match reception:
        case Reception.TAKES:
            verdict, text = Verdict.OK, f"{name} takes mail"
        case Reception.REFUSES:
            verdict = Verdict.ERROR
            text = f"{name} says that it takes no mail (a null MX): receivers refuse what it sends"
        case Reception.NO_DOMAIN if not bounces:
            verdict, text = Verdict.ERROR, f"there is no domain {name}"
        case _:
            verdict = Verdict.WARNING
            what = "bounces are lost" if bounces else "answers and bounces are lost"
            text = f"{name} names no host that takes mail (MX): {what}"
    return Finding(check=Check.MX, verdict=verdict, message=text)
