"""What an operation answers, as the OpenAPI document tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The shape of a body, if there is one.

    ``otherwise`` are the shapes of answers with an error's status that have a body of their own;
    ``also`` is a second status with which the operation succeeds; what is plain is a word and no
    JSON; ``file`` is the media type of what is neither.
    """

    body: Any = None
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    also: str | None = None
    is_plain: bool = False
    file: str | None = None

    @classmethod
    def of(cls, said: Any) -> Answer:
        """From a shape alone, or from what is an answer already."""
        return said if isinstance(said, Answer) else cls(body=said)
