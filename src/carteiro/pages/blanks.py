"""A page that is the same for everybody but for one word, which stands in it at several places.

A checksum over a whole page takes longer than everything else that is done for one that is kept. It
is not computed anew: CRC-32 is linear, so that what another word changes in it is found by itself
and moved over as many bytes as stand behind the word. To move is to multiply by a power of x in the
field of the polynomial (RFC 1952 §8), the same one for every word.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from carteiro.pages.segments import Segment, framed, gzipped

_POLYNOMIAL, _ONE = 0xEDB88320, 0x80000000
"""With the highest power in the lowest bit, as the checksum has it."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Pieces of a page, and the places of a word between them (``None``)."""

    pieces: Sequence[Segment | None] = field(repr=False)
    length: int
    """Of the word, in bytes."""
    _check: int
    """The checksum of the page with the word of ``_filler``."""
    _moved: Sequence[int] = field(repr=False)
    """What each bit of a difference between words, the lowest first, changes in it."""

    @classmethod
    def of(cls, pieces: Sequence[Segment | None], length: int) -> Blank:
        """Prepare a page for words of this length."""
        filler = Segment.bare("\x00" * length)
        filled = [piece or filler for piece in pieces]
        check = 0
        for piece in filled:
            check = zlib.crc32(piece.plain, check)
        by = 0
        for behind in _behind(pieces, length):
            nothing = bytes(behind)
            by ^= zlib.crc32(nothing, _ONE) ^ zlib.crc32(nothing)
        return cls(pieces, length, check, [*_multiples(by)][::-1])

    def plain(self, word: str) -> bytes:
        """The page with a word in its places."""
        written = word.encode()
        return b"".join(written if piece is None else piece.plain for piece in self.pieces)

    def gzipped(self, word: str) -> bytes:
        """The same as one gzip member; a word of another length makes it take longer."""
        segment = Segment.bare(word)
        pieces = [piece or segment for piece in self.pieces]
        if len(segment.plain) != self.length:
            return gzipped(pieces)
        check = self._check
        differs = zlib.crc32(segment.plain) ^ zlib.crc32(bytes(self.length))
        for moved in self._moved:
            if differs & 1:
                check ^= moved
            differs >>= 1
        size = sum(len(piece.plain) for piece in pieces)
        return framed([piece.deflated for piece in pieces], check, size)


def _behind(pieces: Sequence[Segment | None], length: int) -> Iterator[int]:
    """How many bytes stand behind each place."""
    behind = 0
    for piece in reversed(pieces):
        if piece is None:
            yield behind
        behind += length if piece is None else len(piece.plain)


def _multiples(number: int) -> Iterator[int]:
    """A polynomial times one, times x, times x², … for as many bits as a checksum has."""
    for _ in range(32):
        yield number
        number = number >> 1 ^ (_POLYNOMIAL if number & 1 else 0)
