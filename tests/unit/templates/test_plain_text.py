"""The text part says what a person would read in the HTML part."""

import pytest

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
        pytest.param("<p>{{name}}</p>", "A & B", id="values-are-not-escaped"),
        pytest.param("<p>{{absent}}</p>", "{{absent}}", id="absent-stays"),
        pytest.param("<p>&#123;&#123;code}}</p>", "{{code}}", id="an-entity-makes-no-placeholder"),
        pytest.param("<p>zq0z {{code}}</p>", "zq0z 042137", id="words-like-our-own"),
        pytest.param("<p>a\u200b\u00adb</p>", "ab", id="invisible-filling"),
    ],
)
def test_html_reads_as_text(render, html, text):
    assert render(html, PAYLOAD).text == text


def test_a_plain_template_has_no_html_part(render):
    rendered = render("a <b> {{name}}\n", PAYLOAD, content_type="text/plain")

    assert (rendered.text, rendered.html) == ("a <b> A & B\n", None)
