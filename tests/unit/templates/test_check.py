"""The lint names what is wrong, how bad it is and where."""

import pytest

from carteiro.model.kinds import NOTICES
from carteiro.model.kinds import TemplateType as T
from carteiro.model.message import ContentType, TemplateSource
from carteiro.templates.checks.template import Severity, check
from carteiro.templates.checks.usable import unusable

SPOKEN = '<p role="img" aria-label="{{code}}">{{code}}</p>'
E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE


def found(content="<p>{{code}}</p>", kind=T.SIGN_IN, subject="Code", **source):
    template = TemplateSource(subject=subject, content=content, **source)
    return [(f.code, f.severity, f.where, f.line, f.column) for f in check(template, kind)]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("<p>Hi</p>", T.SIGN_IN, ("missing-code", E, 1, 1)),
        ("<p>{{code}}</p>", T.ORGANIZATION_INVITATION, ("missing-link", E, 1, 1)),
        ("<a href='{{link}}'>Go</a>", T.SIGN_IN, ("link-without-code", W, 1, 10)),
        ("<i>a</i>\n{{ link }}", T.REGISTER, ("link-without-code", W, 2, 1)),
        ("{{link}}<!-- {{code}} -->", T.FORGOT_PASSWORD, ("link-without-code", W, 1, 1)),
        ("{{code}}\n {{cod}}", T.SIGN_IN, ("unknown-variable", W, 2, 2)),
        ("{{code}} {{user.name}}", T.SIGN_IN, ("unknown-variable", W, 1, 10)),
        ("{{code}} {{application.nme}}", T.SIGN_IN, ("unknown-variable", W, 1, 10)),
        ("{{code}} {{application}}", T.SIGN_IN, ("object-variable", W, 1, 10)),
        ("{{code}} {{application.branding}}", T.SIGN_IN, ("object-variable", W, 1, 10)),
        ("{{code}} {{organization.name}}", T.SIGN_IN, ("optional-variable", N, 1, 10)),
        ("{{code}} {{uiLocales}}", T.GENERIC, ("optional-variable", N, 1, 10)),
        ("{{code}}{{#if code}}", T.SIGN_IN, ("block", E, 1, 9)),
        ("{{code}}\r\n{{/if}}", T.SIGN_IN, ("block", E, 2, 1)),
        ("{{code}}{{else}}", T.SIGN_IN, ("block", E, 1, 9)),
        ("{{code}}{{> footer}}", T.SIGN_IN, ("block", E, 1, 9)),
        ("{{{code}}}", T.SIGN_IN, ("triple-braces", W, 1, 1)),
        ("{{code}}{{user-name}}", T.SIGN_IN, ("not-a-placeholder", W, 1, 9)),
        ("{{code}}{{ .name }}", T.SIGN_IN, ("not-a-placeholder", W, 1, 9)),
        ("{{code}}{{}}", T.SIGN_IN, ("not-a-placeholder", W, 1, 9)),
        ('{{code}}<a href="http://a.test">', T.SIGN_IN, ("unsafe-link", W, 1, 18)),
        ("{{code}}<a href=javascript:a()>", T.SIGN_IN, ("unsafe-link", E, 1, 17)),
        ("{{code}}<a href='&#106;avascript:a()'>", T.SIGN_IN, ("unsafe-link", E, 1, 18)),
        ('{{code}}<img src="logo.png">', T.SIGN_IN, ("unsafe-link", W, 1, 19)),
        ('{{code}}<a href="{{code}}">', T.SIGN_IN, ("unsafe-link", W, 1, 18)),
        ('{{code}}\n<a class="x"href="javascript:a()">', T.SIGN_IN, ("unsafe-link", E, 2, 19)),
        ("{{code}}<a/href=javascript:a()>", T.SIGN_IN, ("unsafe-link", E, 1, 17)),
        ("{{code}}<a\nhref\n=\n'data:text/html,x'>", T.SIGN_IN, ("unsafe-link", E, 4, 2)),
        ("{{code}}<a title='>' href=' java\tscript:a()'>", T.SIGN_IN, ("unsafe-link", E, 1, 29)),
        ("{{code}}<img src=data:image/png;base64,AA>", T.SIGN_IN, ("unsafe-link", E, 1, 18)),
        (
            "{{code}}<img srcset='https://a.test/a 1x, http://a.test 2x'>",
            T.SIGN_IN,
            ("unsafe-link", W, 1, 43),
        ),
        (
            "{{code}}<meta http-equiv=refresh content='0;url=javascript:a()'>",
            T.SIGN_IN,
            ("unsafe-link", E, 1, 49),
        ),
        (
            "{{code}}<svg><animate attributeName=href values='#a;javascript:a()'/></svg>",
            T.SIGN_IN,
            ("unsafe-link", E, 1, 53),
        ),
        (
            "{{code}}<p style='background:url(data:image/png,x)'>",
            T.SIGN_IN,
            ("unsafe-link", E, 1, 34),
        ),
        (
            "{{code}}<style>p{background:url(http://a.test)}</style>",
            T.SIGN_IN,
            ("unsafe-link", W, 1, 33),
        ),
        (
            "{{code}}<!--[if mso]><v:rect href='javascript:a()'/><![endif]-->",
            T.SIGN_IN,
            ("unsafe-link", E, 1, 36),
        ),
        (
            '{{code}}<iframe srcdoc="&lt;a href=javascript:a()>">',
            T.SIGN_IN,
            ("unsafe-link", E, 1, 25),
        ),
        ("{{code}}<iframe srcdoc=x>", T.SIGN_IN, ("embedded-document", W, 1, 24)),
        ("<p>a</p>\n<!-- {{code}} -->", T.SIGN_IN, ("missing-code", E, 2, 6)),
        ('<p style="display:none">{{code}}</p>', T.SIGN_IN, ("missing-code", E, 1, 25)),
        ('<p title="{{code}}">a</p>', T.SIGN_IN, ("missing-code", E, 1, 11)),
        ("<a href='{{link}}'></a>", T.ORGANIZATION_INVITATION, ("missing-link", E, 1, 10)),
        ("{{code}}<p {{locale}}>", T.SIGN_IN, ("unusable-place", W, 1, 12)),
        ("{{code}}<p onclick='{{code}}'>", T.SIGN_IN, ("unusable-place", W, 1, 21)),
        ("{{code}} 000000", T.SIGN_IN, ("literal-code", W, 1, 10)),
        ("{{code}} (123456)", T.SIGN_IN, ("literal-code", W, 1, 11)),
        ("{{code}}" + "<i>" * 600, T.SIGN_IN, ("cannot-compile", E, 1, 1)),
        ("{{code}}" + " " * 600_000, T.SIGN_IN, ("too-large", E, 1, 1)),
        ("{{code}}" + "é" * 60_000, T.SIGN_IN, ("clipped", W, 1, 1)),
    ],
)
def test_a_fault_is_found_where_it_is(content, kind, expected):
    code, severity, line, column = expected

    assert (code, severity, "content", line, column) in found(content, kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("{{code}} {{link}}", T.SIGN_IN),
        ("{{code}} <!-- {{link}} -->", T.SIGN_IN),
        ("{{code}}", T.REGISTER),
        # Nobody is invited by a code.
        ("{{link}}", T.ORGANIZATION_INVITATION),
        # These miss what they are for, and that is said.
        ("{{link}}", T.GENERIC),
        ("{{link}}", T.PASSWORD_CHANGED),
    ],
)
def test_a_link_is_alone_only_where_a_code_could_stand_beside_it(content, kind):
    assert "link-without-code" not in {code for code, *_ in found(content, kind)}


