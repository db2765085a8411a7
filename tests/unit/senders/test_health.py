"""A sender's domain as receivers see it, in words and with the record that would mend it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carteiro.model.sender_dns import UNNAMED, SenderDns
from carteiro.model.verdict import Verdict
from carteiro.senders.findings import Check, Finding
from carteiro.senders.health import examine_domain
from carteiro.senders.judging import PublishedKey, SendingDomain
from dkim_parts import key
from dns_parts import DnsServer, Manner, Zone

OK, WARNING, ERROR = Verdict.OK, Verdict.WARNING, Verdict.ERROR
RECORD = key().record
OWN = SenderDns(envelope="", server="mx.e.test")
PROVIDER = SenderDns(spf="_spf.p.test", selectors=("p1",), ask_for="See the panel.", envelope="")
ALL_GOOD: Zone = {
    "e.test": {"TXT": "v=spf1 include:_spf.p.test -all", "MX": "10 mx.e.test."},
    "_spf.p.test": {"TXT": "v=spf1 ip4:192.0.2.1 -all"},
    "p1._domainkey.e.test": {"TXT": RECORD},
    "_dmarc.e.test": {"TXT": "v=DMARC1; p=reject"},
}


async def look(
    zone: Zone, provider: SenderDns = PROVIDER, domain: str = "e.test", **more: Any
) -> dict[Check, Finding]:
    async with DnsServer(zone) as server:
        sender = SendingDomain(domain=domain, provider=provider, **more)
        found = await examine_domain(server.asking(5, 20), sender)
    assert all(one.message.isprintable() for one in found)
    return {one.check: one for one in reversed(found)}


def without(name: str, kind: str | None = None) -> Zone:
    """``ALL_GOOD`` less a name, or less one type of it."""
    rest = {kind_: value for kind_, value in ALL_GOOD[name].items() if kind and kind_ != kind}
    return {
        **{other: ALL_GOOD[other] for other in ALL_GOOD if other != name},
        **({name: rest} if rest else {}),
    }


async def test_where_all_is_as_it_should_be_nothing_is_to_be_mended() -> None:
    found = await look(ALL_GOOD)

    assert {check: one.verdict for check, one in found.items()} == dict.fromkeys(Check, OK)
    assert all(one.record is None for one in found.values())
    assert found[Check.ALIGNMENT].message == "SPF and DKIM speak for e.test"


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "record"),
    [
        ({"e.test": {"MX": "10 mx."}}, Check.SPF, ERROR, "v=spf1 include:_spf.p.test ~all"),
        ({"e.test": {"TXT": "v=spf1 mx -all"}}, Check.SPF, ERROR, "v=spf1 include:_spf.p.test mx -all"),
        ({"e.test": {"TXT": "v=spf1 include:_spf.p.test +all"}}, Check.SPF, ERROR, None),
        ({"e.test": {"TXT": "v=spf1 include:_spf.p.test"}}, Check.SPF, WARNING, None),
        ({"e.test": {"TXT": "v=spf1 broken -all"}}, Check.SPF, ERROR, None),
        ({"p1._domainkey.e.test": {"TXT": "v=DKIM1; p="}}, Check.DKIM, ERROR, None),
        ({"_dmarc.e.test": {"TXT": "v=DMARC1"}}, Check.DMARC, ERROR, None),
        ({"_dmarc.e.test": {"A": "127.0.0.1"}}, Check.DMARC, WARNING, "v=DMARC1; p=none"),
        ({"e.test": {"MX": "0 .", "TXT": "v=spf1 include:_spf.p.test -all"}}, Check.MX, ERROR, None),
        ({"e.test": {"TXT": "v=spf1 include:_spf.p.test -all"}}, Check.MX, WARNING, None),
    ],
    ids=range(10),
)  # fmt: skip
async def test_each_thing_that_is_wrong_is_said_with_what_would_mend_it(
    changes: Zone, check: Check, verdict: Verdict, record: str | None
) -> None:
    found = await look({**ALL_GOOD, **changes})

    assert found[check].verdict is verdict
    mends = found[check].record
    assert (mends.value if mends else None) == record


async def test_what_is_proposed_is_what_mends_it() -> None:
    zone = dict(ALL_GOOD)
    zone["e.test"] = {"TXT": "v=spf1 mx -all", "MX": "10 mx.e.test."}
    del zone["_dmarc.e.test"]  # type: ignore[attr-defined]
    for _ in range(3):
        found = await look(zone)
        for one in found.values():
            if one.record is not None:
                zone[one.record.name] = {
                    **zone.get(one.record.name, {}),
                    one.record.type: one.record.value,
                }

    assert {one.verdict for one in found.values()} == {OK}


@pytest.mark.parametrize(("varies", "verdict"), [(True, WARNING), (False, ERROR)])
async def test_a_wildcard_s_answer_is_not_taken_for_a_broken_key(
    varies: bool, verdict: Verdict
) -> None:
    zone = {**ALL_GOOD, "p1._domainkey.e.test": {"TXT": "v=spf1 -all"}}
    found = await look(zone, replace(PROVIDER, varies=varies))

    assert found[Check.DKIM].verdict is verdict
    assert "See the panel." in found[Check.DKIM].message


async def test_a_key_of_ours_is_to_be_where_it_signs_from() -> None:
    ours = PublishedKey(selector="s1", domain="e.test", record=RECORD)
    missing = await look(without("p1._domainkey.e.test"), OWN, keys=[ours])
    there = await look({**ALL_GOOD, "s1._domainkey.e.test": {"TXT": RECORD}}, OWN, keys=[ours])

    record = missing[Check.DKIM].record
    assert missing[Check.DKIM].verdict is ERROR
    assert record is not None
    assert (record.name, record.value) == ("s1._domainkey.e.test", RECORD)
    assert there[Check.DKIM].verdict is OK


@pytest.mark.parametrize(
    ("server", "record"),
    [
        ("mx.e.test", "v=spf1 a:mx.e.test ~all"),
        ("9.9.9.9", "v=spf1 ip4:9.9.9.9 ~all"),
        ("2620:fe::fe", "v=spf1 ip6:2620:fe::fe ~all"),
        ("127.0.0.1", None),
        ("10.0.0.1", None),
        (None, None),
    ],
)
async def test_a_record_is_proposed_for_a_mail_server_of_ones_own(
    server: str | None, record: str | None
) -> None:
    found = await look({"e.test": {"MX": "10 mx.e.test."}}, SenderDns(envelope="", server=server))

    proposed = found[Check.SPF].record
    assert (proposed.value if proposed else None) == record


@pytest.mark.parametrize(
    ("provider", "dmarc", "verdict", "said"),
    [
        (SenderDns(selectors=("p1",)), "v=DMARC1; p=reject", OK, "DKIM speaks"),
        (SenderDns(selectors=("p9",)), "v=DMARC1; p=reject", ERROR, "p=reject keeps its mail"),
        (SenderDns(selectors=("p9",)), "v=DMARC1; p=none", ERROR, "anybody"),
        (SenderDns(selectors=("p9",), varies=True), "v=DMARC1; p=reject", WARNING, "cannot be said"),
        (UNNAMED, "v=DMARC1; p=reject", WARNING, "cannot be said"),
        (SenderDns(envelope="", selectors=("p9",)), "v=DMARC1; p=reject", OK, "SPF speaks"),
        (SenderDns(envelope="send", selectors=("p9",)), "v=DMARC1; p=reject", OK, "SPF speaks"),
        (SenderDns(envelope="send", selectors=("p9",)), "v=DMARC1; p=reject; aspf=s", ERROR, "neither"),
    ],
    ids=range(8),
)  # fmt: skip
async def test_dmarc_is_passed_by_spf_or_dkim_of_the_sender_s_own_domain(
    provider: SenderDns, dmarc: str, verdict: Verdict, said: str
) -> None:
    zone = {
        **ALL_GOOD,
        "_dmarc.e.test": {"TXT": dmarc},
        "send.e.test": {"TXT": "v=spf1 include:_spf.p.test -all", "MX": "10 mx.p.test."},
    }
    found = await look(zone, provider)

    assert found[Check.ALIGNMENT].verdict is verdict
    assert said in found[Check.ALIGNMENT].message


@pytest.mark.parametrize(("adkim", "verdict"), [("r", OK), ("s", ERROR)])
async def test_a_key_of_the_domain_above_speaks_unless_alignment_is_strict(
    adkim: str, verdict: Verdict
) -> None:
    zone = {**ALL_GOOD, "_dmarc.e.test": {"TXT": f"v=DMARC1; p=reject; adkim={adkim}"}}
    found = await look(zone, SenderDns(selectors=("p1",)), domain="mail.e.test")

    assert found[Check.DKIM].verdict is OK
    assert found[Check.ALIGNMENT].verdict is verdict


async def test_the_place_that_a_provider_has_bounces_go_to_is_looked_at_too() -> None:
    found = await look(ALL_GOOD, SenderDns(spf="_spf.p.test", selectors=("p1",), envelope="send"))

    assert found[Check.SPF].record is not None
    assert found[Check.SPF].record.name == "send.e.test"


async def test_a_place_for_bounces_that_may_be_another_one_is_no_error_where_it_is_empty() -> None:
    fixed = SenderDns(spf="_spf.p.test", selectors=("p1",), envelope="send")

    assert (await look(ALL_GOOD, fixed))[Check.SPF].verdict is ERROR
    found = await look(ALL_GOOD, replace(fixed, envelope_varies=True))
    assert found[Check.SPF].verdict is WARNING
    assert found[Check.SPF].record is not None


@pytest.mark.parametrize(("also", "verdict"), [((), ERROR), (("_spf.p.test",), OK)])
async def test_a_provider_s_other_name_is_as_good(also: tuple[str, ...], verdict: Verdict) -> None:
    provider = SenderDns(spf="_spf.new.test", spf_also=also, envelope="")
    found = await look(ALL_GOOD, provider)

    assert found[Check.SPF].verdict is verdict
    assert found[Check.ALIGNMENT].verdict is (OK if also else WARNING)


async def test_selectors_that_somebody_knows_are_looked_at() -> None:
    found = await look(
        {**ALL_GOOD, "mine._domainkey.e.test": {"TXT": RECORD}}, UNNAMED, selectors=["mine"]
    )

    assert found[Check.DKIM].verdict is OK
    assert "mine._domainkey.e.test" in found[Check.DKIM].message


@pytest.mark.parametrize("manner", list(Manner), ids=str)
async def test_from_silence_and_lies_nothing_is_concluded(manner: Manner) -> None:
    async with DnsServer(ALL_GOOD, default=manner) as server:
        sender = SendingDomain(domain="e.test", provider=PROVIDER)
        found = await examine_domain(server.asking(0.05, 0.1), sender)

    assert {one.check for one in found} == set(Check)
    assert {one.verdict for one in found} == {WARNING}


async def test_a_look_that_takes_too_long_ends_with_what_was_seen() -> None:
    async with DnsServer(ALL_GOOD, manners={"p1._domainkey.e.test": Manner.HANGS}) as server:
        sender = SendingDomain(domain="e.test", provider=PROVIDER)
        found = await examine_domain(server.asking(30, 30), sender, seconds=1)

    verdicts = {one.check: one.verdict for one in found}
    assert set(verdicts) == set(Check)
    assert verdicts[Check.SPF] is OK
    assert verdicts[Check.DKIM] is WARNING
