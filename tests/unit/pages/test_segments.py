"""Pieces that were compressed apart are one page."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from carteiro.pages.segments import Segment, gzipped, whole

Way = Callable[[str], Segment]
WAYS: list[Way] = [Segment.of, Segment.quickly, Segment.bare]


@given(st.lists(st.tuples(st.text(max_size=5000), st.sampled_from(WAYS)), max_size=6))
def test_a_page_of_pieces_is_read_as_one(pieces: list[tuple[str, Way]]) -> None:
    segments = [way(text) for text, way in pieces]
    page = "".join(text for text, _ in pieces).encode()

    assert whole(segments) == page
    assert gzip.decompress(gzipped(segments)) == page
