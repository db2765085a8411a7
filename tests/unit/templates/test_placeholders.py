"""Placeholders (connectors §1.4; the numbers are those of connectors §9)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.errors import InvalidTemplate
from carteiro.templates.placeholders import MAX_CHARACTERS, MAX_RENDERED, compile_text
from carteiro.templates.values import look_up, text_of


def fill(template, payload):
    return compile_text(template).render(payload)


@pytest.mark.parametrize(
    ("template", "payload", "expected"),
    [
        pytest.param("Code: {{code}}", {"code": "123"}, "Code: 123", id="1-simple"),
        pytest.param("Code: {{code}}", {}, "Code: {{code}}", id="2-absent-stays"),
        pytest.param("{{foo}}", {"foo": "bar"}, "bar", id="3-own-variable"),
        pytest.param("{{code}} {{link}}", {"code": "1"}, "1 {{link}}", id="4-one-of-two"),
        pytest.param("{{     code }}", {"code": "1"}, "1", id="5-blanks"),
        pytest.param("{{\n\tcode\r\n}}", {"code": "1"}, "1", id="5-line-breaks"),
        pytest.param("{{\xa0code\ufeff}}", {"code": "1"}, "1", id="5-blanks-of-ecmascript"),
        pytest.param("{{\x1ccode}}", {"code": "1"}, "{{\x1ccode}}", id="5-no-blank-of-ecmascript"),
        pytest.param("{{a.b.c}}", {"a": {"b": {"c": "x"}}}, "x", id="6-nested"),
        pytest.param("[{{a.b.c}}]", {"a": {"b": {}}}, "[]", id="6-nested-missing"),
        pytest.param("[{{a.b}}]", {"a": {}}, "[]", id="6-missing"),
        pytest.param("{{a.1}}", {"a": ["x", "y"]}, "y", id="6-position"),
        pytest.param("[{{a.2}}{{a.01}}{{a.-1}}]", {"a": ["x", "y"]}, "[{{a.-1}}]", id="6-no-such"),
        pytest.param("[{{a.9999999999999}}]", {"a": ["x"]}, "[]", id="6-far-position"),
        pytest.param("[{{a}}]", {"a": None}, "[]", id="6-null"),
        pytest.param("[{{a.b}}]", {"a": None}, "[]", id="6-into-null"),
        pytest.param("[{{a.b}}]", {"a": "text"}, "[]", id="6-into-text"),
        pytest.param("{{ x.y }}{{code}}", {"code": "1"}, "{{ x.y }}1", id="7-absent-root-verbatim"),
        pytest.param("{{code}}", {"code": "{{link}}$&", "link": "!"}, "{{link}}$&", id="8-literal"),
        pytest.param("{{a}}{{b}}", {"a": False, "b": 0}, "false0", id="9-false-and-zero"),
        pytest.param("{{a}}", {"a": [1, None, "x", [True]]}, "1,,x,true", id="9-list"),
        pytest.param("{{a}}", {"a": {"b": 1}}, "[object Object]", id="9-object"),
        pytest.param("{{toString}}", {}, "{{toString}}", id="10-no-inherited-name"),
        pytest.param("{{__class__}}{{items}}", {}, "{{__class__}}{{items}}", id="10-python-names"),
        pytest.param("[{{a.items}}]", {"a": {}}, "[]", id="10-no-method"),
        pytest.param("[{{a.length}}{{a.upper}}]", {"a": "x"}, "[]", id="10-no-attribute"),
        pytest.param("{{.a}}", {"a": 1, "": 2}, "{{.a}}", id="empty-root"),
        pytest.param("[{{a.}}]", {"a": {"b": 1}}, "[]", id="empty-step"),
        pytest.param("{{{code}}}", {"code": "1"}, "{1}", id="triple-braces"),
        pytest.param("{{{{code}}}}", {"code": "1"}, "{{1}}", id="four-braces"),
        pytest.param("{{#if x}}a{{/if}}", {"x": 1}, "{{#if x}}a{{/if}}", id="no-blocks"),
        pytest.param("{{é}}{{a-b}}{{a b}}", {"a": 1, "é": 2}, "{{é}}{{a-b}}{{a b}}", id="no-name"),
        pytest.param("{{}}{{ }}{{", {}, "{{}}{{ }}{{", id="nothing-inside"),
        pytest.param("{{a\n.b}}", {"a": {"b": 1}}, "{{a\n.b}}", id="blank-inside-a-name"),
        pytest.param("{{a}}{{a}}", {"a": 1}, "11", id="every-occurrence"),
    ],
)
def test_a_placeholder_is_filled_as_the_wire_says(template, payload, expected):
    assert fill(template, payload) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("a", {"b": ["x", {"c": 7}]}, id="11-root"),
        pytest.param("a.b", ["x", {"c": 7}], id="11-nested"),
        pytest.param("a.b.0", "x", id="11-element"),
        pytest.param("a.b.1.c", 7, id="11-field-of-an-element"),
        pytest.param("a.z", None, id="12-missing"),
        pytest.param("z.a", None, id="12-missing-root"),
        pytest.param("a.b.0.c", None, id="13-into-a-string"),
        pytest.param("a.b.1.c.d", None, id="13-into-a-number"),
        pytest.param("t.x", None, id="13-into-a-boolean"),
        pytest.param("n.x", None, id="13-into-null"),
    ],
)
def test_a_path_leads_through_objects_and_lists_only(path, expected):
    values = {"a": {"b": ["x", {"c": 7}]}, "t": True, "n": None}

    assert look_up(values, path) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    # What a browser's console prints for String(number).
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-12.50, "-12.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (0.0000001, "1e-7"),
        (1.25e-9, "1.25e-9"),
        (123456789.125, "123456789.125"),
        (5e-324, "5e-324"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_a_number_reads_as_ecmascript_writes_it(number, expected):
    assert text_of(number) == expected


def test_a_list_that_is_nested_deep_is_no_danger():
    nested = []
    for _ in range(10_000):
        nested = [nested, 1]

    assert fill("{{a}}", {"a": nested}).count("1") == 10_000


def test_a_half_character_cannot_break_the_mail():
    rendered = fill("{{name}}", {"name": "\ud83d and \x00"})

    assert rendered == "\ufffd and "


def test_a_template_above_the_limit_is_refused():
    with pytest.raises(InvalidTemplate):
        compile_text("{{a}}" * 1_000_000)


def test_a_template_at_the_limit_is_filled():
    template = "{{a}}" * (MAX_CHARACTERS // 5)

    assert fill(template, {"a": "x"}) == "x" * (MAX_CHARACTERS // 5)


def test_many_placeholders_cannot_become_an_enormous_mail():
    with pytest.raises(InvalidTemplate):
        fill("{{a}}" * 1000, {"a": "x" * MAX_RENDERED})


NAMES = ("code", "a", "a.b", "a.0", "a.b.c", "x", "_1", "", ".a", "a.", "toString", "é", "a b")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b", "c", "0", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
TEMPLATES = st.lists(
    st.text(alphabet="{} .\nab0", max_size=6)
    | st.builds(
        lambda name, before, after: f"{{{{{before}{name}{after}}}}}",
        st.sampled_from(NAMES),
        st.sampled_from(["", " ", "\n\t"]),
        st.sampled_from(["", "  "]),
    ),
    max_size=8,
).map("".join)
PAYLOADS = st.dictionaries(st.sampled_from(["code", "a", "x", "_1", "", "b"]), VALUES, max_size=4)


def written(value):
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case dict():
            return "[object Object]"
        case list():
            return ",".join(map(written, value))
        case _:
            return str(value)


def by_the_book(template, payload):
    """The rules of connectors §1.4 said once more, as plainly as possible."""

    def replaced(found):
        root, *steps = found[1].split(".")
        if not root or root not in payload:
            return found[0]
        value = payload[root]
        for step in steps:
            if isinstance(value, list):
                value = dict(zip(map(str, range(len(value))), value, strict=True))
            value = value.get(step) if isinstance(value, dict) else None
        return written(value)

    return re.sub(r"\{\{[ \n\t]*([A-Za-z0-9_.]+)[ \n\t]*\}\}", replaced, template)


@given(TEMPLATES, PAYLOADS)
def test_every_template_is_filled_as_by_the_book(template, payload):
    clean = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

    assert fill(template, payload) == clean.sub("", by_the_book(template, payload))
