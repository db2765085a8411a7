"""Which links may be mailed, and what is said of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from carteiro.model.links import MAX_LINK, is_mailable, link_fault
from carteiro.model.message import TemplateSource
from carteiro.templates.compiled import compile_template

BUTTON = compile_template(TemplateSource(subject="s", content='<a href="{{link}}">Go</a>'))


@pytest.mark.parametrize(
    "link",
    [
        *("https://example.com", "HTTPS://Example.com/J?a=b#c", "https://exämple.test/é"),
        *("http://intranet.example/in?t=1", "http://192.168.1.5/join", "http://[::1]:3000/"),
        *("http://localhost:3000/join", "http://intranet", "https://example.com:443"),
        *("myapp://join", "com.example.app:/join?t=1", "com.example.app://host/join", "a+b.c://x"),
    ],
)
def test_what_an_application_may_want_to_open_is_mailed(link):
    assert link_fault(link) is None


@pytest.mark.parametrize(
    ("link", "said"),
    [
        *(
            (link, "absolute")
            for link in ("", " ", "/join", "example.com/j", "//a.test", "#", "?a")
        ),
        *((f"{scheme}:x", f"{scheme}:") for scheme in ("javascript", "vbscript", "data", "file")),
        *((f"{scheme}://x/", f"{scheme}:") for scheme in ("javascript", "file", "ftp", "intent")),
        ("JavaScript:alert(1)", "javascript:"),
        (" javascript:alert(1)", "javascript:"),
        ("java\tscript:alert(1)", "controls"),
        ("https://a.test/\r\nBcc: b@c.test", "controls"),
        ("https://", "host"),
        ("https:///a", "host"),
        ("https:a.test", "host"),
        ("https://a.test:99999/", "port"),
        ("http:\\\\a.test", "host"),
        ("https://a test/", "host"),
        ("https://a.test\\@b.test/", "host"),
        ("https://{token}", "host"),
        ("https://[::1", "host"),
        ("myapp:join", "myapp:/path"),
        ("mailto:a@b.test", "mailto:/path"),
        ("https://a.test/" + "a" * MAX_LINK, "characters"),
        (5, "text"),
        (None, "text"),
    ],
)
def test_what_is_no_link_is_refused_with_the_reason(link, said):
    assert said in (link_fault(link) or "")


@given(
    st.text(max_size=40)
    | st.builds(
        "{}{}{}".format,
        st.sampled_from(
            ["https:", "http:", "app:", "javascript:", "data:", "", "\t", "//", "https"]
        ),
        st.sampled_from(["//", "/", "\\\\", "", "//h", "///", "/\\"]),
        st.text(max_size=20),
    )
)
def test_a_link_that_is_taken_stands_in_both_parts(link):
    rendered = BUTTON.render({"link": link})

    node = LexborHTMLParser(rendered.html or "").css_first("a")
    href = node.attributes["href"] or ""
    if is_mailable(link):
        assert href not in ("", "#")
    assert rendered.text == ("Go" if href in ("", "#") else f"Go ({href})")
