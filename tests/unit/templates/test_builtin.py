"""The prebuilt mails: fifteen types in twenty languages, whatever the branding (checklist 46, 47)."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from carteiro.languages.tags import BUILT_IN
from carteiro.model.addresses import Sender
from carteiro.model.kinds import NOTICES
from carteiro.model.kinds import TemplateType as T
from carteiro.templates import builtin
from carteiro.templates.checks.template import CLIPPED_AT
from carteiro.templates.kinds import sample_context

TAGS = sorted(BUILT_IN)
BRANDING = {
    "sender_name": "Example & Sons",
    "company_information": "Example Company <p.s.a.>",
    "app_logo": "https://example.com/logo.png",
}
BRINGING = [kind for kind in T if kind not in NOTICES]
NO_BRANDING = {"sender_name": None, "company_information": None, "app_logo": None}


def test_there_are_words_in_every_built_in_language():
    assert list(builtin.LANGUAGES) == TAGS


@pytest.mark.parametrize("branding", [BRANDING, NO_BRANDING], ids=["branded", "plain"])
@pytest.mark.parametrize("kind", BRINGING)
@pytest.mark.parametrize("tag", TAGS)
def test_every_mail_has_both_parts_with_all_that_it_must_say(tag, kind, branding):
    context = sample_context(kind, tag)
    rendered = builtin.compose(kind, tag, **branding).render(context)

    needed = [context["link"]] if "link" in context else ["042137", "10"]
    if "link" in context:
        needed += ["Example Organization", "Sample Inviter"]
    assert rendered.html is not None
    shown = LexborHTMLParser(rendered.html).body.text()
    assert all(word in rendered.text and word in shown for word in needed)
    assert "{{" not in rendered.html + rendered.text + rendered.subject
    assert "[[" not in rendered.html
    assert rendered.language == tag
    assert rendered.subject
    assert len(rendered.html.encode()) < CLIPPED_AT / 10


@pytest.mark.parametrize("kind", BRINGING)
@pytest.mark.parametrize("tag", TAGS)
def test_nothing_is_left_open_when_the_context_is_empty(tag, kind):
    bare = {"link": "https://a.test/j"} if kind is T.ORGANIZATION_INVITATION else {"code": "042137"}

    rendered = builtin.find(kind, tag).render(bare)

    assert "{{" not in f"{rendered.html}{rendered.text}{rendered.subject}"
    assert next(iter(bare.values())) in rendered.text


@pytest.mark.parametrize("tag", TAGS)
def test_the_subject_says_what_for(tag):
    subjects = {builtin.find(kind, tag).render(sample_context(kind, tag)).subject for kind in T}

    assert len(subjects) == len(T)


@pytest.mark.parametrize("tag", TAGS)
def test_the_document_names_its_language_and_direction(tag):
    html = builtin.find(T.SIGN_IN, tag).render({"code": "1"}).html

    root = LexborHTMLParser(html).css_first("html")
    assert root.attributes["lang"] == tag
    assert root.attributes["dir"] == ("rtl" if tag in {"ar", "fa-IR"} else "ltr")


def test_the_page_is_made_for_dark_rooms_and_loads_nothing_but_the_logo():
    html = builtin.compose(T.ORGANIZATION_INVITATION, "en", **BRANDING).render({"link": "#"}).html

    root = LexborHTMLParser(html)
    assert "prefers-color-scheme: dark" in html
    assert [node.attributes["src"] for node in root.css("[src]")] == [
        "https://example.com/logo.png"
    ]
    assert root.css("link, script, iframe") == []
    assert "url(" not in html


def test_an_invitation_has_a_button_and_a_visible_link():
    link = "https://example.com/join?token=a&x=b"
    html = builtin.find(T.ORGANIZATION_INVITATION, "en").render({"link": link}).html

    anchors = LexborHTMLParser(html).css("a")
    assert [node.attributes["href"] for node in anchors] == [link, link]
    assert [node.text() for node in anchors] == ["Join", link]


class TestBranding:
    def test_it_is_shown_and_escaped(self):
        rendered = builtin.compose(T.SIGN_IN, "en", **BRANDING).render({"code": "1"})

        root = LexborHTMLParser(rendered.html)
        assert root.css_first("img.logo").attributes["alt"] == "Example & Sons"
        assert root.css_first(".foot").text() == "Example Company <p.s.a.>"
        assert rendered.sender == Sender("Example & Sons")
        assert rendered.text.endswith("Example Company <p.s.a.>")

    def test_what_is_not_there_leaves_no_gap(self):
        rendered = builtin.compose(T.SIGN_IN, "en", **NO_BRANDING).render({"code": "1"})

        root = LexborHTMLParser(rendered.html)
        assert root.css("img, .foot, .brand") == []
        assert rendered.sender == Sender()

    def test_a_name_without_a_logo_is_written(self):
        branding = {**NO_BRANDING, "sender_name": "Example"}

        html = builtin.compose(T.SIGN_IN, "en", **branding).render({"code": "1"}).html

        assert LexborHTMLParser(html).css_first(".brand").text() == "Example"

    @pytest.mark.parametrize("logo", ["javascript:alert(1)", "http://a.test/l.png", "data:,x", "x"])
    def test_a_logo_that_is_not_an_https_address_is_left_out(self, logo):
        branding = {**BRANDING, "app_logo": logo}

        html = builtin.compose(T.SIGN_IN, "en", **branding).render({"code": "1"}).html

        assert LexborHTMLParser(html).css("img") == []

    def test_a_name_is_no_template(self):
        branding = {**BRANDING, "sender_name": "{{code}} [[title]]"}

        rendered = builtin.compose(T.SIGN_IN, "en", **branding).render({"code": "042137"})

        assert "{{code}} [[title]]" in rendered.text

    def test_the_payload_cannot_speak_for_the_sender(self):
        payload = {"code": "1", "senderName": "Evil", "companyInformation": "Evil"}

        rendered = builtin.compose(T.SIGN_IN, "en", **BRANDING).render(payload)

        assert "Evil" not in f"{rendered.html}{rendered.text}{rendered.sender}"


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        *(
            ("pt-BR", "pt-BR"),
            ("PT_br", "pt-BR"),
            ("fr-CA", "fr"),
            ("es-419", "es"),
            ("en-GB", "en"),
        ),
        *(
            ("zh-CN", "zh-CN"),
            ("zh-Hans", "zh-CN"),
            ("pt", "pt-BR"),
            ("ar-EG", "ar"),
            ("pl", "pl-PL"),
        ),
        *(("zh-MO", "zh-HK"), ("zh-Hant", "zh-TW"), ("fa-AF", "fa-IR"), ("ko-KR", "ko")),
        *(("nl", "en"), ("", "en"), ("*", "en"), ("nonsense tag", "en")),
    ],
)
def test_the_nearest_language_is_written(locale, tag):
    assert builtin.find(T.SIGN_IN, locale).language == tag


@pytest.mark.parametrize(
    ("locale", "fallback", "tag"),
    [("tlh", "de", "de"), ("nl", "pt", "pt-BR"), ("fr", "de", "fr"), ("tlh", "nl", "en")],
)
def test_a_language_without_words_falls_to_the_tenants_and_not_to_english(locale, fallback, tag):
    template = builtin.compose(T.SIGN_IN, locale, fallback=fallback, **NO_BRANDING)

    assert template.language == tag


def test_templates_are_compiled_once():
    assert builtin.find(T.SIGN_IN, "en") is builtin.find(T.SIGN_IN, "en-US")


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_to_be_confirmed_is_shown_as_it_was_asked_and_only_where_somebody_said_it(tag):
    kind = T.USER_PERMISSION_VALIDATION
    template = builtin.compose(kind, tag, **NO_BRANDING)
    context = sample_context(kind, tag)

    named = template.render({**context, "operation": "Delete <b>Acme</b> & {{code}}"})
    plain = template.render({**context, "operation": ""})

    assert "Delete &lt;b&gt;Acme&lt;/b&gt; &amp; {{code}}" in named.html
    assert "Delete <b>Acme</b> & {{code}}" in named.text
    assert named.text.count("042137") == 1
    assert "Delete" not in named.subject
    assert 'class="operation"' not in plain.html
    assert named.text.splitlines()[2] != plain.text.splitlines()[2]


class TestNotices:
    FACTS = ("time", "device", "newAddress", "newPhone")

    @pytest.mark.parametrize("branding", [BRANDING, NO_BRANDING], ids=["branded", "plain"])
    @pytest.mark.parametrize("kind", NOTICES)
    @pytest.mark.parametrize("tag", TAGS)
    def test_both_parts_tell_every_fact_and_where_to_get_help(self, tag, kind, branding):
        context = sample_context(kind, tag)

        rendered = builtin.compose(kind, tag, **branding, payload=context).render(context)

        shown = LexborHTMLParser(rendered.html).body.text()
        facts = [context[name] for name in self.FACTS if name in context]
        facts += ["Example App", "help@example.com"]
        assert all(fact in rendered.text and fact in shown for fact in facts)
        assert "{{" not in rendered.html + rendered.text + rendered.subject
        assert "[[" not in rendered.html
        assert rendered.language == tag
        assert len(rendered.html.encode()) < CLIPPED_AT / 10

    @pytest.mark.parametrize("kind", NOTICES)
    @pytest.mark.parametrize("tag", TAGS)
    def test_a_fact_that_is_not_known_has_no_line(self, tag, kind):
        empty = {"time": "2030-01-01 00:00 UTC", "device": "", "newAddress": "", "supportEmail": ""}

        rendered = builtin.find(kind, tag, empty).render(empty)

        labels = [
            line for line in rendered.text.splitlines() if line.rstrip().endswith((":", "："))
        ]
        assert labels == []
        assert "{{" not in rendered.html + rendered.text

    @pytest.mark.parametrize("kind", NOTICES)
    @pytest.mark.parametrize("tag", TAGS)
    def test_it_has_no_place_for_a_code_or_a_link(self, tag, kind):
        context = sample_context(kind, tag)

        compiled = builtin.find(kind, tag, context)

        rendered = compiled.render({**context, "code": "042137", "link": "https://evil.example/x"})
        assert compiled.shows == frozenset()
        assert "042137" not in rendered.text + rendered.html
        assert "evil.example" not in rendered.text + rendered.html

    @pytest.mark.parametrize("kind", [T.EMAIL_CHANGED, T.PHONE_CHANGED])
    @pytest.mark.parametrize("tag", TAGS)
    def test_what_was_removed_is_not_said_to_be_changed(self, tag, kind):
        changed = {"newAddress": "p***@example.com", "newPhone": "***0123"}

        texts = {builtin.find(kind, tag, given).render(given).text for given in ({}, changed)}

        first = {text.split("\n\n")[1] for text in texts}
        assert len(first) == 2

    def test_a_website_is_named_where_there_is_no_address_for_help(self):
        context = {"supportEmail": "", "supportWebsiteUrl": "https://help.example.com/a?b=1&c"}

        html = builtin.find(T.NEW_DEVICE, "en", context).render(context).html

        (link,) = LexborHTMLParser(html).css("a")
        assert link.attributes["href"] == link.text() == "https://help.example.com/a?b=1&c"

    def test_a_value_is_escaped(self):
        context = {"device": "<b>x</b>", "application": {"name": "<script>"}}

        html = builtin.find(T.NEW_DEVICE, "en", context).render(context).html

        assert "<b>x" not in html
        assert "<script>" not in html
