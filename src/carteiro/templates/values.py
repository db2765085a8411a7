"""What a variable holds, and how it reads as text (connectors §1.4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def look_up(values: Any, path: str) -> Any:
    """What stands at a dotted path, or ``None``."""
    for step in path.split("."):
        values = step_into(values, step)
    return values


def step_into(value: Any, step: str) -> Any:
    """What ``value`` has under ``step``: a member, or an element by position; else ``None``."""
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, (list, tuple)) and _is_position(step):
        position = int(step)
        return value[position] if position < len(value) else None
    return None


def _is_position(step: str) -> bool:
    """Whether a list of JSON has a member of this name: no sign, no leading zero."""
    return step.isdecimal() and len(step) < 10 and (step[0] != "0" or step == "0")


def text_of(value: Any) -> str:
    """A JSON value in the words of the wire, which are those of ECMAScript's ``String``.

    Nothing for ``None``, ``true``, numbers without a needless ``.0``, lists joined by commas,
    ``[object Object]`` for what has members.
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, (list, tuple)):
        return ",".join(text_of(leaf) for leaf in _leaves(value))
    return str(value)


def _leaves(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """Every element in order, lists opened; an empty list counts as one empty element.

    Not recursive: how deep a list is nested is the caller's choice.
    """
    leaves, waiting = [], [*reversed(values)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (list, tuple)) and value:
            waiting.extend(reversed(value))
        else:
            leaves.append(None if isinstance(value, (list, tuple)) else value)
    return leaves


def _number(value: float) -> str:
    """ECMAScript's Number::toString, base ten: exponents from 1e21 up and below 1e-6."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    if value == 0:
        return "0"
    negative, parts, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits, sign = "".join(map(str, parts)), "-" if negative else ""
    point = len(digits) + int(exponent)
    if len(digits) <= point <= 21:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"
