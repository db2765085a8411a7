"""Differences for people: right, bounded whatever the texts are, and nothing hides in them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.model.word_diff import (
    MAX_PIECES,
    MAX_SHOWN,
    PieceKind,
    Search,
    visible,
    word_diff,
)

_LETTERS = st.text(alphabet="ab .\n", max_size=60)


def side(old: str, new: str, kind: PieceKind) -> str:
    pieces = word_diff(old, new)
    return "".join(one.text for one in pieces if one.kind in {PieceKind.SAME, kind})


@given(_LETTERS, _LETTERS)
def test_both_texts_can_be_read_out_of_it(old: str, new: str) -> None:
    if old == new:
        assert word_diff(old, new) == []
        return

    assert side(old, new, PieceKind.REMOVED) == old
    assert side(old, new, PieceKind.ADDED) == new


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.data())
def test_what_was_only_taken_out_adds_nothing(words: list[str], data: st.DataObject) -> None:
    left = [word for word in words if data.draw(st.booleans())]

    pieces = word_diff(" ".join(words), " ".join(left))

    assert PieceKind.ADDED not in {one.kind for one in pieces}


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_that_cannot_be_seen_is_shown_as_it_is(old: str, new: str) -> None:
    shown = "".join(one.text for one in word_diff(old, new)) + visible(old)

    unseen = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
    assert {one for one in shown if unicodedata.category(one) in unseen} <= {" ", "\n", "\t"}


def test_texts_that_look_the_same_are_told_apart() -> None:
    pieces = word_diff("pay to ana", "pay to\u00a0ana")

    assert ("added", "⟨U+00A0⟩") in [(one.kind, one.text) for one in pieces]


HUGE = {
    "no-spaces": ("x" * 1_000_000, "y" * 1_000_000),
    "words": ("a " * 500_000, "b " * 500_000),
    "lines": ("a\n" * 500_000, "b\n" * 500_000),
    "turned": (
        " ".join(map(str, range(100_000))),
        " ".join(map(str, reversed(range(100_000)))),
    ),
    "marks": ("<" * 300_000, ">" * 300_000 + "<" * 100_000),
}


@pytest.mark.parametrize("name", HUGE)
def test_however_large_the_texts_are_the_answer_and_the_search_are_bounded(name: str) -> None:
    search = Search()
    before = search.steps

    pieces = word_diff(*HUGE[name], search)

    assert len(pieces) <= MAX_PIECES + 1
    for kind in (PieceKind.REMOVED, PieceKind.ADDED):
        assert sum(len(one.text) for one in pieces if one.kind is kind) <= MAX_SHOWN
    assert search.steps >= -before, "one round more than allowed, at most"


def test_what_is_left_out_is_counted() -> None:
    old = "start\n" + "same line\n" * 1_000 + "end"

    pieces = word_diff(old, old.replace("start", "begin").replace("end", "stop"))

    omitted = [one for one in pieces if one.kind is PieceKind.OMITTED]
    assert len(omitted) == 1
    shown = sum(one.characters for one in pieces if one.kind is PieceKind.SAME)
    assert omitted[0].characters + shown == len(old) - len("start") - len("end")


def test_many_changes_are_cut_and_said_to_be() -> None:
    old = "".join(f"{n} A\n{'the same ' * 60}\n" for n in range(290))

    pieces = word_diff(old, old.replace("A", "B"))

    assert len(pieces) == MAX_PIECES + 1
    assert pieces[-1].kind is PieceKind.OMITTED
    assert pieces[-1].characters > 0
