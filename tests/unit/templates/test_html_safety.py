"""No value becomes markup, wherever it stands (security checklist 40, 41, 45)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

HOSTILE = json.loads(Path(__file__).with_name("hostile_values.json").read_text("utf-8"))

PLACES = {
    "text": "<p>a {{x}} b</p>",
    "after an angle bracket": "<p>a <{{x}} b> c</p>",
    "after a closing bracket": "<p>a </{{x}}> c</p>",
    "double quotes": '<p title="a {{x}} b">t</p>',
    "single quotes": "<p title='a {{x}} b'>t</p>",
    "no quotes": "<p title={{x}} lang=en>t</p>",
    "no quotes, inside": "<p title=a{{x}}b lang=en>t</p>",
    "no quotes, two": "<p title={{x}}{{x}}>t</p>",
    "among attributes": '<p {{x}} lang="en">t</p>',
    "in an attribute name": '<p on{{x}}="{{x}}">t</p>',
    "in a tag name": "<h{{x}} lang=en>t</h1>",
    "link": '<a href="{{x}}">t</a>',
    "link, blank first": '<a href=" {{x}}">t</a>',
    "link, no quotes": "<a href={{x}}>t</a>",
    "link, inside": '<a href="https://ok.example/{{x}}?q={{x}}">t</a>',
    "link, half a scheme": '<a href="java{{x}}">t</a>',
    "link, two": '<a href="{{none}}{{x}}">t</a>',
    "image": '<img src="{{x}}" alt="{{x}}">',
    "handler": "<p onclick=\"f('{{x}}')\">t</p>",
    "style attribute": '<p style="color: {{x}}; margin: 0">t</p>',
    "style attribute, address": "<p style=\"background: url('{{x}}')\">t</p>",
    "title": "<title>{{x}}</title><p>t</p>",
    "textarea": "<textarea>{{x}}</textarea>",
    "comment": "<!-- {{x}} --><p>t</p>",
    "comment, bare": "<!--{{x}}--><p>t</p>",
    "comment, tail": "<!-- {{x}}> --><p>t</p>",
    "declaration": "<!doctype {{x}}><p>t</p>",
    "outlook": '<!--[if mso]><p title="{{x}}">{{x}}</p><![endif]--><p>t</p>',
    "table": "<table>{{x}}<tr><td>t</td></tr></table>",
    "style sheet": "<style>p { color: {{x}} }</style><p>t</p>",
    "script": "<script>var a = '{{x}}';</script><p>t</p>",
    "iframe": '<iframe srcdoc="{{x}}"></iframe>',
    "svg": "<svg><title>{{x}}</title><style>{{x}}</style><a xlink:href={{x}}>t</a></svg>",
    "unclosed": '<p title="{{x}}',
}  # fmt: skip

HARMLESS = "1"


def render(template, value):
    source = TemplateSource(subject="s", content=template)
    html = compile_template(source).render({"x": value, "none": None}).html
    assert html is not None
    return html


def structure(html):
    """Every element with the names of its attributes: what no value may change."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return [
        (node.tag, tuple(sorted(node.attributes)))
        for node in root.traverse(include_text=False)
        if not node.is_comment_node
    ]


def test_the_corpus_is_large_enough():
    assert len(HOSTILE) >= 100
    assert len(HOSTILE) == len(set(HOSTILE))


@pytest.mark.parametrize("place", PLACES)
def test_no_hostile_value_adds_an_element_or_an_attribute(place):
    expected = structure(render(PLACES[place], HARMLESS))

    changed = [value for value in HOSTILE if structure(render(PLACES[place], value)) != expected]

    assert changed == []


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "place", ["link", "link, blank first", "link, no quotes", "link, two", "image"]
)
def test_a_link_leads_only_to_the_web_by_tls_or_to_a_mailbox(place, value):
    root = LexborHTMLParser(render(PLACES[place], value))

    for node in root.css("[href], [src]"):
        target = (node.attributes.get("href") or node.attributes.get("src") or "").strip()
        scheme, colon, _ = target.partition(":")
        assert not colon or scheme in {"https", "mailto"}
        assert not target.startswith(("//", "/\\", "\\"))


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/join?token=a&b=c#d",
        "HTTPS://Example.com",
        "mailto:help@example.com",
        "http://localhost:3000/join",
        "http://127.0.0.1:3001/x",
        "http://app.localhost/",
        "http://[::1]:80",
        "https://example.com/caf\u00e9",
    ],
)
def test_a_proper_link_arrives_as_it_is(link):
    root = LexborHTMLParser(render(PLACES["link"], f" {link} "))

    (anchor,) = root.css("a")
    assert anchor.attributes["href"] == link


@pytest.mark.parametrize("value", [v for v in HOSTILE if "{{" not in v])
def test_text_reads_as_it_was_given(value):
    root = LexborHTMLParser(render("<p>{{x}}</p>", value))

    (paragraph,) = root.css("p")
    stray = {**dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127)), 0xD800: "\ufffd"}
    assert paragraph.text() == value.translate(stray).replace("\r\n", "\n")


def test_a_value_is_never_read_as_a_template():
    assert "{{none}}" in render("<p>{{x}}</p>", "{{none}}")


def test_values_are_escaped_once_and_only_in_html():
    source = TemplateSource(subject="{{x}}", content="<p>{{x}}</p>")

    rendered = compile_template(source).render({"x": "A & <B>"})

    assert rendered.html == "<p>A &amp; &lt;B&gt;</p>"
    assert (rendered.subject, rendered.text) == ("A & <B>", "A & <B>")


def test_a_colour_and_a_picture_still_work_in_styles():
    html = render('<p style="color: {{x}}">t</p>', "#6139F6")
    picture = render("<p style=\"background: url('{{x}}')\">t</p>", "https://example.com/a.png")

    assert html == '<p style="color: #6139F6">t</p>'
    assert "url('https://example.com/a.png')" in picture


@given(st.text(max_size=60), st.sampled_from(sorted(PLACES)))
def test_no_value_at_all_adds_an_element_or_an_attribute(value, place):
    assert structure(render(PLACES[place], value)) == structure(render(PLACES[place], HARMLESS))


SHREDS = st.sampled_from(
    [
        *"<>\"'=/!-{}&; \n?",
        *(
            "a",
            "b=",
            "<p",
            "<!--",
            "-->",
            "{{x}}",
            "{{ x }}",
            "href=",
            "style=",
            "onclick=",
            "url(",
        ),
        *("<style>", "</style>", "<title>", "</title>", "<script>", "<textarea>", "<svg>", "<td>"),
        *("<!--[if mso]>", "<![endif]-->", "https://", "javascript:"),
    ]
)


@given(st.lists(SHREDS, max_size=14).map("".join), st.sampled_from(HOSTILE))
def test_in_no_template_does_a_value_add_an_element_or_an_attribute(template, value):
    """Compared with a letter, for a letter could begin a name where a digit could not."""
    assert structure(render(template, value)) == structure(render(template, "k"))
