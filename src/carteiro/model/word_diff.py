"""Two texts compared word by word, in bounded time and with a bounded answer, for people to read.

What cannot be seen is spelled out, so that no change hides behind characters that turn the order
around, have no width or look like a space.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_SHOWN = 20_000
"""Characters of what was taken out of one text, and of what was put in."""
MAX_PIECES = 1_000
_CONTEXT = 120
"""Characters that are shown before and after a change."""
_STEPS = 200_000
"""Steps of a search: a tenth of a second at most."""
_WORD = re.compile("[^\\W\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|\\s|.", re.DOTALL)
"""A word; where a script has no spaces, a character."""
_PLAIN = {" ", "\n", "\t"}
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}


class PieceKind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    OMITTED = "omitted"
    """It is not shown: the same in both, or more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; of one that is omitted only ``characters``, how long it is."""

    kind: PieceKind
    text: str
    characters: int


def word_diff(before: str, after: str, search: Search | None = None) -> list[Piece]:
    """How one text became the other; nothing where they are the same.

    Lines are compared first, then the words of those that differ. Where that would take too long,
    what differs is told as one piece that went and one that came. A ``search`` that is shared
    bounds the time for several pairs of texts together.
    """
    if before == after:
        return []
    search = search or Search()
    runs = list(_joined(_by_lines(search, before, after)))
    return _capped([piece for place, run in enumerate(runs) for piece in _shown(runs, place, run)])


def visible(text: str) -> str:
    """The text with what cannot be seen spelled out, such as ``⟨U+202E⟩``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


_Run = tuple[PieceKind, str]


@dataclass(slots=True)
class Search:
    """The search for the shortest way from one text to another; it ends after so many ``steps``."""

    steps: int = _STEPS

    def runs(
        self, old: Sequence[str], new: Sequence[str]
    ) -> Iterator[tuple[PieceKind, Sequence[str]]]:
        """The shortest way from one to the other (Myers, 1986), or all of both."""
        head = _shared(old, new)
        tail = _shared(old[head:][::-1], new[head:][::-1])
        yield PieceKind.SAME, old[:head]
        middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
        yield from self._middle(middle_old, middle_new)
        yield PieceKind.SAME, old[len(old) - tail :]

    def _middle(
        self, old: Sequence[str], new: Sequence[str]
    ) -> Iterator[tuple[PieceKind, Sequence[str]]]:
        traces = self._traces(old, new) if old and new else None
        if traces is None:
            yield PieceKind.REMOVED, old
            yield PieceKind.ADDED, new
            return
        steps: list[tuple[PieceKind, Sequence[str]]] = []
        x, y = len(old), len(new)
        for d in range(len(traces) - 1, 0, -1):
            reached = traces[d - 1]
            k = x - y
            down = k == -d or (k != d and reached[k - 1] < reached[k + 1])
            x_before = reached[k + 1 if down else k - 1]
            y_before = x_before - (k + 1 if down else k - 1)
            start = x_before if down else x_before + 1
            steps.append((PieceKind.SAME, old[start:x]))
            change = new[y_before : y_before + 1] if down else old[x_before : x_before + 1]
            steps.append((PieceKind.ADDED if down else PieceKind.REMOVED, change))
            x, y = x_before, y_before
        yield PieceKind.SAME, old[:x]
        yield from reversed(steps)

    def _traces(self, old: Sequence[str], new: Sequence[str]) -> list[dict[int, int]] | None:
        """How far each number of changes leads; ``None`` where no steps are left for it."""
        reached = {1: 0}
        traces: list[dict[int, int]] = []
        for d in range(len(old) + len(new) + 1):
            self.steps -= d + 1
            if self.steps < 0:
                return None
            for k in range(-d, d + 1, 2):
                down = k == -d or (k != d and reached[k - 1] < reached[k + 1])
                x = reached[k + 1] if down else reached[k - 1] + 1
                while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                    x += 1
                reached[k] = x
                if x >= len(old) and x - k >= len(new):
                    return [*traces, dict(reached)]
            # Only what this number of changes reaches is looked at on the way back.
            traces.append({k: reached[k] for k in range(-d, d + 1, 2)})
        return None


def _by_lines(search: Search, before: str, after: str) -> Iterator[_Run]:
    """Words of the lines that differ."""
    gone: list[str] = []
    came: list[str] = []
    for kind, lines in search.runs(before.splitlines(True), after.splitlines(True)):
        if kind is PieceKind.REMOVED:
            gone += lines
        elif kind is PieceKind.ADDED:
            came += lines
        elif lines:
            yield from _by_words(search, "".join(gone), "".join(came))
            gone, came = [], []
            yield kind, "".join(lines)
    yield from _by_words(search, "".join(gone), "".join(came))


def _by_words(search: Search, old: str, new: str) -> Iterator[_Run]:
    for kind, words in search.runs(_WORD.findall(old), _WORD.findall(new)):
        yield kind, "".join(words)


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many are the same in front."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _joined(runs: Iterator[_Run]) -> Iterator[_Run]:
    """Runs of one kind as one; between two that stay the same, first what went, then what came."""
    pending = {PieceKind.REMOVED: "", PieceKind.ADDED: ""}
    same = ""
    for kind, text in runs:
        if kind is PieceKind.SAME:
            if text and (pending[PieceKind.REMOVED] or pending[PieceKind.ADDED]):
                yield from _flushed(same, pending)
                same, pending = "", {PieceKind.REMOVED: "", PieceKind.ADDED: ""}
            same += text
        else:
            pending[kind] += text
    yield from _flushed(same, pending)


def _flushed(same: str, pending: dict[PieceKind, str]) -> Iterator[_Run]:
    for kind, text in ((PieceKind.SAME, same), *pending.items()):
        if text:
            yield kind, text


def _shown(runs: Sequence[_Run], place: int, run: _Run) -> Iterator[Piece]:
    """A run as it is shown: of what stays the same the ends that a change stands beside."""
    kind, text = run
    if kind is not PieceKind.SAME:
        yield Piece(kind, visible(text), len(text))
        return
    head = 0 if place == 0 else _CONTEXT
    tail = 0 if place == len(runs) - 1 else _CONTEXT
    left_out = len(text) - head - tail
    if left_out <= _CONTEXT:
        yield Piece(kind, visible(text), len(text))
        return
    if head:
        yield Piece(kind, visible(text[:head]), head)
    yield Piece(PieceKind.OMITTED, "", left_out)
    if tail:
        yield Piece(kind, visible(text[-tail:]), tail)


def _capped(pieces: Sequence[Piece]) -> list[Piece]:
    """No more of it than somebody reads; how much is left out is said at its end."""
    left = {PieceKind.REMOVED: MAX_SHOWN, PieceKind.ADDED: MAX_SHOWN}
    shown: list[Piece] = []
    omitted = 0
    for piece in pieces:
        if len(shown) >= MAX_PIECES:
            omitted += piece.characters
            continue
        room = left.get(piece.kind, len(piece.text))
        if len(piece.text) > room:
            omitted += len(piece.text) - room
            piece = Piece(piece.kind, piece.text[:room], room)  # noqa: PLW2901 - what is left of it
        if piece.kind in left:
            left[piece.kind] -= len(piece.text)
        if piece.characters:
            shown.append(piece)
    return [*shown, Piece(PieceKind.OMITTED, "", omitted)] if omitted else shown


def _visible(character: str) -> str:
    if character in _PLAIN or unicodedata.category(character) not in _UNSEEN:
        return character
    return f"⟨U+{ord(character):04X}⟩"
