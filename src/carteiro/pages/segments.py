"""A page out of pieces, of which the large ones were compressed before anybody asked.

Pages are asked for with cookies, and what is asked so is not compressed elsewhere (BREACH). Here it
may be: the one secret of a page, its forms' token, is another one in each answer, and no request
gets words of its own into a page that shows somebody else's.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""RFC 1952 §2.3: deflate, no flags, no time, an unknown system."""
_QUICK, _SMALL, _LITTLE = 1, -12, 5
"""Level, window (4 kB) and memory: what a compressor sets up costs more than a small text."""
_END = b"\x03\x00"
"""RFC 1951 §3.2.6: an empty last block."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes of a page, and the same as whole blocks of deflate."""

    plain: bytes = field(repr=False)
    deflated: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Segment:
        """Compress a text as well as can be, so that it can stand behind any other."""
        return cls._by(zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), text)

    @classmethod
    def quickly(cls, text: str) -> Segment:
        """The same for a small text, of which each answer has another one."""
        return cls._by(zlib.compressobj(_QUICK, zlib.DEFLATED, _SMALL, _LITTLE), text)

    @classmethod
    def bare(cls, text: str) -> Segment:
        """A text of less than 64 kB that is not compressed (RFC 1951 §3.2.4)."""
        plain = text.encode()
        size = len(plain)
        return cls(plain, struct.pack("<BHH", 0, size, size ^ 0xFFFF) + plain)

    @classmethod
    def _by(cls, work: zlib._Compress, text: str) -> Segment:
        plain = text.encode()
        return cls(plain, work.compress(plain) + work.flush(zlib.Z_FULL_FLUSH))


def whole(segments: Sequence[Segment]) -> bytes:
    """The page as it is read."""
    return b"".join(segment.plain for segment in segments)


def gzipped(segments: Sequence[Segment]) -> bytes:
    """The page as one gzip member."""
    check, length = 0, 0
    for segment in segments:
        check = zlib.crc32(segment.plain, check)
        length += len(segment.plain)
    return framed([segment.deflated for segment in segments], check, length)


def framed(blocks: Iterable[bytes], check: int, length: int) -> bytes:
    """Blocks of deflate as one gzip member: with the checksum and the length of what they hold."""
    tail = struct.pack("<II", check, length & 0xFFFFFFFF)
    return b"".join((_HEAD, *blocks, _END, tail))
