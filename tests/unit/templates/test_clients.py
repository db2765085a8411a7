"""The lint knows what mail clients make of a mail: where, who, how many, and what to do."""

import json
import re
import subprocess
import sys

import pytest

from carteiro.model.kinds import TemplateType as T
from carteiro.model.message import TemplateSource
from carteiro.templates.checks.clients import support
from carteiro.templates.checks.clients.colours import (
    contrast,
    half_turned,
    parsed,
    turned,
    written,
)
from carteiro.templates.checks.template import Severity, check

W, N = Severity.WARNING, Severity.NOTE
SPOKEN = '<p role="img" aria-label="{{code}}">{{code}}</p>'
DARK = "<style>@media (prefers-color-scheme: dark) { p { background: #000 !important } }</style>"
UNSUPPORTED = "unsupported-by-clients"


def findings(content, subject="Code", kind=T.SIGN_IN):
    return check(TemplateSource(subject=subject, content=content), kind)


def found(content, subject="Code"):
    return [(f.code, f.severity, f.line, f.column) for f in findings(content, subject)]


def codes(content, subject="Code"):
    return {code for code, *_ in found(content, subject)}


@pytest.mark.parametrize(
    ("content", "severity", "line", "column", "named"),
    [
        ('{}<p style="display:flex">', W, 1, 59, "`display:flex`"),
        ('{}\n<p style="color:red;\n position: relative">', W, 3, 2, "`position`"),
        ("<style>\np { color: red;\n  float: left }</style>{}", W, 3, 3, "`float`"),
        ("{}<video src='https://a.test/a'></video>", W, 1, 49, "`<video>`"),
        ("{}<img alt='' src='https://a.test/a.webp?b'>", W, 1, 66, "`.webp`"),
        ("{}<table background='https://a.test/a.avif'>", W, 1, 68, "`.avif`"),
        ("{}<p hidden>a", W, 1, 52, "`[hidden]`"),
        ("<style>p::before { content: 'a' }</style>{}", W, 1, 11, "`::before`"),
        ("<style>p:before { content: 'a' }</style>{}", W, 1, 10, "`::before`"),
        ("<style>p { & b { color: red } }</style>{}", W, 1, 12, "`nesting`"),
        ("<style>p { color: var(--a) }</style>{}", W, 1, 12, "`var()`"),
        ('{}<p style="color:rgb(0 0 0)">', W, 1, 59, "`rgb()`"),
        ('{}<p style="color:rgba(0, 0, 0, .9)">', N, 1, 59, "`rgba()`"),
        ('{}<p style="border-radius:3px">', N, 1, 59, "`border-radius`"),
        ('{}<p style="font-size:2rem">', N, 1, 59, "`rem`"),
        ('{}<td style="width:calc(1px + 2px)">', N, 1, 60, "`calc()`"),
        ('{}<p style="background:url(https://a.test/a)">', N, 1, 59, "`background-image`"),
        ("{}<p style=\"background:url('https://a.test/a')\">", N, 1, 59, "`background-image`"),
        ('{}<p style="background: linear-gradient(red, red)">', N, 1, 59, "`linear-gradient()`"),
        ("{}<link rel=stylesheet href='https://a.test/a'>", W, 1, 49, "`<link>`"),
        ("<style>@import 'https://a.test/a';</style>{}", W, 1, 8, "`@import`"),
        ("{}<bdi>a</bdi>", N, 1, 49, "`<bdi>`"),
        ("{}<form>a</form>", W, 1, 49, "`<form>`"),
    ],
)
def test_what_clients_cannot_show_is_found_where_it_is(content, severity, line, column, named):
    content = content.replace("{}", SPOKEN)

    (finding,) = [f for f in findings(content) if f.message.startswith(named)]

    assert (finding.code, finding.severity) == (UNSUPPORTED, severity)
    assert (finding.line, finding.column) == (line, column)


