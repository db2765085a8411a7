"""JSON as rows hold it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model import json_text

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
    max_leaves=20,
)


@given(_VALUES)
def test_what_is_written_is_what_the_standard_library_reads(value: object) -> None:
    assert json.loads(json_text.write(value)) == value


@given(_VALUES, st.booleans())
def test_what_the_standard_library_wrote_is_read(value: object, ascii_alone: bool) -> None:
    assert json_text.read(json.dumps(value, ensure_ascii=ascii_alone)) == value


def test_no_character_is_spent_on_looks_and_letters_stay_letters() -> None:
    assert json_text.write({"a": [1, "ü"], "b": None}) == '{"a":[1,"ü"],"b":null}'


@pytest.mark.parametrize("text", ["", "{", "nothing", '{"a":1,}', "[" * 300 + "]" * 300])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        json_text.read(text)


def test_what_utf_8_cannot_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        json_text.write({"a": "\ud800"})
