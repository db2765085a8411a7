"""A page with places for a word is, with any word in them, the page that would be made with it."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from carteiro.pages.blanks import Blank
from carteiro.pages.segments import Segment

PIECES = st.lists(st.none() | st.text(max_size=5000), max_size=8)
WORDS = st.text(st.characters(max_codepoint=127), max_size=60)


@given(PIECES, WORDS, st.integers(0, 60))
def test_a_word_stands_in_each_place(texts: list[str | None], word: str, length: int) -> None:
    pieces = [None if text is None else Segment.of(text) for text in texts]
    page = "".join(word if text is None else text for text in texts).encode()

    for prepared in (length, len(word)):
        blank = Blank.of(pieces, prepared)
        assert blank.plain(word) == page
        # The checksum and the length are looked at, too.
        assert gzip.decompress(blank.gzipped(word)) == page
