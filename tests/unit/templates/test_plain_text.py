"""The text part says what a person would read in the HTML part."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

PAYLOAD = {"code": "042137", "link": "https://example.com/j", "name": "A & B"}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>a</p><p>b</p>", "a\n\nb", id="paragraphs"),
        pytest.param("<h1>a</h1>b<hr>c", "a\n\nb\n\nc", id="heading-and-rule"),
        pytest.param("a<br>b<br/><br>c", "a\nb\n\nc", id="line-breaks"),
        pytest.param("<p>a <b>b</b>\n   <i>c</i>d</p>", "a b cd", id="white-space"),
        pytest.param("<p>&lt;b&gt; &amp; &eacute;&nbsp;!</p>", "<b> & é !", id="entities"),
        pytest.param(
            '<a href="https://a.test/x">Open</a>', "Open (https://a.test/x)", id="link-with-label"
        ),
        pytest.param(
            '<a href="https://a.test/">a.test</a>', "a.test", id="link-that-says-its-address"
        ),
        pytest.param('<a href="mailto:a@b.test">a@b.test</a>', "a@b.test", id="mail-address"),
        pytest.param('<a href="{{link}}">{{ link }}</a>', "https://example.com/j", id="same-value"),
        pytest.param(
            '<a href="{{link}}">Join</a>', "Join (https://example.com/j)", id="value-link"
        ),
        pytest.param('<a href="#top">Up</a><a>x</a>', "Upx", id="no-address"),
        pytest.param('<a href="javascript:a()">x</a>', "x", id="no-script"),
        pytest.param(
            '<a href="https://a.test/x"><img src="x"></a>', "https://a.test/x", id="link-of-picture"
        ),
        pytest.param('<img src="x" alt="Logo of {{name}}"> a', "Logo of A & B a", id="picture"),
        pytest.param('a <img src="x"> b', "a b", id="picture-without-words"),
        pytest.param("<ul><li>a</li><li>b</ul>c", "- a\n- b\n\nc", id="list"),
        pytest.param("<ol><li>a<li>b</ol>", "1. a\n2. b", id="numbered-list"),
        pytest.param(
            "<table><tr><th>a</th><th>b</th></tr><tr><td>c<td>d</table>", "a b\nc d", id="table"
        ),
        pytest.param("<table>{{code}}<tr><td>a</td></tr></table>", "042137\na", id="in-a-table"),
        pytest.param(
            "<style>p{}</style><script>x</script><title>t</title><p>a</p>",
            "a",
            id="not-for-reading",
        ),
        pytest.param(
            '<div style="display: none">preheader</div><p hidden>h</p><p>a</p>', "a", id="hidden"
        ),
        pytest.param("<!-- no --><p>a</p><!--[if mso]><p>no</p><![endif]-->", "a", id="comments"),
        pytest.param("<pre>a\n  b\n{{code}}</pre>", "a\n  b\n042137", id="preformatted"),
        pytest.param("a<div>b<div>c</div></div>d", "a\n\nb\n\nc\n\nd", id="blocks"),
        pytest.param(
            "Code {{code}}\nbye &amp; thanks", "Code 042137\nbye & thanks", id="no-markup"
        ),
        pytest.param("{{code}}<p>a</p>", "042137\n\na", id="a-placeholder-first"),
        pytest.param("<p>a</p></body></html>{{code}}", "a\n\n042137", id="a-placeholder-last"),
        pytest.param("<!-- {{code}} --><!--{{code}}--><p>a</p>", "a", id="in-a-comment"),
        pytest.param("<p>{{name}}</p>", "A & B", id="values-are-not-escaped"),
        pytest.param("<p>{{absent}}</p>", "{{absent}}", id="absent-stays"),
        pytest.param("<p>&#123;&#123;code}}</p>", "{{code}}", id="an-entity-makes-no-placeholder"),
        pytest.param("<p>zq0z {{code}}</p>", "zq0z 042137", id="words-like-our-own"),
        pytest.param("<p>a\u200b\u00adb</p>", "ab", id="invisible-filling"),
    ],
)
def test_html_reads_as_text(render, html, text):
    assert render(html, PAYLOAD).text == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param(
            '<ol start="5"><li>Five</li><li value="9">Nine</li><li>Ten</li></ol>',
            "5. Five\n9. Nine\n10. Ten",
            id="15-start-and-value",
        ),
        pytest.param('<ol type="a"><li>x<li>y</ol>', "a. x\nb. y", id="15-letters"),
        pytest.param('<ol type="A" start=26><li>x<li>y</ol>', "Z. x\nAA. y", id="capitals"),
        pytest.param('<ol type="i" start=3><li>x<li>y</ol>', "iii. x\niv. y", id="roman"),
        pytest.param('<ol type="I" start=1994><li>x</ol>', "MCMXCIV. x", id="roman-capitals"),
        pytest.param('<ol type="a" start=0><li>x<li>y</ol>', "0. x\na. y", id="no-letter-for-0"),
        pytest.param("<ol start=-1><li>x<li>y<li>z</ol>", "-1. x\n0. y\n1. z", id="below-zero"),
        pytest.param("<ol reversed><li>x<li hidden>h<li>y</ol>", "2. x\n1. y", id="reversed"),
        pytest.param(
            "<ol reversed start=9><li>x<li><ol><li>in</ol><li>y</ol>",
            "9. x\n8. 1. in\n7. y",
            id="reversed-and-nested",
        ),
        pytest.param('<ol><li>x<li type="A">y<li>z</ol>', "1. x\nB. y\n3. z", id="item-type"),
        pytest.param('<ol start=" 5x"><li value="x">x</ol>', "5. x", id="as-html-reads-numbers"),
        pytest.param(
            "<ol><li>One<ol><li>Inner</li></ol></li><li>Two</li></ol>",
            "1. One\n   1. Inner\n2. Two",
            id="15-nested",
        ),
        pytest.param(
            "<ul><li>a<ul><li>b<ol type=i><li>c</ol>d</ul><li>e</ul>",
            "- a\n  - b\n    i. c\n    d\n- e",
            id="nested-thrice",
        ),
        pytest.param("<ul><li><p>a</p><p>b</p><li>c</ul>", "- a\n\n  b\n\n- c", id="paragraphs"),
        pytest.param(
            "<style>ol{list-style-type:upper-roman}</style><ol><li>a<li>b</ol>",
            "I. a\nII. b",
            id="by-style-sheet",
        ),
        pytest.param('<ul style="list-style: none"><li>a<li>b</ul>', "a\nb", id="no-bullets"),
        pytest.param("<ul><li><a href=#>a</a><li><!-- -->b</ul>", "- a\n- b", id="links"),
        pytest.param("<ol><li></li><li>b</ol>", "1.\n2. b", id="empty-item"),
    ],
)
def test_items_are_numbered_as_they_are_shown(render, html, text):
    assert render(html, PAYLOAD).text == text


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<details><summary>S</summary>D</details><button>Btn</button>", "S D Btn"),
        ("<button>a</button><button>b</button>", "a b"),
        ("<select><option>a<option>b</select>c", "a b c"),
        ("<table><td>a<td>b<th>c</table>d", "a b c d"),
        ("<x-card>a</x-card><x-card>b</x-card>c", "a b c"),
        ("a<br>b<hr>c<wbr>d", "a b cd"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a b c d"),
        ("<fieldset><legend>a</legend>b</fieldset>c", "a b c"),
        ("<input type=submit value=a><input value=b><input type=hidden value=h>", "a b"),
        ("<img alt=a><img alt=b>c", "a b c"),
        ('<a style="display:inline-block">a</a><a style="display:inline-block">b</a>', "a b"),
        ('<span style="display:block">a</span><span>b</span>', "a b"),
        ("<b>a</b><i>b</i><span>c</span><code>d</code>", "abcd"),
        ('<li style="display:inline">a</li><li style="display:inline">b</li>', "a b"),
        ('<map><area href="https://a.test/" alt="Shop"></map>', "Shop (https://a.test/)"),
        ("<textarea>a b</textarea><svg><title>t</title><text>c</text></svg>", "a b c"),
        ("<noscript>a</noscript>", "a"),
        ("<ruby>a<rp>(</rp><rt>b</rt></ruby>", "a b"),
    ],
)
def test_words_that_stand_apart_are_never_glued(render, html, words):
    assert render(html, PAYLOAD).text.split() == words.split()


@pytest.mark.parametrize(
    "html",
    [
        "<p hidden>h</p>",
        '<p style="display:none">h</p>',
        '<p style="display:block;display : NONE !important;display:inline">h</p>',
        '<p style="visibility:hidden">h</p>',
        '<p style="font-size:0">h</p>',
        '<p style="font-size:0px"><b>h</b></p>',
        '<p style="max-height:0;overflow:hidden">h</p>',
        '<p style="height:0px;overflow:hidden">h</p>',
        '<p style="opacity:0.0">h</p>',
        '<p style="mso-hide:all">h</p>',
        '<p style="color:transparent">h</p>',
        '<p style="text-indent:-9999px">h</p>',
        "<style>.pre { display: none }</style><p class=pre>h</p>",
        "<template><p>h</p></template><script>h</script><title>h</title>",
        "<!--[if mso]><p>h</p><![endif]--><!-- h -->",
        "<dialog>h</dialog><datalist><option>h</datalist><video>h</video>",
        '<div style="display:none"><a href="https://h.test">h</a><img alt=h></div>',
        '<p style="visibility:hidden"><img alt=h><a href="https://h.test">h</a></p>',
    ],
)
def test_what_is_hidden_stays_hidden(render, html):
    assert render(f"{html}<p>a</p>").text == "a"


@pytest.mark.parametrize(
    "html",
    [
        '<td style="font-size:0"><div style="font-size:13px">s</div>',
        '<div style="visibility:hidden"><b style="visibility:visible">s</b></div>',
        '<p style="--display:none">s</p>',
        '<p style="display:none;display:block">s</p>',
        "<p style=\"content:'display:none'\">s</p>",
        '<p style="/* display:none */">s</p>',
        '<p style="opacity:0.5;max-height:0.5em">s</p>',
        '<p style="line-height:0;height:0">s</p>',
        '<p style="font-size:0.9em">s</p>',
        '<div style="mso-hide:all"><p>s</p><a href="#b"></a></div>',
        '<a style="mso-hide:all" href="#b">s</a>',
        "<style>@media print { p { display: none } }</style><p>s</p>",
        "<!--[if !mso]><!--><p>s</p><!--<![endif]-->",
        "<![if !mso]><p>s</p><![endif]>",
        "<details><p>s</p></details>",
        "<dialog open>s</dialog>",
        '<p aria-hidden="true">s</p>',
    ],
)
def test_what_is_shown_stays(render, html):
    assert render(html).text == "s"


INLINE = ("b", "i", "span", "a", "font")
BLOCKS = ("p", "div", "h1", "summary", "button", "section", "x-y", "dd", "center")
HIDING = ('style="display:none"', "hidden", 'style="opacity:0"', 'style="font-size:0"')


@st.composite
def trees(draw, depth=4):
    """HTML with numbered words: which of them are seen is known by how it was made."""
    pieces = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["seen", "tag", "tag", "hidden", "list", "table"]))
        if kind == "seen":
            pieces.append(draw(st.sampled_from([" @ ", "@ ", " <b>@</b> ", "<br>@<br>"])))
        elif kind == "hidden":
            name = draw(st.sampled_from([*BLOCKS, *INLINE]))
            pieces.append(f"<{name} {draw(st.sampled_from(HIDING))}>#<b>#</b></{name}>")
        elif not depth:
            continue
        elif kind == "list":
            items = draw(st.lists(trees(depth=depth - 1), max_size=3))
            pieces.append(f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>")
        elif kind == "table":
            cells = draw(st.lists(trees(depth=depth - 1), max_size=3))
            pieces.append(f"<table><tr>{''.join(f'<td>{c}</td>' for c in cells)}</tr></table>")
        else:
            name = draw(st.sampled_from(["div", "section", "blockquote", "x-y", "center"]))
            pieces.append(f"<{name}>{draw(trees(depth=depth - 1))}</{name}>")
    return "".join(pieces)


@given(trees())
def test_every_word_that_is_seen_is_there_once_and_in_order(html):
    numbers = iter(range(10_000))
    html = re.sub("[@#]", lambda mark: f"{'s' if mark[0] == '@' else 'h'}{next(numbers)}w", html)
    source = TemplateSource(subject="s", content=f"<div>{html}</div>")

    text = compile_template(source).render({}).text

    assert re.findall(r"[sh]\d+w", text) == re.findall(r"s\d+w", html)
    words = [word for word in text.split() if not re.fullmatch(r"\d+\.", word)]
    assert words == re.findall(r"s\d+w", html)


def test_a_plain_template_has_no_html_part(render):
    rendered = render("a <b> {{name}}\n", PAYLOAD, content_type="text/plain")

    assert (rendered.text, rendered.html) == ("a <b> A & B\n", None)