def test_a_finding_says_who_cannot_show_it_how_many_that_are_and_what_to_do():
    (finding,) = findings(f'{SPOKEN}<p style="display:flex">a</p>')

    assert finding.clients == ("Outlook for Windows",)
    assert finding.share == round(1 / 14, 2)
    assert finding.advice == "Arrange with tables: what stands side by side is a row."
    assert finding.message == (
        "`display:flex` is not supported by Outlook for Windows: 1 of 14 mail clients. "
        + finding.advice
    )


def test_a_client_that_nobody_has_tried_is_not_counted():
    (finding,) = findings(f'{SPOKEN}<p style="cursor:pointer">a</p>')

    assert "of 12 mail clients" in finding.message
    assert finding.share == round(len(finding.clients) / 12, 2)


def test_a_family_of_clients_is_named_once():
    (finding,) = findings(f'{SPOKEN}<p style="text-shadow: 1px 1px red">a</p>')

    assert "not supported by Gmail and Outlook: 8 of 14" in finding.message


def test_a_feature_is_told_of_once_with_its_count():
    told = findings(SPOKEN + '<p style="float:left">a</p>' * 3)

    assert [f.message.split(" is ")[0] for f in told] == ["`float` (and 2 more)"]


@pytest.mark.parametrize(
    "content",
    [
        "<style>@media screen { p { border-radius: 3px; display: flex } }</style>",
        "<style>@supports (display: grid) { p { display: grid } }</style>",
        "<style>p:first-child { color: black }</style>",
        "<!--[if mso]><v:rect style='position:relative;display:flex'/><![endif]-->",
        '<!--[if !mso]><!--><p style="padding:3px">a</p><!--<![endif]-->',
        '<div role="article" aria-label="a" lang="en" dir="ltr">a</div>',
        '<table width="100%" role="presentation"><tr><td style="padding:3px">a</td></tr></table>',
        '<p style="padding:0;margin:0 0 4px">a</p>',
        '<p style="float:none;position:initial">a</p>',
        '<img alt="" src="https://a.test/a.png" width="9"><img alt="" src="https://a.test/a">',
        '<p style="color:#{{x}}">a</p>',
        '<p style="color:rgb(0, 0, 0)">a</p>',
        '<table align="center" style="margin:0 auto"><tr><td>a</td></tr></table>',
    ],
)
def test_what_hurts_nobody_is_not_found(content):
    assert codes(SPOKEN + content) - {"unknown-variable"} == set()


def test_only_the_blocks_that_outlook_passes_over_are_none_of_its_own():
    block = '<!--[if !mso]><!--><i style="float:left">a</i><!--<![endif]-->'
    between = '<p style="float:left">b</p>'

    finding = next(f for f in findings(SPOKEN + block + between + block) if "`float`" in f.message)

    assert "and 2 more" in finding.message
    assert finding.column == len(SPOKEN + block) + len('<p style="') + 1
    assert codes(SPOKEN + block + block) == set()


def test_what_outlook_passes_over_is_no_loss_in_outlook_alone():
    hidden = '<!--[if !mso]><!--><p style="text-shadow:1px 1px red">a</p><!--<![endif]-->'

    (finding,) = findings(SPOKEN + hidden)

    assert "Outlook for Windows" not in finding.clients
    assert len(finding.clients) == 7


@pytest.mark.parametrize(
    ("content", "code", "severity"),
    [
        ('<p style="padding:9px">a', "outlook-padding", W),
        ("<style>a { padding: 0 9px }</style><a href='https://a.test'>b", "outlook-padding", W),
        ('<div style="max-width:560px">a', "outlook-max-width", N),
        ('<div style="width:560px">a', "outlook-width", N),
        ('<p style="margin:-4px">a', "outlook-margin", W),
        ('<table style="margin:0 auto"><tr><td>a', "outlook-centred", N),
        ('<img alt="" src="https://a.test/a" style="width:20px">', "outlook-image", W),
    ],
)
def test_boxes_that_word_does_not_know_are_found(content, code, severity):
    told = [f for f in findings(SPOKEN + content) if f.code == code]

    assert [(f.severity, f.clients) for f in told] == [(severity, ("Outlook for Windows",))]


