"""What the pages of one interaction remember: what was typed, what there is to say, what was done.

No password and no code is ever among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from carteiro.experience.proofs import Identifier, IdentifierType


@dataclass(frozen=True, slots=True)
class Said:
    """A text by its key, with what is put into it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Said, ...] = ()
    """What is to be said behind it."""

    def to_wire(self) -> dict[str, Any]:
        """As it is stored."""
        also = [one.to_wire() for one in self.also]
        return {"key": self.key, "values": dict(self.values), **({"also": also} if also else {})}

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> Said:
        """Read what ``to_wire`` wrote."""
        also = tuple(cls.from_wire(one) for one in stored.get("also", ()))
        return cls(stored["key"], stored["values"], also)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenState:
    """What is remembered.

    ``typed`` is the identifier as it was typed, ``identifier`` as it was understood. ``screen`` is
    the path of the page that ``errors`` (by field), ``toast`` and ``question`` are for. ``next_at``
    is when the next code may be asked for, in milliseconds since the epoch. ``agreed`` says that
    the terms were accepted here. ``notes`` are a journey's own.
    ``submission`` is the form that is being worked on since ``begun_at``, or was: then ``outcome``
    is where it led.
    """

    typed: str = ""
    identifier: Identifier | None = None
    screen: str = ""
    errors: Mapping[str, Said] = field(default_factory=dict)
    toast: Said | None = None
    question: str | None = None
    next_at: int | None = None
    agreed: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)
    submission: str = ""
    begun_at: int = 0
    outcome: str | None = None

    def on(self, screen: str) -> Self:
        """What there is to say on this page: nothing that was meant for another."""
        return self if self.screen in {"", screen} else self.quiet()

    def quiet(self) -> Self:
        """The same without anything to say."""
        return replace(self, screen="", errors={}, toast=None, question=None)

    def saying(
        self,
        screen: str,
        *,
        toast: Said | None = None,
        question: str | None = None,
        wrong: Mapping[str, Said] | None = None,
        **errors: Said,
    ) -> Self:
        """The same with something to say on the page ``screen``; ``errors`` by field."""
        said = {**(wrong or {}), **errors}
        return replace(self, screen=screen, errors=said, toast=toast, question=question)

    def to_wire(self) -> dict[str, Any]:
        """As it is stored."""
        known = {
            "typed": self.typed,
            "identifier": None if self.identifier is None else self.identifier.to_wire(),
            "screen": self.screen,
            "errors": {name: said.to_wire() for name, said in self.errors.items()},
            "toast": None if self.toast is None else self.toast.to_wire(),
            "question": self.question,
            "nextAt": self.next_at,
            "agreed": self.agreed,
            "notes": dict(self.notes),
            "submission": self.submission,
            "begunAt": self.begun_at,
            "outcome": self.outcome,
        }
        return {name: value for name, value in known.items() if value}

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_wire`` wrote."""
        given = stored.get("identifier")
        return cls(
            typed=stored.get("typed", ""),
            identifier=given and Identifier(IdentifierType(given["type"]), given["value"]),
            screen=stored.get("screen", ""),
            errors={name: Said.from_wire(one) for name, one in stored.get("errors", {}).items()},
            toast=Said.from_wire(stored["toast"]) if "toast" in stored else None,
            question=stored.get("question"),
            next_at=stored.get("nextAt"),
            agreed=stored.get("agreed", False),
            notes=stored.get("notes", {}),
            submission=stored.get("submission", ""),
            begun_at=stored.get("begunAt", 0),
            outcome=stored.get("outcome"),
        )
