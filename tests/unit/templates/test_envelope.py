"""Subject, sender and reply address: the template is the structure, values only fill it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model.addresses import EmailAddress, Mailbox, Sender
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

ADDRESS = EmailAddress("a", "b.test")
HOSTILE_NAMES = [
    "a@evil.test",
    "<a@evil.test>",
    "Eve <a@evil.test>",
    'Eve" <a@evil.test>',
    "Eve, a@evil.test",
    "Eve; a@evil.test",
    "Eve\r\nBcc: a@evil.test",
    "Eve\nBcc: a@evil.test",
    "Eve\u2028Bcc: a@evil.test",
    "Eve\x00\x85",
    "=?utf-8?q?Eve_=3Ca=40evil=2Etest=3E?=",
]


def sender(send_from, payload):
    source = TemplateSource(subject="s", content="c", send_from=send_from)
    return compile_template(source).render(payload).sender


def reply_to(text, payload):
    source = TemplateSource(subject="s", content="c", reply_to=text)
    return compile_template(source).render(payload).reply_to


class TestSender:
    @pytest.mark.parametrize(
        ("send_from", "payload", "expected"),
        [
            ("Example", {}, Sender("Example")),
            ("a@b.test", {}, Sender(None, ADDRESS)),
            ("Example <a@b.test>", {}, Sender("Example", ADDRESS)),
            ("{{app.name}}", {"app": {"name": "Example App"}}, Sender("Example App")),
            ("{{app.name}} <a@b.test>", {"app": {"name": "App"}}, Sender("App", ADDRESS)),
            ("{{x}}@b.test", {"x": "a"}, Sender(None, ADDRESS)),
            ("<{{x}}>", {"x": "a@b.test"}, Sender(None, ADDRESS)),
            ("App <{{x}}>", {"x": "nobody"}, Sender("App")),
            ("App <{{x}}>", {"x": None}, Sender("App")),
            ("{{x}}", {"x": None}, Sender()),
            ("{{absent}}", {}, Sender("{{absent}}")),
            ("", {}, Sender()),
            (" \r\n ", {}, Sender()),
            ("O'Brien {{x}}", {"x": "& Sons (UK)"}, Sender("O'Brien & Sons (UK)")),
            ("{{x}}", {"x": "Acme, Inc."}, Sender("Acme, Inc.")),
            ('"{{x}}" <a@b.test>', {"x": "Acme, Inc."}, Sender("Acme, Inc.", ADDRESS)),
            ('"Doe, Jane" <a@b.test>', {}, Sender("Doe, Jane", ADDRESS)),
            ('"A" and "B" <a@b.test>', {}, Sender('"A" and "B"', ADDRESS)),
            ('"{{x}}"', {"x": "a@b.test"}, Sender("a@b.test")),
            ('"{{x}}" <a@b.test>', {"x": 'Eve" <e@vil.test> "'}, Sender("Eve e@vil.test", ADDRESS)),
            ('"{{x}}" <a@b.test>', {"x": "Eve\\"}, Sender("Eve", ADDRESS)),
        ],
    )
    def test_the_template_says_what_is_name_and_what_is_address(self, send_from, payload, expected):
        assert sender(send_from, payload) == expected

    @pytest.mark.parametrize("value", HOSTILE_NAMES)
    def test_a_name_never_becomes_the_address(self, value):
        alone, beside = sender("{{x}}", {"x": value}), sender("{{x}} <a@b.test>", {"x": value})

        assert alone.address is None
        assert beside.address == ADDRESS
        assert not re.search('[<>"\r\n\x00\x85\u2028]', f"{alone.name}{beside.name}")

    @pytest.mark.parametrize("value", HOSTILE_NAMES[1:])
    def test_an_address_with_structure_in_it_is_left_out(self, value):
        assert sender("<{{x}}>", {"x": value}).address is None
        assert sender("{{x}}@b.test", {"x": value}).address is None


class TestReplyTo:
    @pytest.mark.parametrize(
        ("text", "payload", "expected"),
        [
            ("a@b.test", {}, Mailbox(ADDRESS)),
            ("Help <a@b.test>", {}, Mailbox(ADDRESS, "Help")),
            ("{{user.primaryEmail}}", {"user": {"primaryEmail": "a@b.test"}}, Mailbox(ADDRESS)),
            (" {{x}} ", {"x": "a@b.test"}, Mailbox(ADDRESS)),
            ("{{n}} <{{x}}>", {"x": "a@b.test", "n": "Help, us"}, Mailbox(ADDRESS, "Help, us")),
            ("{{x}}", {"x": "nobody"}, None),
            ("{{x}}", {"x": None}, None),
            ("{{absent}}", {}, None),
            ("Help", {}, None),
            ("a@b.test, c@d.test", {}, None),
        ],
    )
    def test_it_is_one_mailbox_or_none(self, text, payload, expected):
        assert reply_to(text, payload) == expected

    @pytest.mark.parametrize(
        "value",
        [
            *("a@b.test, c@d.test", "a@b.test\r\nBcc: c@d.test", "Eve <a@b.test>", "<a@b.test>"),
            *('"a"@b.test', "a@b.test;c@d.test", "a@b.test c@d.test", "a@b.test\x00"),
        ],
    )
    def test_a_value_is_one_bare_address_or_nothing(self, value):
        assert reply_to("{{x}}", {"x": value}) is None


class TestSubject:
    @pytest.mark.parametrize(
        ("subject", "payload", "expected"),
        [
            ("Code {{code}}", {"code": "1"}, "Code 1"),
            ("Hi\r\nBcc: x@y.test", {}, "Hi Bcc: x@y.test"),
            ("Hi {{n}}", {"n": "A\r\nBcc: x@y.test"}, "Hi A Bcc: x@y.test"),
            ("Hi {{n}}", {"n": "A\u2028B\x85C\x00D\tE"}, "Hi A B CD E"),
            ("{{n}}", {"n": "=?utf-8?q?a=0D=0ABcc?="}, "= ?utf-8?q?a=0D=0ABcc?="),
            ("{{n}} & <b>", {"n": "<i>"}, "<i> & <b>"),
            (" {{n}} ", {"n": None}, ""),
        ],
    )
    def test_it_is_one_line_of_text(self, render, subject, payload, expected):
        assert render(subject=subject, payload=payload).subject == expected


VALUES = st.text(max_size=40) | st.sampled_from(HOSTILE_NAMES)


@given(
    send_from=st.sampled_from(
        ["{{x}}", "{{x}} <a@b.test>", "A {{x}} B", "<{{x}}>", "{{x}}@b.test"]
    ),
    value=VALUES,
)
def test_no_value_brings_a_line_or_a_mailbox_into_the_sender(send_from, value):
    found = sender(send_from, {"x": value})

    assert not re.search('[<>"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]', found.name or "")
    if "<a@b.test>" in send_from:
        assert found.address == ADDRESS
    elif "@" not in send_from and "<" not in send_from:
        assert found.address is None
    elif found.address is not None:
        assert str(found.address).count("@") == 1
        assert not re.search(r"[<>,;\"\s]", str(found.address))


@given(subject=st.text(max_size=30), value=VALUES)
def test_no_value_brings_a_line_into_the_subject(subject, value):
    source = TemplateSource(subject=subject + "{{x}}", content="c")

    rendered = compile_template(source).render({"x": value}).subject

    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", rendered)
    rendered.encode()