def test_a_button_in_a_cell_that_says_outlooks_padding_has_its_room():
    cell = '<table><tr><td style="{}"><a href="{{{{link}}}}" style="padding:9px">Go</a></td></tr></table>'

    bare, said = (codes(SPOKEN + cell.format(style)) for style in ("", "mso-padding-alt:9px"))

    assert (bare, said) == ({"outlook-padding"}, set())


def test_a_frame_for_outlook_gives_the_mail_its_width():
    frame = '<!--[if mso]><table align="center" width="560"><tr><td><![endif]-->'

    assert codes(f'{SPOKEN}{frame}<div style="max-width:560px;margin:0 auto">a</div>') == set()


class TestContrast:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ('<p style="color:#777">a', "low-contrast"),
            ('<p style="background:#eee"><b style="color:#767676">a', "low-contrast"),
            ('<table bgcolor="#ffffff"><tr><td><font color="yellow">a', "low-contrast"),
            ("<style>p { color: #aaa }</style><p>a", "low-contrast"),
            ('<body text="#cccccc">a', "low-contrast"),
            ('<p style="color:rgba(0, 0, 0, 0.4)">a', "low-contrast"),
            ('<p style="background:url(https://a.test/a);color:#fff">a', "low-contrast"),
            (DARK + '<p style="color:#333">a', "low-contrast-dark"),
            ('<p style="background:#8a8a8a;color:#000">a', "low-contrast-forced-dark"),
        ],
    )
    def test_text_that_is_hard_to_read_is_found(self, content, code):
        assert code in codes(SPOKEN + content)

    @pytest.mark.parametrize(
        "content",
        [
            '<p style="color:#767676">a',
            '<p style="color:#949494;font-size:24px">a',
            '<h3 style="color:#949494">a',
            '<p style="color:#fff"> ',
            '<p style="color:#fff;display:none">a',
            '<p style="color:{{x}}">a',
            '<p style="background:{{x}};color:#fff;color:inherit">a',
        ],
    )
    def test_text_that_can_be_read_is_not(self, content):
        assert "low-contrast" not in codes(SPOKEN + content)

    def test_what_is_hard_to_read_already_is_told_of_once(self):
        told = [f.code for f in findings(SPOKEN + '<p style="color:#aaa">a</p>' * 2)]

        assert told == ["low-contrast"]

    @pytest.mark.parametrize(
        ("one", "other", "ratio"),
        [
            ("#000", "#fff", 21.0),
            ("#777", "#fff", 4.48),
            ("#f00", "#fff", 4.0),
            ("#333", "#333", 1),
        ],
    )
    def test_the_ratio_is_that_of_wcag(self, one, other, ratio):
        pair = [parsed(colour)[:3] for colour in (one, other)]

        assert contrast(*pair) == pytest.approx(ratio, abs=0.005)
        assert contrast(*reversed(pair)) == contrast(*pair)

    @pytest.mark.parametrize(
        ("colour", "all_turned", "as_text", "as_ground"),
        [
            ("#ffffff", "#333333", "#ffffff", "#1b1b1b"),
            ("#000000", "#ffffff", "#ffffff", "#000000"),
            ("#333333", "#cfcfcf", "#dfdfdf", "#333333"),
        ],
    )
    def test_grey_is_turned_as_the_makers_say(self, colour, all_turned, as_text, as_ground):
        rgb = parsed(colour)[:3]

        assert written(turned(rgb)) == all_turned
        assert written(half_turned(rgb, is_text=True)) == as_text
        assert written(half_turned(rgb, is_text=False)) == as_ground

    def test_it_says_where_and_how_little(self):
        (finding,) = [
            f for f in findings(f"{SPOKEN}\n <p style='color:#888'>a") if f.code == "low-contrast"
        ]

        assert (finding.line, finding.column) == (2, 2)
        assert "#888888 on #ffffff has a contrast of 3.5 : 1; 4.5 : 1" in finding.message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{}<img src='https://a.test/a'>", ("no-alt", W, 1, 49)),
        ("{}<a href='https://a.test'>www.b.test</a>", ("misleading-link", W, 1, 49)),
        ("{}<a href='https://a.test'>log in at <b>b.com</b></a>", ("misleading-link", W, 1, 49)),
        ("{}<a href='https://evil-b.com'>b.com</a>", ("misleading-link", W, 1, 49)),
        ("{}<a href='{{link}}'>b.com</a>", ("misleading-link", W, 1, 49)),
        ("{}<a href='https://a.test'>{{link}}</a>", ("misleading-link", W, 1, 49)),
        ("{}<p>שלום", ("no-direction", W, 1, 49)),
        ("<html dir=rtl><body>{}<p>مرحبا", ("no-direction", W, 1, 69)),
        ("<p>{{code}}</p>", ("code-read-as-number", N, 1, 1)),
    ],
)
def test_what_people_would_stumble_over_is_found(content, expected):
    assert expected in found(content.replace("{}", SPOKEN))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("logo.png", "logo.png is relative, and a mail has no page that it could be relative to."),
        ("/a/logo.png", "/a/logo.png is relative, and a mail has no page that it could be"),
        ("http://a.test/a.png", "http://a.test/a.png is not an https or mailto address."),
        ("//a.test/a.png", "//a.test/a.png is not an https or mailto address."),
    ],
)
def test_an_image_that_would_not_be_loaded_is_found(address, said):
    (finding,) = findings(f'{SPOKEN}<img alt="" src="{address}">')

    assert (finding.code, finding.column) == ("unsafe-link", 66)
    assert finding.message.startswith(said)


