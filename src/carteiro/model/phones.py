"""Phone numbers as values: international digits, as the wire has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from carteiro.errors import InvalidAddress, InvalidPhone, ValueTooLong

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
    """Read digits; where they are a number of some country, without its trunk zero.

    Raises ``ValueTooLong``, or ``InvalidAddress`` for anything else.
    """
    if len(text) > _LONGEST:
        raise ValueTooLong(f"A phone number has at most {_LONGEST} digits.")
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise InvalidAddress("A phone number is digits with the country's code in front.")
    return PhoneNumber(phone_spellings(text)[0])


def valid_phone(text: str) -> str:
    """The digits of a number that some country can have given, without its trunk zero.

    Raises ``InvalidPhone``.
    """
    if (read := _read(text)) is None:
        raise InvalidPhone
    return read[0]


def phone_spellings(text: str) -> tuple[str, ...]:
    """Every way in which one number is written; the first is the one that is stored.

    ``<country><national>`` and ``<country>0<national>`` are one number (sign-in details §0); digits
    that are no number are only themselves.
    """
    return _read(text) or (text,)


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[str, ...] | None:
    # The tables of all countries take a while to load, and who sends mail alone needs none.
    import phonenumbers  # noqa: PLC0415

    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(f"+{text}")
    except phonenumbers.NumberParseException:
        return None
    # Whether a number is allotted changes faster than tables do: its length has to be right.
    if not phonenumbers.is_possible_number(number):
        return None
    national = phonenumbers.national_significant_number(number)
    country = number.country_code
    if number.italian_leading_zero:
        return (f"{country}{national}",)
    return f"{country}{national}", f"{country}0{national}"
