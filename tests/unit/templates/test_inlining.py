"""Rules reach the elements, and nothing else of the author's HTML changes: Outlook reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

XHTML = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)
SHEET = "<style>.k { color: red }</style>"
WRITTEN = ' style="color: red;"'


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"{XHTML}\n<html><head>@</head><body><p class=k>a</p></body></html>", id="9"),
        pytest.param("<!DOCTYPE HTML>\r\n<HTML><BODY>@<P CLASS=k>a</BODY></HTML>\r\n", id="case"),
        pytest.param("@<![if !mso]><p class=k>{{code}}</p><![endif]>", id="8"),
        pytest.param("@<!--[if mso]><p class=k>a</p><![endif]--><p>b", id="outlook-only"),
        pytest.param(
            "@<!--[if !mso]><!--><p class=k>a</p><!--<![endif]--><!--[if gte mso 9]>"
            '<xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml>'
            "<![endif]-->",
            id="not-outlook",
        ),
        pytest.param(
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml" '
            'xmlns:o="urn:schemas-microsoft-com:office:office">@<p class=k>a<o:p></o:p></p>'
            '<v:roundrect arcsize="8%" fillcolor="#fff"><w:anchorlock/></v:roundrect></html>',
            id="namespaces",
        ),
        pytest.param("@<table><td class=k width=50%>a<td nowrap>b</table><br/><img src=a/>", id="d"),
        pytest.param("@<p class='k' title='>'>&nbsp;&copy&#8203;&lt;b&gt; é</p  >", id="entities"),
        pytest.param("@<p class=k />a<p class='k' / >b<p class=k title=a/>", id="slashes"),
        pytest.param("@<b><p class=k>a</b>b</p></i>", id="misnested"),
        pytest.param("@<ul><li class=k>a<li>b</ul>\n\n<!-- note --->", id="unclosed"),
        pytest.param("@<svg viewBox='0 0 1 1'><a class=k xlink:href='#b'/></svg>", id="svg"),
    ],
)  # fmt: skip
def test_only_style_attributes_are_added(render, html):
    source = html.replace("@", SHEET)

    sent = render(source, {}).html

    assert sent.replace(WRITTEN, "") == source
    outside = re.sub(r"<!--\[if (?:gte )?mso.*?<!\[endif\]-->", "", source)
    assert sent.count(WRITTEN) == len(re.findall(r"class=['\"]?k\b", outside, re.IGNORECASE))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p STYLE='margin:0' class=k>", '<p STYLE="color: red;margin:0" class=k>'),
        ("<p style=margin:0 class=k>", '<p style="color: red;margin:0" class=k>'),
        ("<p style class=k>", '<p style="color: red;" class=k>'),
        ("<p style='color:  RED'>", "<p style='color:  RED'>"),
        ("<p class=k style='/*{{m}}*/margin:0'>", "<p class=k style='/*{{m}}*/margin:0'>"),
        ("<p class=k style='margin:{{m}}px'>", '<p class=k style="color: red;margin:{{m}}px">'),
    ],
)
def test_a_style_attribute_takes_up_the_rules(render, written, sent):
    html = render(f"{SHEET}{written}a</p>", {}).html

    assert tight(html) == tight(f"{SHEET}{sent}a</p>")


def tight(html):
    """Without what the inliner may write as it likes."""
    return re.sub(r"(?<=[:;]) |;(?=\")", "", html)


SHREDS = st.sampled_from(
    [
        *("<p class=k>", "<td class='k'>", '<a class="k" href=x>', "<br/>", "<b>", "</b>", "</p>"),
        *("<!--[if mso]>", "<![endif]-->", "<![if !mso]>", "<![endif]>", "<!--", "-->", "<o:p>"),
        *("<table>", "</table>", "<title>", "</title>", "a", " ", "\n", "&amp;", "<", ">", "'"),
        *('"', "=", "/", XHTML, "<html>", "<body class=k>", "<svg>", "</svg>", "<p class=k", "é"),
    ]
)


@given(st.lists(SHREDS, max_size=16).map("".join))
def test_whatever_the_author_writes_stays(html):
    source = f"{SHEET}{html}"

    sent = compile_template(TemplateSource(subject="s", content=source)).render({}).html

    assert sent is not None
    assert sent.replace(WRITTEN, "") == source
