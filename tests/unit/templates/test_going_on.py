"""Whoever gets a mail can go on: it shows the code or the link that it brings, in every part."""

import pytest

from carteiro import TemplateSource, compile_template, open_sender
from carteiro.connectors.config_templates import kept_entry_for, words_in
from carteiro.connectors.providers.mailgun import MailgunConfig, MailgunConnector
from carteiro.connectors.providers.postmark import PostmarkTemplate
from carteiro.errors import InvalidLink, TemplateNotFound
from carteiro.model.kinds import NOTICES, brought
from carteiro.model.kinds import TemplateType as T
from carteiro.templates.checks.going_on import words_for

BRINGING = [kind for kind in T if kind not in NOTICES]
CODE, LINK = {"code": "042137"}, {"link": "https://example.com/j"}


def template(content, **source):
    return compile_template(TemplateSource(subject="{{code}} {{link}}", content=content, **source))


def serves(kind, payload, content, **source):
    try:
        words_for(kind, payload, template(content, **source))
    except TemplateNotFound:
        return False
    return True


@pytest.mark.parametrize(
    ("content", "code", "link"),
    [
        ("<p>{{ code }}</p>", True, False),
        ('<a href="{{link}}">Go</a>', False, True),
        ('<a href="{{link}}"><img src="https://a.test/b.png"></a>', False, True),
        ('<a href="https://a.test/v?code={{code}}">Go</a>', True, False),
        ("<p>{{code}}</p>{{link}}", True, True),
        ("{{code}}<p>a</p>", True, False),
        ("<![if !mso]><p>{{code}}</p><![endif]>", True, False),
        ("<!--[if !mso]><!--><p>{{code}}</p><!--<![endif]-->", True, False),
        ('<a style="mso-hide:all" href="{{link}}">Go</a>', False, True),
        ("<!-- {{code}} {{link}} -->", False, False),
        ("<!--[if mso]><p>{{code}} {{link}}</p><![endif]-->", False, False),
        ('<p style="display:none">{{code}} {{link}}</p>', False, False),
        ("<style>.h{font-size:0}</style><p class=h>{{code}} {{link}}</p>", False, False),
        ("<title>{{code}} {{link}}</title><script>{{code}}</script>", False, False),
        ('<p title="{{code}}" data-x="{{link}}">a</p>', False, False),
        ('<img alt="{{code}}" src="https://a.test/{{link}}">', False, False),
        ('<a href="{{link}}"></a>', False, False),
        ('<a href="{{link}}" hidden>Go</a>', False, False),
        ('<form action="{{link}}"><button>Go</button></form>', False, False),
        ("<p>{{code.x}} {{link.y}}</p>", False, False),
        ("<p>{{kode}}</p>", False, False),
    ],
)
def test_a_code_or_link_counts_where_it_is_seen(content, code, link):
    assert serves(T.SIGN_IN, CODE, content) is code
    assert serves(T.ORGANIZATION_INVITATION, LINK, content) is link
    assert serves(T.SIGN_IN, LINK, content) is link


def test_both_parts_have_to_show_it():
    assert not serves(T.SIGN_IN, CODE, "<p>{{code}}</p>", text="Hello")
    assert not serves(T.SIGN_IN, CODE, "<p>Hello</p>", text="{{code}}")
    assert serves(T.SIGN_IN, CODE, "<p>{{code}}</p>", text="{{ code }}")
    assert serves(T.SIGN_IN, CODE, "", text="{{code}}")
    assert serves(T.SIGN_IN, CODE, "{{code}} <!-- -->", content_type="text/plain")


@pytest.mark.parametrize("kind", BRINGING)
def test_a_mail_shows_what_it_brings_else_what_its_type_brings(kind):
    link = kind is T.ORGANIZATION_INVITATION

    assert brought(kind, {}) == (("link",) if link else ("code",))
    assert brought(kind, CODE) == ("code",)
    assert brought(kind, LINK) == ("link",)
    assert brought(kind, {**CODE, **LINK}) == ("code", "link")