@pytest.mark.parametrize(("text", "alone"), [("{{link}}", True), ("{{link}} {{code}}", False)])
def test_a_code_that_one_part_lacks_leaves_its_link_alone(text, alone):
    codes = {code for code, *_ in found("{{link}} {{code}}", text=text)}

    assert ("link-without-code" in codes) is alone


def test_a_link_without_a_code_is_stored_and_served_as_before():
    source = TemplateSource(subject="Go on", content="<a href='{{link}}'>Go</a>")

    assert unusable(source, T.SIGN_IN) == []


@pytest.mark.parametrize(
    "lifetime",
    [
        *("10 minutes", "1 hour", "15 min", "10-minute", "10\xa0minutos", "2 horas", "10 minuti"),
        *("1 ora", "10 Minuten", "2 Stunden", "10 heures", "10分間", "10 分钟", "10 دقائق", "10분"),
        *("10 минут", "10 хвилин", "10 minut", "10 dakika", "10 นาที", "10 دقیقه", "10 分鐘"),
    ],
)
def test_a_fixed_lifetime_is_found_in_every_built_in_language(lifetime):
    expected = ("fixed-lifetime", W, "content", 1, 13)

    assert expected in found(f"<p>{{{{code}}}} {lifetime}.</p>")


@pytest.mark.parametrize(
    "content",
    [
        "<style>p { transition: 10 min; color: #000000 }</style><p>{{code}}</p>",
        '<p style="color:#111111" title="10 minutes">{{code}}</p>',
        "<!-- 000000 is valid for 10 minutes --><p>{{code}}</p>",
        "<p>{{code}}</p><p>+49 30 000000-0, 10.000000</p>",
        '<p>{{code}}</p><a href="https://a.test">a</a><a href="mailto:a@b.test">b</a><a href="#c">',
        "<!-- <a href=javascript:a()> <style>p{a:url(http://a)}</style> --><p>{{code}}</p>",
        "<p>{{code}}</p><p>+49 30 5550123<br>時間： {{locale}}</p><td>10</td><td>minutes</td>",
        "<p title='<a href=javascript:a()>'>{{code}}</p>",
        "<script>var a = '<a href=javascript:b()>'</script><p>{{code}}</p>",
        '<p>{{code}}</p><img alt="" src="{{application.branding.logoUrl}}"><a href="{{ link }}"></a>',
        "<p>{{code}} {{expiresInMinutes}} minutes, {{application.name}}, {{maxRetryAttempts}}</p>",
    ],
)
def test_what_is_right_is_not_found_wrong(content):
    about_clients = {"code-read-as-number", "unsupported-by-clients"}

    codes = {code for code, *_ in found(content)} - {"unknown-variable"} - about_clients

    assert codes == set()


