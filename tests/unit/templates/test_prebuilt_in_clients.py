"""Every prebuilt mail, in every language that there are words in, is without any finding."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from tools.screens.word import as_word

from carteiro.model.kinds import TemplateType as T
from carteiro.model.message import TemplateSource
from carteiro.templates import builtin
from carteiro.templates.checks.template import check
from carteiro.templates.kinds import LINKED, sample_context
from carteiro.templates.text_part.visibility import declarations
from prebuilt_parts import sources

FOLDER = Path(import_module("carteiro.templates.builtin").__file__).parent
TAGS = sorted(path.stem for path in FOLDER.glob("phrases/*.json"))


INVITING = {T.ORGANIZATION_INVITATION}
OF_ALL_VARIANTS = "link-without-code"
"""A mail with a link takes the place of one with a code: this is asked of them together."""


def told(source, kind):
    findings = [found for found in check(source, kind) if found.code != OF_ALL_VARIANTS]
    return [(f.code, f.where, f.line, f.message) for f in findings]


def shows(kind, tag, way):
    payload = {way: "https://a.test" if way == "link" else "042137"}
    return way in builtin.find(kind, tag, payload).chosen(payload).shows


@pytest.mark.parametrize("tag", TAGS)
def test_no_rule_has_anything_to_say_of_any_variant(tag, monkeypatch):
    for kind in T:
        written = sources(monkeypatch, kind, tag, branded=True)

        assert len(written) > 1
        assert [found for source in written for found in told(source, kind)] == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_prebuilt_mail_that_can_bring_a_link_has_words_for_a_code_too(tag):
    can_bring_a_link = [kind for kind in T if shows(kind, tag, "link") and kind not in INVITING]

    assert set(can_bring_a_link) == LINKED
    assert all(shows(kind, tag, "code") for kind in can_bring_a_link)


@pytest.mark.parametrize("kind", T)
def test_nor_of_a_mail_without_branding(kind, monkeypatch):
    written = sources(monkeypatch, kind, "en", branded=False)

    assert [found for source in written for found in told(source, kind)] == []


@pytest.mark.parametrize(
    ("kept", "broken", "code"),
    [
        ("mso-padding-alt", "x-padding", "outlook-padding"),
        ('aria-label="{{code}}"', 'title="{{code}}"', "code-read-as-number"),
        (".card { max", ".card { border-radius: 3px; max", "unsupported-by-clients"),
        ("color: #5d596b", "color: #9d99ab", "low-contrast"),
        ("color: #aca7bd !important", "color: #5c576d !important", "low-contrast-dark"),
        (' dir="rtl"', "", "no-direction"),
    ],
)
def test_the_lint_would_have_something_to_say_were_it_otherwise(kept, broken, code, monkeypatch):
    written = [
        source
        for kind in (T.SIGN_IN, T.ORGANIZATION_INVITATION)
        for source in sources(monkeypatch, kind, "ar", branded=True)
        if kept in source.content
    ]

    findings = [
        found[0]
        for source in written
        for found in told(
            TemplateSource(subject=source.subject, content=source.content.replace(kept, broken)),
            T.SIGN_IN,
        )
    ]

    assert written
    assert code in findings


@pytest.mark.parametrize("tag", TAGS)
def test_words_are_there_for_every_type(tag):
    phrases = json.loads((FOLDER / "phrases" / f"{tag}.json").read_text("utf-8"))
    notices = json.loads((FOLDER / "notices" / f"{tag}.json").read_text("utf-8"))

    assert {*phrases["types"], *notices["types"]} == set(T)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("kind", [T.SIGN_IN, T.ORGANIZATION_INVITATION, T.NEW_DEVICE])
def test_padding_and_grounds_stand_where_word_looks_for_them(kind, tag):
    context = sample_context(kind, tag)

    root = LexborHTMLParser(builtin.find(kind, tag, context).render(context).html)

    tables = root.css("table")
    assert all(node.attributes.get("role") == "presentation" for node in tables)
    for node in root.css("body *"):
        style = node.attributes.get("style") or ""
        if "padding" in style and node.tag != "td":
            assert "mso-padding-alt" in node.parent.attributes["style"]
        if "background-color" in style and node.tag in {"td", "table"}:
            assert node.attributes["bgcolor"] in style
    direction = root.css_first("html").attributes["dir"]
    assert {node.attributes["dir"] for node in root.css(".ground, .card")} == {direction}


def test_a_word_is_not_cut_but_an_address_is():
    html = builtin.find(T.ORGANIZATION_INVITATION, "de").render({"link": "https://a.test"}).html

    cut = re.findall(r"([^{}]*) \{[^{}]*(?:word-break|overflow-wrap)", html)

    assert [selector.strip() for selector in cut] == [".operation", ".link a"]


@pytest.mark.parametrize("tag", ["en", "ar", "ja"])
def test_outlook_for_windows_is_left_with_padding_grounds_and_a_button(tag):
    context = sample_context(T.ORGANIZATION_INVITATION, tag)
    html = builtin.find(T.ORGANIZATION_INVITATION, tag).render(context).html

    root = LexborHTMLParser(as_word(html))

    button = root.css_first("td.button")
    assert declarations(button.attributes["style"]) == {
        "background-color": "#4b2fbf",
        "mso-padding-alt": "12px 24px",
        "padding": "12px 24px",
    }
    assert declarations(button.css_first("a").attributes["style"])["color"] == "#ffffff"
    assert declarations(root.css_first("td.inner").attributes["style"])["padding"] == "32px"
    assert root.css_first("table[width='560'] table.card[bgcolor='#ffffff']") is not None
    assert root.css("style") == []


def test_what_the_how_to_says_to_write_is_without_a_finding():
    page = (Path(__file__).parents[3] / "docs/how-to/lint-a-template.md").read_text("utf-8")
    (button,) = re.findall(r"```html\n(.*?)```", page, re.DOTALL)
    (spoken,) = re.findall(r'`(<span role="img".*?</span>)`', page)

    content = f'<table role="presentation"><tr>{button}</tr></table>{spoken}'

    assert told(TemplateSource(subject="Code", content=content), T.SIGN_IN) == []


def test_a_code_runs_from_left_to_right_in_every_language():
    html = builtin.find(T.SIGN_IN, "ar").render({"code": "042137"}).html

    cell = LexborHTMLParser(html).css_first("td.code")
    assert cell.attributes["dir"] == "ltr"
    assert cell.css_first("[role=img]").attributes["aria-label"] == "0 4 2 1 3 7"
    assert cell.text() == "042137"


@pytest.mark.parametrize("kind", [T.ORGANIZATION_INVITATION, T.NEW_DEVICE])
def test_an_address_runs_from_left_to_right_also_where_a_mark_ends_it(kind):
    context = {**sample_context(kind, "ar"), "link": "https://a.test/join/"}
    html = builtin.find(kind, "ar", context).render(context).html

    links = [one for one in LexborHTMLParser(html).css("a") if re.search(r"[/@]", one.text())]
    assert [one.attributes.get("dir") for one in links] == ["ltr"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_mark_of_full_width_is_its_own_blank_and_every_other_wants_one(tag):
    for kind in T:
        context = sample_context(kind, tag)
        mail = builtin.find(kind, tag, context).render(context)
        seen = LexborHTMLParser(mail.html).body.text()

        for text in (mail.subject, mail.text, seen):
            assert re.findall(r"[：。，、][ \u00a0]", text) == []
            assert re.findall(r"[:.,][^\s\d./]", re.sub(r"\S+[@/]\S+|\S+\.\w+", "", text)) == []