@pytest.mark.parametrize("kind", BRINGING)
@pytest.mark.parametrize("payload", [CODE, LINK, {}], ids=["code", "link", "neither"])
def test_generic_at_the_provider_is_for_codes(kind, payload):
    generic = PostmarkTemplate.model_validate({"usageType": "Generic", "templateAlias": "g"})
    own = PostmarkTemplate.model_validate({"usageType": kind, "templateAlias": "o"})

    found = kept_entry_for([generic], kind, payload)

    expected = "code" in brought(kind, payload) or kind is T.GENERIC
    assert (found is generic) is expected
    if kind is not T.GENERIC:
        assert kept_entry_for([generic, own], kind, payload) is own


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("payload", [CODE, LINK, {}], ids=["code", "link", "neither"])
def test_generic_is_never_for_a_notice(kind, payload):
    entries = [
        PostmarkTemplate.model_validate({"usageType": "Generic", "templateAlias": "g"}),
        PostmarkTemplate.model_validate({"usageType": kind, "templateAlias": "o"}),
    ]
    raw = {"subject": "s", "html": "{{code}}"}

    assert kept_entry_for(entries[:1], kind, payload) is None
    assert kept_entry_for(entries, kind, payload) is entries[1]
    assert mailgun(Register=raw, SignIn=raw, ForgotPassword=raw, Generic=raw).template(kind) is None


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_only_tells(kind):
    assert brought(kind, {}) == ()
    assert serves(kind, {}, "<p>{{time}}</p>")
    assert not serves(kind, {}, "<p>{{code}}</p>")
    assert not serves(kind, {}, '<a href="{{link}}">{{link}}</a>')


def mailgun(**deliveries):
    config = MailgunConfig.model_validate(
        {"domain": "d", "apiKey": "k", "from": "a@example.com", "deliveries": deliveries}
    )
    connector = MailgunConnector.__new__(MailgunConnector)
    connector.config = config
    return connector


def test_generic_of_mailguns_own_is_for_codes_too():
    connector = mailgun(
        Generic={"template": "g", "subject": "S"}, BindMfa={"html": "Hi", "subject": "S"}
    )

    def shows(kind):
        return compile_template(connector.template(kind)).shows

    assert shows(T.ORGANIZATION_INVITATION) == shows(T.SIGN_IN) == {"code"}
    assert [path for path, *_ in words_in(connector.config)] == [("deliveries", "BindMfa")]
    connector = mailgun(OrganizationInvitation={"template": "i", "subject": "S"})
    assert "link" in compile_template(connector.template(T.ORGANIZATION_INVITATION)).shows


@pytest.fixture
def smtp():
    templates = [
        {"usageType": kind, "contentType": "text/html", "subject": "S", "content": "{{code}}"}
        for kind in ("Register", "SignIn", "ForgotPassword", "Generic")
    ]
    return {"host": "127.0.0.1", "port": 9, "auth": {"user": "u", "pass": "p"},
            "fromEmail": "a@example.com", "templates": templates}  # fmt: skip


async def test_the_library_sends_nothing_that_nobody_can_go_on_with(smtp):
    hello, button = template("<p>Hello</p>"), template('<a href="{{link}}">Go</a>')
    async with open_sender("simple-mail-transfer-protocol", smtp) as sender:
        with pytest.raises(TemplateNotFound):
            await sender.send("a@example.com", T.ORGANIZATION_INVITATION, LINK)
        with pytest.raises(TemplateNotFound):
            await sender.send("a@example.com", T.SIGN_IN, CODE, template=hello)
        with pytest.raises(InvalidLink, match="javascript"):
            bad = {"link": "javascript:alert(1)"}
            await sender.send("a@example.com", T.ORGANIZATION_INVITATION, bad, template=button)


def test_a_language_of_its_own_wins_over_the_one_that_was_asked_for():
    source = TemplateSource(subject="{{locale}}", content="<p lang={{locale}}>{{code}}</p>")

    french = compile_template(source, language="fr").render({**CODE, "locale": "fr-CA"})
    unknown = compile_template(source).render({**CODE, "locale": "fr-CA"})

    assert (french.subject, unknown.subject) == ("fr", "fr-CA")
    assert 'lang="fr"' in french.html
