"""The question after a misspelt domain: what is asked, and what is never asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carteiro
from carteiro.model.addresses import parse_address
from carteiro.model.did_you_mean import did_you_mean

DATA = json.loads(
    (Path(carteiro.__file__).parent / "model" / "mailbox_domains.json").read_text("utf-8")
)
KNOWN = sorted(f"{name}.{end}" for name, ends in DATA["domains"].items() for end in ends)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmal.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail", "gmail.com"),
        ("gmailcom", "gmail.com"),
        ("gmail,com", "gmail.com"),
        ("gmail..com", "gmail.com"),
        ("gmail.com.", "gmail.com"),
        ("gmail.com.br", "gmail.com"),
        ("GMIAL.COM", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotnail.con", "hotmail.com"),
        ("hotmai.fr", "hotmail.fr"),
        ("yaho.co.uk", "yahoo.co.uk"),
        ("yahoo.om", "yahoo.com"),
        ("outloo.de", "outlook.de"),
        ("iclod.com", "icloud.com"),
        ("uol.com.bt", "uol.com.br"),
        ("t-onlin.de", "t-online.de"),
        ("web.dee", "web.de"),
        ("163.con", "163.com"),
        ("our-company.con", "our-company.com"),
        ("our-company.couk", "our-company.co.uk"),
        # What an input method leaves, and a letter that only looks like the one that is meant.
        ("ｇｍａｉｌ.com", "gmail.com"),
        ("gmial。com", "gmail.com"),
        ("gmail．ｃｏｎ", "gmail.com"),
        ("gmáil.com", "gmail.com"),
        ("xn--gmil-6na.com", "gmail.com"),
    ],
)
def test_a_slip_in_a_domain_is_asked_about(typed: str, meant: str) -> None:
    assert did_you_mean(f"Ana.Silva+x@{typed}") == f"Ana.Silva+x@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "example.com", "company.co", "firma.de", "mall.com", "fmail.com", "qmail.com", "web.se",
        "hotmail.is", "yahoo.hr", "telenet.de", "proton.com", "orange.de", "gmx.no", "foo.com.bt",
        "foo.com.be", "xn--mller-kva.de", "müller.de", "xn--a.test", "пример.рф", "sub.gmx.de", "me.dk", "aol.no", "mails.com",
    ],
)  # fmt: skip
def test_a_domain_that_may_well_be_meant_is_left_alone(domain: str) -> None:
    assert did_you_mean(f"ana@{domain}") is None


@pytest.mark.parametrize("domain", KNOWN)
def test_no_domain_of_the_list_is_taken_for_another(domain: str) -> None:
    assert did_you_mean(f"ana@{domain}") is None


@pytest.mark.parametrize(
    "text",
    ["", "@", "ana", "ana@", "@gmial.com", "a b@gmial.com", "a\nb@gmial.com", "x" * 70 + "@gmial.com",
     "ana@" + "gmial." * 40 + "com", "ana@\x00gmial.com", "ana@[127.0.0.1]"],
    ids=range(11),
)  # fmt: skip
def test_what_no_domain_can_mend_is_not_asked_about(text: str) -> None:
    assert did_you_mean(text) is None


@given(st.text(max_size=80))
def test_what_is_asked_about_is_an_address_and_no_longer_asked_about(text: str) -> None:
    meant = did_you_mean(text)

    if meant is not None:
        assert str(parse_address(meant)) == meant
        assert did_you_mean(meant) is None


@given(st.sampled_from(KNOWN), st.data())
def test_one_swap_never_breaks_the_part_before_the_at(domain: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(domain) - 2))
    typed = f"{domain[:place]}{domain[place + 1]}{domain[place]}{domain[place + 2 :]}"

    meant = did_you_mean(f"Ana@{typed}")

    assert meant is None or meant.startswith("Ana@")


def test_the_data_says_where_it_is_from_and_keeps_its_own_rules() -> None:
    names = set(DATA["domains"])

    assert all("," in source or "own" in source for source in DATA["sources"])
    assert {*DATA["one_home"], *DATA["words"]} <= names
    assert not any(end in ends for ends in DATA["domains"].values() for end in DATA["endings"])
