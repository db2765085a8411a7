"""SPF, DKIM and DMARC as receivers read them, over a real DNS server."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from carteiro.connectors.dkim.keys import KeyAlgorithm, public_text
from carteiro.senders.asking import Inquiry
from carteiro.senders.dkim import read_dkim
from carteiro.senders.dmarc import read_dmarc
from carteiro.senders.spf import read_spf, with_name
from dkim_parts import key
from dns_parts import DnsServer, Manner, Zone

GOOD = "v=spf1 include:_spf.provider.test ip4:192.0.2.0/24 ip6:2001:db8::/32 mx -all"
PROVIDER = {"_spf.provider.test": {"TXT": "v=spf1 ip4:198.51.100.1 -all"}}


def inquiry(server: DnsServer) -> Inquiry:
    return Inquiry(server.asking(5, 20))


def chain(length: int) -> Zone:
    """Records that include one another, so many of them."""
    names = {
        f"n{place}.test": {"TXT": f"v=spf1 include:n{place + 1}.test ~all"}
        for place in range(length)
    }
    return {**names, f"n{length}.test": {"TXT": "v=spf1 ~all"}}


async def test_spf_is_read_through_what_it_includes() -> None:
    texts = {"TXT": ["other=1", GOOD], "MX": "10 mx.e.test."}
    async with DnsServer({"e.test": texts, **PROVIDER}) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert (spf.record, spf.problems, spf.doubts) == (GOOD, [], [])
    assert (spf.names, spf.lookups, spf.ends_with) == ({"_spf.provider.test"}, 2, "-")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ({"e.test": {"TXT": ["v=spf1 -all", "v=spf1 ~all"]}}, "2 SPF records"),
        ({"e.test": {"TXT": "v=spf1 include:e.test -all"}}, "leads back"),
        (
            {"e.test": {"TXT": "v=spf1 include:b.test -all"}, "b.test": {"TXT": "v=spf1 redirect=E.test."}},
            "leads back",
        ),
        ({"e.test": {"TXT": "v=spf1 include:gone.test -all"}}, "which has no SPF record"),
        ({"e.test": {"TXT": "v=spf1 ip4:1.2.3 -all"}}, "no address"),
        ({"e.test": {"TXT": "v=spf1 ip4:2001:db8::1 -all"}}, "no address"),
        ({"e.test": {"TXT": "v=spf1 includes:b.test -all"}}, "cannot read"),
        ({"e.test": {"TXT": "v=spf1 include: -all"}}, "cannot read"),
        ({"e.test": {"TXT": "v=spf1 \x07\x1b[31m -all"}}, "cannot read"),
        ({"e.test": {"TXT": "v=spf1 x=\x1b[31m -all"}}, "cannot read"),
        ({"e.test": {"TXT": "v=spf1 mx\x1c-all"}}, "cannot read"),
        ({"e.test": {"TXT": "v=spf1 include:\x1b[31m.test -all"}}, "cannot read"),
        ({"e.test": {"TXT": f"v=spf1 include:{'a' * 5000}.test -all"}}, "no name"),
        ({"e.test": {"TXT": "v=spf1 include:n0.test -all"}, **chain(11)}, "more than 10"),
        ({"e.test": {"TXT": "v=spf1 " + "a " * 11 + "-all"}}, "more than 10"),
        ({"e.test": {"TXT": "v=spf1 " + "include:n9.test " * 4000}, **chain(11)}, "more than 10"),
    ],
    ids=range(16),
)  # fmt: skip
async def test_what_breaks_an_spf_record_is_said(zone: Zone, said: str) -> None:
    async with DnsServer(zone) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert said in "; ".join(spf.problems)
    assert len(server.asked) < 30
    assert all(problem.isprintable() for problem in spf.problems)


@pytest.mark.parametrize(
    "record",
    ["v=spf1 -all", "V=SPF1 ~ALL", "v=spf1", "v=spf1 exp=x.test ?all", "v=spf1 include:%{i}.x.test -all",
     "v=spf1 a:x.test/24 mx/24//64 ptr exists:%{d} unknown=1 +all", "v=spf1 redirect=_spf.provider.test"],
    ids=range(7),
)  # fmt: skip
async def test_what_is_allowed_is_not_found_fault_with(record: str) -> None:
    async with DnsServer({"e.test": {"TXT": record}, **PROVIDER}) as server:
        assert (await read_spf(inquiry(server), "e.test")).problems == []


@pytest.mark.parametrize("included", [False, True], ids=["its own", "included"])
async def test_a_record_full_of_faults_is_not_answered_with_all_of_them(included: bool) -> None:
    zone: Zone = {"e.test": {"TXT": "v=spf1 include:b.test -all"}}
    zone = {
        **(zone if included else {}),
        "b.test" if included else "e.test": {"TXT": "v=spf1 " + "(x " * 5000},
    }
    async with DnsServer(zone) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert 0 < len("; ".join(spf.problems)) < 3_000


async def test_ten_names_are_not_too_many() -> None:
    async with DnsServer({"e.test": {"TXT": "v=spf1 include:n0.test -all"}, **chain(9)}) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert (spf.lookups, spf.problems) == (10, [])


async def test_what_is_included_and_does_not_answer_is_a_doubt() -> None:
    zone = {"e.test": {"TXT": "v=spf1 include:slow.test -all"}}
    async with DnsServer(zone, manners={"slow.test": Manner.FAILS}) as server:
        spf = await read_spf(Inquiry(server.dns), "e.test")

    assert spf.problems == []
    assert "slow.test" in spf.doubts[0]


@pytest.mark.parametrize(
    ("terms", "voids", "broken"),
    [
        ("a mx:there.test a:there.test exists:there.test", [], False),
        ("a:gone.test mx:there.test", ["a:gone.test"], False),
        ("a:gone.test mx:nomx.test", ["a:gone.test", "mx:nomx.test"], False),
        ("a:g1.test a:g2.test exists:g3.test", ["a:g1.test", "a:g2.test", "exists:g3.test"], True),
        ("include:more.test a:g1.test", ["a:g2.test", "a:g3.test", "a:g1.test"], True),
        ("a:%{i}.g1.test a:%{d}.g2.test mx:%{h}.g3.test", [], False),
    ],
    ids=range(6),
)
async def test_names_that_lead_nowhere_are_told_of_and_after_two_break_a_record(
    terms: str, voids: list[str], broken: bool
) -> None:
    zone = {
        "e.test": {"TXT": f"v=spf1 {terms} -all", "AAAA": "::1"},
        "there.test": {"A": "127.0.0.1", "MX": "10 there.test."},
        "nomx.test": {"A": "127.0.0.1"},
        "more.test": {"TXT": "v=spf1 a:g2.test a:g3.test -all"},
    }
    async with DnsServer(zone) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert spf.voids == voids
    assert bool(spf.problems) is broken
    assert all(one in "; ".join([*spf.problems, *spf.doubts]) for one in voids)


async def test_a_domain_with_too_many_hosts_for_mail_breaks_a_record() -> None:
    hosts = [f"{n} h{n}.test." for n in range(11)]
    async with DnsServer({"e.test": {"TXT": "v=spf1 mx -all", "MX": hosts}}) as server:
        spf = await read_spf(inquiry(server), "e.test")

    assert "more than 10 hosts" in spf.problems[0]


async def test_names_that_do_not_answer_are_not_all_waited_for() -> None:
    terms = " ".join(f"a:s{n}.test" for n in range(8))
    manners = {f"s{n}.test": Manner.HANGS for n in range(8)}
    async with DnsServer({"e.test": {"TXT": f"v=spf1 {terms} -all"}}, manners=manners) as server:
        spf = await read_spf(Inquiry(server.dns), "e.test")

    assert {name for name, _, _ in server.asked} == {"e.test", "s0.test"}
    assert (spf.voids, spf.problems, len(spf.doubts)) == ([], [], 1)


def test_a_name_is_added_to_a_record_and_the_rest_of_it_stays() -> None:
    assert with_name(None, "p.test") == "v=spf1 include:p.test ~all"
    assert with_name("v=spf1 mx -all", "p.test") == "v=spf1 include:p.test mx -all"
    assert with_name("V=SPF1", "p.test") == "v=spf1 include:p.test"


SHORT = base64.b64encode(b"k" * 32).decode()
RSA = key().record
_WEAK = {bits: public_text(generate_private_key(65537, bits)) for bits in (1024,)}


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (RSA, None),
        (RSA.replace("v=DKIM1; ", ""), None),
        (RSA.replace("p=", "p= ").replace("A", "A "), None),
        (f"v=DKIM1; k=ed25519; p={SHORT}", None),
        (f"{RSA}; h=sha1:sha256; s=email; n=note; t=s", None),
        ([RSA, f"{RSA}; t=s"], "2 records"),
        ("v=DKIM1; k=rsa; p=", "withdrawn"),
        ("v=DKIM1", "no DKIM record"),
        ("p=a; p=b", "no DKIM record"),
        (RSA.replace("DKIM1", "DKIM2"), "version"),
        (RSA.replace("v=DKIM1; k=rsa", "k=rsa; v=DKIM1"), "version"),
        (f"{RSA}; h=sha1", "SHA-256"),
        (f"{RSA}; s=other", "not for mail"),
        ("v=DKIM1; p=!!!", "cannot be read"),
        (f"v=DKIM1; p={SHORT}", "cannot be read"),
        (f"v=DKIM1; k=ed25519; p={RSA[-40:]}", "Ed25519"),
        (f"v=DKIM1; k=dsa; p={SHORT}", "not known"),
        ("v=DKIM1; p=" + "A" * 60_000, "too long"),
    ],
    ids=range(18),
)
async def test_a_key_is_one_that_receivers_use_or_it_is_said_why_not(
    texts: str | list[str], problem: str | None
) -> None:
    async with DnsServer({"s._domainkey.e.test": {"TXT": texts}}) as server:
        found = await read_dkim(inquiry(server), "s", "e.test")

    assert found.exists
    assert found.problem == problem if problem is None else problem in str(found.problem)


@pytest.mark.parametrize("text", ["hello", "v=spf1 -all", ""])
async def test_what_a_wildcard_answers_is_no_key_that_is_broken(text: str) -> None:
    async with DnsServer({"s._domainkey.e.test": {"TXT": text}}) as server:
        found = await read_dkim(inquiry(server), "s", "e.test")

    assert not found.exists
    assert "no DKIM record" in str(found.problem)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [(f"{RSA}; t=y:s", "t=y"), (f"v=DKIM1; p={_WEAK[1024]}", "2048"), (RSA, "None")],
    ids=range(3),
)
async def test_what_makes_a_good_key_doubtful_is_said(text: str, doubt: str) -> None:
    async with DnsServer({"s._domainkey.e.test": {"TXT": text}}) as server:
        found = await read_dkim(inquiry(server), "s", "e.test")

    assert found.problem is None
    assert doubt in str(found.doubt)


async def test_a_key_of_ours_is_known_from_another_one() -> None:
    other = key(algorithm=KeyAlgorithm.ED25519).record
    async with DnsServer(
        {"s._domainkey.e.test": {"CNAME": "s.hoster.test"}, "s.hoster.test": {"TXT": RSA}}
    ) as server:
        same = await read_dkim(inquiry(server), "s", "e.test", RSA)
        different = await read_dkim(inquiry(server), "s", "e.test", other)
        missing = await read_dkim(inquiry(server), "t", "e.test", RSA)

    assert same.problem is None
    assert "another key" in str(different.problem)
    assert (missing.exists, missing.problem) == (False, "there is no such record")


@pytest.mark.parametrize(
    ("zone", "owner", "policy"),
    [
        ({"_dmarc.mail.e.test": {"TXT": "v=DMARC1; p=reject; sp=none"}}, "mail.e.test", "reject"),
        ({"_dmarc.e.test": {"TXT": ["v=spf1", "v=DMARC1;p=None"]}}, "e.test", "none"),
        ({"_dmarc.e.test": {"TXT": "v=DMARC1; p=reject; sp=quarantine"}}, "e.test", "quarantine"),
        # A registry's record holds where the organization below it has none.
        ({"_dmarc.e.test": {"TXT": "v=DMARC1; p=none; psd=y"}}, "e.test", "none"),
        ({"_dmarc.test": {"TXT": "v=DMARC1; p=reject; psd=y"}}, "test", "reject"),
        (
            {
                "_dmarc.test": {"TXT": "v=DMARC1; p=reject; psd=y"},
                "_dmarc.e.test": {"TXT": "v=DMARC1; p=none"},
            },
            "e.test",
            "none",
        ),
        ({"_dmarc.test": {"TXT": "v=DMARC1; p=reject"}}, None, ""),
        ({"*.e.test": {"TXT": "v=spf1 -all"}, "_dmarc.mail.e.test": {"TXT": "v=spf1 -all"}}, None, ""),
        ({}, None, ""),
    ],
    ids=range(9),
)  # fmt: skip
async def test_the_policy_is_the_domain_s_or_that_of_one_above(
    zone: Zone, owner: str | None, policy: str
) -> None:
    async with DnsServer(zone) as server:
        found = await read_dmarc(inquiry(server), "mail.e.test")

    assert (found.owner, found.policy, found.problem) == (owner, policy, None)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 records"),
        ("v=DMARC1", "no policy"),
        ("v=DMARC1; p=nothing", "no policy"),
        ("v=DMARC1; p=none; p=reject", "cannot be read"),
        ("v=DMARC1; garbage", "cannot be read"),
    ],
    ids=range(5),
)
async def test_what_breaks_a_policy_is_said(texts: str | list[str], said: str) -> None:
    async with DnsServer({"_dmarc.e.test": {"TXT": texts}}) as server:
        found = await read_dmarc(inquiry(server), "e.test")

    assert said in str(found.problem)


@pytest.mark.parametrize(
    ("near", "owner"),
    [("v=DMARC1; p=reject", "e.test"), ("v=DMARC1; p=reject; psd=n", "b.e.test"),
     ("v=DMARC1; p=reject; psd=y", "a.b.e.test")],
    ids=["the organization's", "one that ends the walk", "below a registry"],
)  # fmt: skip
async def test_of_several_above_it_is_the_organization_s(near: str, owner: str) -> None:
    zone = {
        "_dmarc.a.b.e.test": {"TXT": "v=DMARC1; p=quarantine"},
        "_dmarc.b.e.test": {"TXT": near},
        "_dmarc.e.test": {"TXT": "v=DMARC1; p=none"},
    }
    async with DnsServer(zone) as server:
        found = await read_dmarc(inquiry(server), "x.a.b.e.test")

    assert found.owner == owner


async def test_a_domain_of_many_labels_is_not_asked_for_each() -> None:
    async with DnsServer({"_dmarc.e.test": {"TXT": "v=DMARC1; p=none"}}) as server:
        found = await read_dmarc(inquiry(server), "x." * 60 + "e.test")

    assert found.owner == "e.test"
    assert [name.count(".") for name, _, _ in server.asked] == [62, 7, 6, 5, 4, 3, 2, 1]
