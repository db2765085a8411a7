"""Phone numbers as values: international digits, as the wire has them."""

from __future__ import annotations

from dataclasses import dataclass

from carteiro.errors import InvalidAddress, ValueTooLong

_LONGEST = 32
_SHOWN = 2


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """One number: digits with the country's code in front, without ``+``."""

    digits: str

    def __str__(self) -> str:
        return self.digits

    @property
    def key(self) -> str:
        """What spellings of one number share; leading zeros are the exit code ``00``."""
        return f"+{self.digits.lstrip('0')}"

    @property
    def masked(self) -> str:
        """The number as a person may see it in a log: its last digits."""
        return f"***{self.digits[-_SHOWN:]}"


def parse_phone(text: str) -> PhoneNumber:
    """Read digits. Raises ``ValueTooLong``, or ``InvalidAddress`` for anything else."""
    if len(text) > _LONGEST:
        raise ValueTooLong(f"A phone number has at most {_LONGEST} digits.")
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise InvalidAddress("A phone number is digits with the country's code in front.")
    return PhoneNumber(text)