@pytest.mark.parametrize(
    "content",
    [
        "<img alt='' src='https://a.test/a'>",
        "<a href='https://www.b.com/c?d'>b.com</a><a href='https://b.com'>https://www.b.com</a>",
        "<a href='https://help.b.com'>b.com</a><a href='mailto:a@b.com'>a@c.com</a>",
        "<a href='{{link}}'>{{link}}</a><a href='https://b.com'>Go to version 2.0 of e.g. it</a>",
        "<div dir=rtl><p>مرحبا</p></div><p dir=auto>שלום</p>",
        "<p>Hello, שלום</p><p style='display:none'>שלום</p>",
    ],
)
def test_what_nobody_stumbles_over_is_not_found(content):
    stumbles = {"no-alt", "misleading-link", "no-direction", "code-read-as-number"}

    assert codes(SPOKEN + content) & stumbles == set()


@pytest.mark.parametrize(
    ("subject", "column"),
    [
        ("YOUR SIGN-IN CODE {{code}}", 1),
        ("Code {{code}}!!", 14),
        ("Re: your code", 1),
        ("URGENT: your code", 1),
        ("Your account will be suspended", 6),
        ("Win $$$", 5),
        ("F R E E  C O D E", 1),
    ],
)
def test_a_subject_that_filters_distrust_is_found(subject, column):
    told = [f for f in findings(SPOKEN, subject) if f.code == "spam-prone-subject"]

    assert (told[0].where, told[0].line, told[0].column) == ("subject", 1, column)


@pytest.mark.parametrize(
    "subject",
    ["Your code: {{code}}", "{{code}} IBM", "Reset your password?", "登录验证码：{{code}}"],
)
def test_a_plain_subject_is_not(subject):
    assert codes(SPOKEN, subject) == set()


def test_what_is_sent_is_measured_and_not_what_is_written():
    rule = "<style>p { color: #000000; font-family: Georgia, Palatino, 'Times New Roman' }</style>"
    written = SPOKEN + rule + "<p>a</p>" * 1_500

    assert len(written) < 20_000
    assert "clipped" in codes(written)


