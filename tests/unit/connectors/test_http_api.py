"""The encodings of requests."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.connectors.http.api import form_body, json_body, json_object, text_at
from carteiro.errors import DeliveryFailed

TEXT = st.text(st.characters(codec="utf-8"))


@given(st.dictionaries(TEXT.filter(bool), TEXT | st.none()))
def test_a_form_is_read_back_without_what_is_absent(fields: dict[str, str | None]) -> None:
    read = parse_qsl(form_body(fields).decode(), keep_blank_values=True)

    assert form_body(fields).isascii()
    assert dict(read) == {name: value for name, value in fields.items() if value is not None}


def test_half_characters_become_something_that_can_be_sent() -> None:
    assert json_body({"a": "\ud83d\ude00 \ud800"}) == '{"a":"😀 \ufffd"}'.encode()
    assert form_body({"a": "x\ud800y"}).isascii()


@pytest.mark.parametrize("value", [float("nan"), object(), b"x"])
def test_what_json_cannot_express_is_a_clear_error(value: object) -> None:
    with pytest.raises(DeliveryFailed, match="cannot be written as JSON"):
        json_body({"a": value})


@pytest.mark.parametrize("text", ["", "[]", "nope", "[" * 100_000, "3"])
def test_an_answer_that_is_no_object_is_an_empty_one(text: str) -> None:
    assert json_object(text) == {}


def test_text_is_found_at_a_path_or_not_at_all() -> None:
    value = {"a": [{"b": 7, "c": True, "d": None}]}

    assert text_at(value, "a", 0, "b") == "7"
    for path in (["a", 0, "c"], ["a", 0, "d"], ["a", 1], ["a", "b"], ["x"], ["a", 0, "b", "y"]):
        assert text_at(value, *path) is None
