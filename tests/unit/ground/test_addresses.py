"""Addresses and mailboxes (the numbers are those of connectors §9; security checklist 48 to 53)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.errors import InvalidAddress
from carteiro.model import addresses
from carteiro.model.addresses import (
    EmailAddress,
    Mailbox,
    Sender,
    address_key,
    domain_key,
    parse_address,
    parse_mailbox,
    parse_sender,
    readable_key,
)
from carteiro.model.display_names import LONGEST_NAME, clean_name, phrase

BRAND = EmailAddress("a", "b.test")


class TestAddress:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a@b.test", EmailAddress("a", "b.test")),
            ("Ann.Smith+tag@Example.COM", EmailAddress("Ann.Smith+tag", "example.com")),
            ("o'brien@example.com", EmailAddress("o'brien", "example.com")),
            ('"a b"@example.com', EmailAddress('"a b"', "example.com")),
            ("pelé@example.com", EmailAddress("pelé", "example.com")),
            ("a@exämple.com", EmailAddress("a", "xn--exmple-cua.com")),
            ("用户@例子.测试", EmailAddress("用户", "xn--fsqu00a.xn--0zwm56d")),
            ("a" * 64 + "@example.com", EmailAddress("a" * 64, "example.com")),
        ],
    )
    def test_one_address_is_read(self, text, expected):
        assert parse_address(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "a", "@", "a@", "@b.test", "a@b", "a@localhost", "a@b..test", "a@-b.test"),
            *("a@b.test,c@d.test", "a@b.test;c@d.test", "a@b.test c@d.test", "a@@b.test"),
            *("Ann <a@b.test>", "<a@b.test>", "a@b.test>", "a@b.test (Ann)", " a@b.test"),
            *("a@b.test\r\nBcc: c@d.test", "a@b.test\n", "a\x00@b.test", "a@b.te\x7fst"),
            *("a\u2028@b.test", "a@[127.0.0.1]", "a@b.local", "a@b.invalid", ".a@b.test"),
            *("a.@b.test", "a" * 65 + "@b.test", "a@" + "b" * 64 + ".test", "a" * 10_000),
            *("a@" + "b." * 130 + "test", "\u00e9" * 65 + "@b.test"),
            *("a\ud800@b.test", "a@b\ud800.test"),
        ],
    )  # fmt: skip
    def test_everything_else_is_refused(self, text):
        with pytest.raises(InvalidAddress):
            parse_address(text)

    @given(
        st.from_regex(r"[ab0._+-]{0,9}@[ab1.-]{0,9}\.(com|local|test|a1|xn--p1ai)", fullmatch=True)
    )
    def test_a_plain_one_is_read_as_any_other(self, text):
        try:
            expected = addresses._validated(text)
        except InvalidAddress as error:
            with pytest.raises(InvalidAddress, match=re.escape(str(error))):
                parse_address(text)
        else:
            assert parse_address(text) == expected

    def test_two_spellings_are_compared_without_case(self):
        assert parse_address("Ann@Example.com").key == parse_address("ann@EXAMPLE.com").key

    @pytest.mark.parametrize(
        "texts",
        [
            ("jörg@exämple.com", "JO\u0308RG@xn--exmple-cua.com", "jo\u0308rg@EXA\u0308MPLE.com"),
            ("ann@example.com", '"ann"@example.com', "ANN@Example.com"),
            ("J\u030c@b.test", "\u01f0@b.test"),
            ("not an ädress", "NOT AN A\u0308DRESS"),
            ("a@b.invalid", "A@B.INVALID"),
            ("",),
        ],
    )
    def test_all_spellings_of_a_mailbox_have_one_key(self, texts):
        assert len({address_key(text) for text in texts}) == 1
        for text in texts:
            assert address_key(address_key(text)) == address_key(text)

    @pytest.mark.parametrize(
        "other", ["ann@example.org", "an@example.com", "ann+x@example.com", "a.nn@example.com"]
    )
    def test_two_mailboxes_have_two_keys(self, other):
        assert address_key("ann@example.com") != address_key(other)

    def test_a_key_is_read_as_people_write_it(self):
        assert readable_key("jörg@xn--exmple-cua.com") == "jörg@exämple.com"
        assert readable_key("a@example.com") == "a@example.com"
        assert readable_key("a@xn--.com") == "a@xn--.com"
        assert domain_key("Exa\u0308mple.COM") == domain_key("xn--exmple-cua.com")

    def test_a_log_sees_the_first_letter_and_the_domain(self):
        assert parse_address("ann@example.com").masked == "a***@example.com"

    def test_a_local_part_beyond_ascii_needs_a_server_that_takes_it(self):
        assert parse_address("pelé@example.com").needs_smtputf8
        assert not parse_address("pele@exämple.com").needs_smtputf8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Foo\r\nBcc: x <a@b.test>", Sender("FooBcc: x", BRAND), id="31-line-break"),
        pytest.param("a@b.test\r\n", Sender(None, BRAND), id="31-line-break-after"),
        pytest.param("Foo <a@b.test>", Sender("Foo", BRAND), id="32-simple"),
        pytest.param("My <App> <a@b.test>", Sender("My App", BRAND), id="33-brackets-in-the-name"),
        pytest.param(
            "Brand <bad<addr@e.com>",
            Sender("Brand", EmailAddress("badaddr", "e.com")),
            id="34-bracket-in-the-address",
        ),
        pytest.param("Foo Bar", Sender("Foo Bar"), id="35-name-only"),
        pytest.param("a@b.test", Sender(None, BRAND), id="36-bare-address"),
        pytest.param("<a@b.test>", Sender(None, BRAND), id="36-bare-in-brackets"),
        pytest.param("<<a@b.test>>", Sender(None, BRAND), id="36-in-two-brackets"),
        pytest.param("", Sender(), id="39-empty"),
        pytest.param(" ", Sender(), id="39-blank"),
        pytest.param("\r\n", Sender(), id="39-line-break"),
        pytest.param("Foo <>", Sender("Foo"), id="39-empty-brackets"),
        pytest.param("Foo <a@b.test> x", Sender("Foo a@b.test x"), id="40-text-after"),
        pytest.param('"Foo" <a@b.test>', Sender("Foo", BRAND), id="quotes-are-no-part-of-the-name"),
        pytest.param('"Doe, Jane" <a@b.test>', Sender("Doe, Jane", BRAND), id="quoted-comma"),
        pytest.param('"A" and "B" <a@b.test>', Sender('"A" and "B"', BRAND), id="two-quoted-words"),
        pytest.param(r'"a \"b\" \\c"<a@b.test>', Sender(r'a "b" \c', BRAND), id="quoted-pairs"),
        pytest.param('"x> <y" <a@b.test>', Sender("x y", BRAND), id="quoted-brackets"),
        pytest.param('"Doe, Jane"', Sender("Doe, Jane"), id="quoted-name-only"),
        pytest.param('"a@b.test"', Sender("a@b.test"), id="a-quoted-address-is-a-name"),
        pytest.param('"" <a@b.test>', Sender(None, BRAND), id="quoted-nothing"),
        pytest.param('"Foo <a@b.test>', Sender('"Foo', BRAND), id="a-quote-that-stays-open"),
        pytest.param(
            '"a b"@b.test', Sender(None, EmailAddress('"a b"', "b.test")), id="quoted-local-part"
        ),
        pytest.param("Foo <nobody>", Sender("Foo nobody"), id="no-address-in-brackets"),
        pytest.param("a@b.test, c@d.test", Sender("a@b.test, c@d.test"), id="two-addresses"),
        pytest.param(">", Sender(), id="a-bracket"),
    ],
)
def test_a_sender_is_read_as_pinned(text, expected):
    assert parse_sender(text) == expected


def test_a_mailbox_has_an_address():
    assert parse_mailbox("Foo <a@b.test>") == Mailbox(BRAND, "Foo")
    assert parse_mailbox("a@b.test") == Mailbox(BRAND)


@pytest.mark.parametrize("text", ["", "Foo", "Foo <>", "a@b.test, c@d.test", "Foo <a@b.test> x"])
def test_a_name_alone_is_no_mailbox(text):
    with pytest.raises(InvalidAddress):
        parse_mailbox(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Foo ", "Foo"),
        ("<i>Foo</i>", "iFoo/i"),
        ("A\r\nB\x00\x85", "AB"),
        ("A   B", "A B"),
        ("moc\u202eelpmaxe\u2066", "mocelpmaxe"),
        ("\u200fשלום", "\u200fשלום"),
        ("\ud800x", "\ufffdx"),
        ("=?utf-8?q?Eve?=", "= ?utf-8?q?Eve?="),
        ("x" * 5000, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_one_line_that_hides_nothing(text, name):  # 37, 38
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Acme", "Acme"),
        ("O'Brien & Sons", "O'Brien & Sons"),
        ("Ação ☕", '"Ação ☕"'),
        ("山田\u3000太郎", '"山田\u3000太郎"'),
        *((f"a{special}b", f'"a{special}b"') for special in "@:.,;<>[]()"),
        ("a\\b", '"a\\\\b"'),
        ('a"b', '"a\\"b"'),
    ],
)
def test_a_name_with_a_special_is_a_quoted_string(name, written):
    assert phrase(name) == written


PIECES = st.lists(
    st.sampled_from(["<", ">", "@", ",", '"', "\r", "\n", " ", "a", "b.test", "a@b.test", ";", "é"])
    | st.characters(),
    max_size=14,
).map("".join)


@given(PIECES)
def test_whatever_is_written_no_sender_can_carry_a_second_line_or_mailbox(text):
    sender = parse_sender(text)

    name, address = sender.name or "", str(sender.address or "")
    assert not re.search("[<>\x00-\x1f\x7f-\x9f\u2028\u2029]", name + address)
    if sender.address is not None:
        assert parse_address(address) == sender.address


@given(PIECES)
def test_an_address_that_is_read_reads_the_same_again(text):
    try:
        address = parse_address(text)
    except InvalidAddress:
        return

    assert parse_address(str(address)) == address
    assert address.domain.isascii()
    assert "." in address.domain
