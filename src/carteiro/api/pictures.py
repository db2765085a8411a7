"""What is sent as somebody's picture."""

from __future__ import annotations

_MARKS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"<svg", b"<?xml")


def looks_like_image(body: bytes) -> bool:
    """Whether an image is in a body, however it is wrapped."""
    return any(mark in body for mark in _MARKS)