def test_a_lifetime_may_have_its_number_in_an_element_of_its_own():
    assert ("fixed-lifetime", W, "content", 1, 4) in found("<p>10 <i>minutes</i> {{code}}</p>")


def test_a_near_miss_is_named():
    template = TemplateSource(subject="s", content=f"{SPOKEN} {{{{aplication.Name}}}}")

    (finding,) = check(template, T.SIGN_IN)

    assert "Did you mean {{application.name}}?" in finding.message


def test_findings_come_in_the_order_of_the_text():
    codes = found(
        SPOKEN + "\n{{b}} {{a}}", subject="{{x}}\n10 minutes", send_from="{{z}}", reply_to="nobody"
    )

    assert [(code, where) for code, _, where, *_ in codes] == [
        ("unknown-variable", "subject"),
        ("line-break", "subject"),
        ("fixed-lifetime", "subject"),
        ("unknown-variable", "content"),
        ("unknown-variable", "content"),
        ("invalid-reply-to", "replyTo"),
        ("unknown-variable", "sendFrom"),
    ]
    assert [line for *_, line, _ in codes][:3] == [1, 1, 2]


@pytest.mark.parametrize(
    ("send_from", "misread"),
    [
        ("Acme", False),
        ("Acme <a@b.test>", False),
        ('"ceo@bank.test"', False),
        ("{{x}} <nobody>", False),
        ("Acme <nobody>", True),
        ("a@b.test, c@d.test", True),
        ("a@localhost", True),
    ],
)
def test_a_sender_that_looks_like_an_address_and_is_none_is_found(send_from, misread):
    codes = {code for code, *_ in found("{{code}}", send_from=send_from)}

    assert ("invalid-send-from" in codes) == misread


def test_a_missing_subject_is_found():
    assert ("empty-subject", W, "subject", 1, 1) in found(subject=" ")


def test_plain_text_is_read_as_plain_text():
    content = 'Code {{code}} <a href="http://a.test"> 000000'

    codes = {code for code, *_ in found(content, content_type=ContentType.PLAIN)}

    assert codes == {"literal-code"}


def test_a_broken_template_gets_no_endless_list():
    assert len(found("{{code}}" + "{{x}}" * 50_000)) < 500


@pytest.mark.parametrize("kind", [kind for kind in T if kind not in NOTICES])
def test_a_template_that_has_what_it_must_is_without_fault(kind):
    link = '<a href="{{link}}">Join</a>' if kind is T.ORGANIZATION_INVITATION else SPOKEN

    assert found(link, kind) == []


@pytest.mark.parametrize("kind", [T.SIGN_IN, T.REGISTER, T.FORGOT_PASSWORD])
def test_a_mail_that_can_bring_a_link_knows_it(kind):
    linked = '<a href="{{link}}">Go on</a>'

    assert found(f"{linked} {SPOKEN}", kind) == []
    assert {code for code, *_ in found(linked, kind)} == {"link-without-code"}


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_has_neither_a_code_nor_a_link(kind):
    assert found("<p>{{time}}</p>", kind, subject="Told") == []
    assert ("needless-code", E, "content", 1, 4) in found("<p>{{code}}</p>", kind)
    assert ("needless-link", E, "content", 1, 10) in found('<a href="{{link}}">Go</a>', kind)
