"""The root of everything that Carteiro raises on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Issue = Mapping[str, Any]
Data = Mapping[str, Any] | Sequence[Issue]
"""What an error says beside its words; it is safe to show."""


class CarteiroError(Exception):
    """The root. ``code`` is stable and public; ``message`` is for people and may change."""

    code: ClassVar[str] = "carteiro.error"
    summary: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str | None = None,
        *,
        data: Data | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or self.summary
        self.data = data
        self.retry_after = retry_after
        super().__init__(self.message)
