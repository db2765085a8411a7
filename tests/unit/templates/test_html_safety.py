"""No value becomes markup, wherever it stands (security checklist 40, 41, 45)."""

import json
import re
from html import unescape
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
    "ping": '<a ping="https://ok.example {{x}}" href="https://ok.example">t</a>',
    "srcset": '<img srcset="https://ok.example/a 1x, {{x}} 2x">',
    "imagesrcset": '<link rel="preload" imagesrcset="{{x}}">',
    "lowsrc": '<img lowsrc="{{x}}">',
    "background": '<td background="{{x}}">t</td>',
    "action": '<form action="{{x}}"><button formaction="{{x}}">t</button></form>',
    "poster": '<video poster="{{x}}"></video>',
    "cite": '<blockquote cite="{{x}}">t</blockquote>',
    "object": '<object data="{{x}}"><param name="movie" value="{{x}}"></object>',
    "refresh": '<meta http-equiv="refresh" content="{{x}}">',
    "refresh, address": '<meta http-equiv="refresh" content="0; url={{x}}">',
    "refresh, no name": '<meta content="0; {{x}}" http-equiv="refresh">',
    "refresh, quoted": """<meta http-equiv="refresh" content="0;URL='{{x}}'">""",
    "svg animation": '<svg><a><animate attributeName="href" to="{{x}}" values="#;{{x}}"/></a></svg>',
    "svg set": '<svg><a><set attributeName="xlink:href" from="{{x}}" to="{{x}}"/></a></svg>',
    "svg use": '<svg><use xlink:href="{{x}}"/><image href="{{x}}"/></svg>',
    "vml": '<!--[if mso]><v:rect href="{{x}}"><v:fill src="{{x}}"/></v:rect><![endif]-->',
    "style sheet, address": "<style>p { background: url({{x}}) } @import '{{x}}';</style>",
    "style attribute, half": "<p style='background: url(java{{x}})'>t</p>",
    "base": '<base href="{{x}}"><a href="a">t</a>',
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


ADDRESS_PLACES = [
    *(
        "link",
        "link, blank first",
        "link, no quotes",
        "link, inside",
        "link, half a scheme",
        "ping",
    ),
    *("link, two", "srcset", "imagesrcset", "lowsrc", "background", "action", "poster", "cite"),
    *("object", "refresh", "refresh, address", "refresh, no name", "refresh, quoted", "svg set"),
    *("svg animation", "svg use", "vml", "style sheet, address", "style attribute, half", "base"),
    *("style attribute, address",),
]
ADDRESSES = re.compile(
    r"""(?P<one>(?:href|src|background|action|formaction|poster|cite|data|lowsrc))="(?P<a>[^"]*)"
      | (?:srcset|imagesrcset|ping)="(?P<b>[^"]*)"
      | (?:to|from|by|values|value)="(?P<c>[^"]*)"
      | content="\s*[\d.]+[;,\s]+(?:url\s*=\s*)?'?(?P<d>[^"]*)"
      | (?<!")url\('?(?P<e>[^')]*) | @import\s'(?P<f>[^']*)""",
    re.VERBOSE | re.IGNORECASE,
)


@pytest.mark.parametrize("place", ADDRESS_PLACES)
def test_no_hostile_value_starts_an_address_anywhere(place):
    """Neither a scheme that runs nor another host, whatever else stands before it."""
    started = []
    for value in HOSTILE:
        for found in ADDRESSES.finditer(render(PLACES[place], value)):
            text = unescape(next(filter(None, found.group(*"abcdef")), ""))
            parts = (
                re.split(r"\s+", text) if found["b"] else text.split(";") if found["c"] else [text]
            )
            for address in parts:
                plain = re.sub(r"[\x00-\x20]", "", address).lower()
                if re.match(r"(?:javascript|vbscript|data|file|blob):|//|\\\\|/\\", plain):
                    started.append((value, text))

    assert started == []


@pytest.mark.parametrize("content", ["{{x}}", "{{none}}{{x}}", " {{x}}", "0;{{x}}", "0;url={{x}}"])
@pytest.mark.parametrize("value", ["0;url=javascript:a()", "1 //b.test", "url=javascript:a()"])
def test_no_value_sends_anybody_elsewhere(content, value):
    html = render(f'<meta content="{content}" http-equiv="refresh">', value)

    # Without seconds at its start it sends nobody anywhere (HTML §4.2.5.3).
    assert not re.search(r'content="\s*[\d.][^"]*(?:javascript:|//)', html)


def test_a_description_stays_what_it_says():
    html = render('<meta name="description" content="{{x}}">', "10 people, at 5: yes")
    inside = render('<meta name="description" content="For {{x}}">', "10; https://a.test")

    assert 'content="For 10; https://a.test"' in inside
    assert 'content="10 people"' in render('<meta content="{{x}}">', "10 people")
    assert 'content="10"' in html


@pytest.mark.parametrize(
    ("template", "href"),
    [
        ("mailto:x@y.test?subject={{mail}}", "mailto:x@y.test?subject=a%2Bb%40example.com"),
        ("https://a.example/?email={{mail}}", "https://a.example/?email=a%2Bb%40example.com"),
        ("?next={{next}}", "?next=https%3A%2F%2Fb.example%2F%3Fq%3D1%26r%3D2"),
        ("https://a.example/#{{next}}", "https://a.example/#https%3A%2F%2Fb.example%2F%3Fq%3D1%26r%3D2"),
        ("https://a.example/{{path}}/x", "https://a.example/a%2Fb%3Fc%23d%20%C3%A9/x"),
        ("https://a.example/{{up}}/x", "https://a.example//x"),
        ("https://{{tenant}}.example/", "https://acme%40evil.test%2F.example/"),
        ("https://{{host}}/x", "https://localhost:3000/x"),
        ("mailto:{{mail}}?subject={{path}}", "mailto:a+b@example.com?subject=a%2Fb%3Fc%23d%20%C3%A9"),
        ("mailto:{{mails}}", "mailto:a@b.test%2Cc@d.test%3Fbcc%3De@f.test"),
        ("tel:{{phone}}", "tel:+4930123"),
        ("{{base}}/join?t={{next}}", "https://b.example/join?t=https%3A%2F%2Fb.example%2F%3Fq%3D1%26r%3D2"),
        ("{{base}}{{evil}}", "https://b.example%40evil.test/"),
        ("{{next}}", "https://b.example/?q=1&r=2"),
        ("https://a.example/?q={{surrogate}}", "https://a.example/?q=%EF%BF%BD"),
    ],
)  # fmt: skip
def test_a_value_in_an_address_stays_one_part_of_it(template, href):
    source = TemplateSource(subject="s", content=f'<a href="{template}">t</a>')
    values = {
        "mail": "a+b@example.com",
        "next": "https://b.example/?q=1&r=2",
        "path": "a/b?c#d é",
        "up": "..",
        "tenant": "acme@evil.test/",
        "host": "localhost:3000",
        "mails": "a@b.test,c@d.test?bcc=e@f.test",
        "phone": "+4930123",
        "base": "https://b.example",
        "evil": "@evil.test/",
        "surrogate": "\ud800",
    }

    rendered = compile_template(source).render(values)

    assert LexborHTMLParser(rendered.html).css_first("a").attributes["href"] == href
    if not href.startswith("?"):
        assert rendered.text in (f"t ({href})", f"t ({href})".replace("()", ""))


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
