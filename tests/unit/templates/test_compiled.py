"""What compiling does to the author's HTML, and what it leaves alone."""

from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from carteiro.errors import InvalidTemplate
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

STYLED = """<!doctype html>
<html lang="en"><head><title>{{code}}</title><style>
.code { color: red }
a:hover { color: green }
@media (prefers-color-scheme: dark) { .code { color: pink !important } }
</style></head>
<body><p class="code">{{ code }}</p>
<table>{{rows}}<tr><td width={{width}}>x</td></tr></table>
<a href="{{link}}&amp;a=1">go</a></body></html>"""


def test_html_without_a_style_sheet_is_sent_as_it_was_written(render):
    html = "<P CLASS=a>Hi<br/>&nbsp;<TABLE>{{code}}<tr><td>é</table>\r\n<p>&copy"

    assert render(html, {"code": "1"}).html == html.replace("{{code}}", "1")


def test_a_style_sheet_reaches_the_elements_and_stays(render):
    html = render(STYLED, {"code": "1"}).html

    (paragraph,) = LexborHTMLParser(html).css("p.code")
    assert paragraph.attributes["style"].replace(" ", "") == "color:red;"
    assert "@media (prefers-color-scheme: dark)" in html
    assert "a:hover" in html
    assert html.lower().startswith("<!doctype html>")


def test_placeholders_survive_inlining_where_they_stood(render):
    payload = {"code": "042137", "rows": "R", "width": "5 onclick=a()", "link": "https://a.test/?b"}

    html = render(STYLED, payload).html

    root = LexborHTMLParser(html)
    assert root.css_first("title").text() == "042137"
    assert root.css_first("p.code").text() == "042137"
    assert root.css_first("td").attributes["width"] == "5 onclick=a()"
    assert root.css_first("a").attributes["href"] == "https://a.test/?b&a=1"
    assert "<table>R<tr>" in html
    assert "{{" not in html


def test_a_placeholder_without_a_value_is_verbatim_after_inlining_too(render):
    html = render(STYLED, {}).html

    assert '<p class="code" style="color: red;">{{ code }}</p>' in html
    assert '<a href="{{link}}&amp;a=1">' in html


def test_a_fragment_with_a_style_sheet_stays_a_fragment(render):
    html = render("<style>p{color:red}</style><p>{{code}}</p>", {"code": "1"}).html

    assert html == '<style>p{color:red}</style><p style="color: red;">1</p>'


def test_an_entity_does_not_become_a_placeholder_by_inlining(render):
    html = render("<style>p{color:red}</style><p>&#123;&#123;code}}</p>", {"code": "1"}).html

    assert '<p style="color: red;">&#123;&#123;code}}</p>' in html


def test_nothing_is_loaded_from_anywhere(render, tmp_path):
    sheet = tmp_path / "a.css"
    sheet.write_text("p { color: red }", "utf-8")
    html = f'<style>i{{a:b}}</style><link rel="stylesheet" href="file://{sheet}"><p>a</p>'

    rendered = render(html).html

    assert "<p>a</p>" in rendered
    assert "red" not in rendered


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("<div>" * 100_000, id="deep"),
        pytest.param("<style>p{}</style>" + "<b>" * 20_000, id="deep-and-styled"),
        pytest.param("<p><b>" * 10_000, id="formatting-that-is-never-closed"),
        pytest.param("<svg>" + "<td>" * 20_000, id="deep-in-foreign-content"),
        pytest.param("<svg><title>" + "<i>" * 20_000, id="deep-in-what-looks-like-text"),
        pytest.param("{{a}}" * 1_000_000, id="a-million-placeholders"),
    ],
)
def test_a_template_that_no_mail_program_could_read_is_refused(content):
    with pytest.raises(InvalidTemplate):
        compile_template(TemplateSource(subject="s", content=content))


def test_many_paragraphs_that_are_never_closed_are_no_depth(render):
    assert render("<p>a" * 5000).text == "\n\n".join(["a"] * 5000)


def test_bound_values_belong_to_the_template(render):
    template = compile_template(TemplateSource(subject="{{a}}", content="{{a}}"))

    rendered = replace(template, bound={"a": "bound"}).render({"a": "given"})

    assert rendered.subject == "bound"


def test_neither_words_nor_values_are_in_the_representation(render):
    source = TemplateSource(subject="Subject", content="Content {{code}}", send_from="Sender")
    template = compile_template(source, language="de")

    shown = f"{template!r} {template.render({'code': '042137'})!r}"

    assert "de" in shown
    for secret in ("042137", "Subject", "Content"):
        assert secret not in shown
