"""What the lint says: one finding for each thing to mend, with its place in the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import Any

from carteiro.templates.checks.rules import RULES, Severity

__all__ = ["Field", "Finding", "Severity", "as_told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend. ``where`` is the template's field; line and column count from 1.

    ``clients`` names the mail clients that cannot show it, ``share`` is their part of those that
    anybody has tried, from 0 to 1; ``advice`` says what to do, and stands in the message too.
    """

    severity: Severity
    code: str
    message: str
    where: str
    line: int
    column: int
    clients: tuple[str, ...] = ()
    share: float | None = None
    advice: str = ""


def as_told(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it, on the command line and in the API."""
    return {**asdict(finding), "clients": list(finding.clients)}


class Field:
    """A field of the template, in which a position is a line and a column."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]

    def finding(
        self,
        severity: Severity,
        code: str,
        message: str,
        position: int = 0,
        *,
        clients: tuple[str, ...] = (),
        share: float | None = None,
        advice: str = "",
    ) -> Finding:
        """A finding at a position of the text; the advice is added to the message."""
        assert code in RULES, code
        line = bisect_right(self._starts, position)
        return Finding(
            severity=severity,
            code=code,
            message=f"{message} {advice}" if advice else message,
            where=self.name,
            line=line,
            column=position - self._starts[line - 1] + 1,
            clients=clients,
            share=share,
            advice=advice,
        )