def test_a_voice_reader_says_each_character_of_a_code():
    from carteiro import compile_template

    mail = compile_template(TemplateSource(subject="s", content=SPOKEN)).render({"code": '04"7'})

    assert mail.html == '<p role="img" aria-label="0 4 &#34; 7">04&#34;7</p>'


class TestHostile:
    @pytest.mark.parametrize(
        "content",
        [
            "<style>" + "a{b:c}" * 40_000 + "</style>",
            "<style>" + "(" * 60_000 + "</style>",
            "<style>" + "a{" * 30_000 + "</style>",
            "<style>a{b:" + "calc(" * 10_000 + "</style>",
            "<p style='" + "a:calc(" * 9_000 + "'>a",
            "<p>" * 100_000,
            '<p style="color:#777">a</p>' * 15_000,
            "<a href='https://a.test'>" + "a." * 200_000,
            "<style>@media (prefers-color-scheme: dark) {" + "p{color:red}" * 4_000 + "}</style>a",
            "<style>" + "@media (prefers-color-scheme:dark){" * 1_500 + "</style>a",
            "<style>@media (prefers-color-scheme:dark)" + "(" * 5_000 + "{p{}}</style>a",
            "<style>@media (prefers-color-scheme:dark){" + "p{a:b(" * 5_000 + "</style>a",
            "<p style='&#x22;&quot;&:;;{}()[]'>a<p style='color:'><p style>",
            "<!--[if !mso]><!--><p style='float:left'>a",
        ],
        ids=[
            *("rules", "open", "nested", "functions", "attribute", "elements", "colours", "text"),
            *("dark", "dark-nested", "dark-query", "dark-functions", "broken", "unclosed"),
        ],
    )
    def test_a_huge_or_broken_mail_is_answered_in_short(self, content):
        assert len(findings(SPOKEN + content)) < 200

    def test_what_is_too_long_to_look_at_is_said(self):
        assert ("too-long-to-lint", N, 1, 1) in found(SPOKEN + "<p>a</p>" * 5_001)


class TestData:
    def test_it_says_where_it_comes_from(self):
        from tools.mail_clients import CLIENTS, VERSION

        source = support.source()

        assert (source.version, source.licence) == (VERSION, "MIT")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", source.updated)
        assert support.clients() == tuple(CLIENTS.values())
        licence = support._FILE.with_name("support.LICENSE").read_text("utf-8")
        assert "Permission is hereby granted" in licence
        assert "HTeuMeuLeu" in licence

    def test_a_feature_has_a_mark_for_each_client_and_nothing_that_all_can_show(self):
        rows = json.loads(support._FILE.read_text("utf-8"))["features"]

        assert len(rows) > 250
        for name, (_, marks) in rows.items():
            assert len(marks) == len(support.clients()), name
            assert set(marks) <= set("ynau"), name
            assert set(marks) & set("na"), name

    def test_the_newest_version_counts_and_what_nobody_tried_does_not(self):
        from tools import mail_clients

        stats = {"outlook": {"windows": {"2007": "n", "2021": "y"}, "ios": {"2024": "n #1"}}}
        feature = {"slug": "css-x", "title": "x", "category": "css", "keywords": None}
        data = {"last_update_date": "2030-01-01 0", "data": [{**feature, "stats": stats}]}

        rows = json.loads(mail_clients.written(data))["features"]

        assert rows == {"x": ["css-x", "uuuyuunuuuuuuu"]}

    def test_nothing_of_it_is_loaded_for_a_send(self):
        program = (
            "import sys, carteiro.outbox, carteiro.delivery.compose, carteiro.app;"
            "from carteiro.templates import builtin;"
            "print(sorted(n for n in sys.modules if 'checks.clients' in n or 'tinycss2' in n))"
        )

        said = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
        )

        assert said.stdout.strip() == "[]"
