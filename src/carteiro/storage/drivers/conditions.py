"""A search as SQL: pieces that are fixed, and arguments for all that was asked.

People have keys of their own to be found by (``user_search``); things are found by what they show.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from carteiro.model.search import Condition, Search, SearchMode, ThingField
from carteiro.storage.drivers.matching import require_pattern

_OPERATORS = {
    SearchMode.LIKE: "{column} LIKE CAST(:{value} AS VARCHAR)",
    SearchMode.EXACT: "{column} = CAST(:{value} AS VARCHAR)",
    SearchMode.SIMILAR_TO: "{column} SIMILAR TO CAST(:{value} AS VARCHAR)",
    SearchMode.POSIX: "{column} ~ CAST(:{value} AS VARCHAR)",
}


def lowered(mode: SearchMode, value: str) -> str:
    """A value as it is compared where case does not count."""
    del mode
    return unicodedata.normalize("NFC", value.lower())


def _plain(value: str) -> str:
    del value
    return "value"


def shape_of(
    search: Search,
    *,
    folded: Callable[[SearchMode, str], str] = lowered,
    kind: Callable[[str], str] = _plain,
) -> tuple[Search, dict[str, Any]]:
    """The search with names of arguments in place of values, and the values.

    ``folded`` makes a value comparable where case does not count, ``kind`` begins its name. Raises
    ``InvalidRequestInput`` for a pattern that cannot be read.
    """
    values: dict[str, Any] = {}
    conditions = []
    for place, condition in enumerate(search.conditions):
        names = []
        for number, value in enumerate(condition.values):
            if condition.mode is not SearchMode.EXACT:
                require_pattern(condition.mode, value)
            name = f"{kind(value)}_{_letters(place)}_{_letters(number)}"
            values[name] = value if search.case_sensitive else folded(condition.mode, value)
            names.append(name)
        conditions.append(Condition(condition.fields, condition.mode, tuple(names)))
    return replace(search, conditions=tuple(conditions)), values


def compare(
    mode: SearchMode, column: str, value: str, case_sensitive: bool, *, sqlite: bool
) -> str:
    """One column against the argument of one value."""
    if sqlite and mode is not SearchMode.EXACT:
        return f"carteiro_matches('{mode}', :{value}, {int(case_sensitive)}, {column})"
    return _OPERATORS[mode].format(column=column, value=value)


def of_things(shape: Search, table: str, *, sqlite: bool) -> str:
    """The condition of a shape over a table with ``ThingField``'s columns; it may be ``TRUE``."""
    wanted = [_of_things(condition, shape, table, sqlite=sqlite) for condition in shape.conditions]
    return f"({f' {shape.joint.upper()} '.join(wanted)})" if wanted else "TRUE"


def _of_things(condition: Condition, shape: Search, table: str, *, sqlite: bool) -> str:
    ways = [
        compare(
            condition.mode,
            _column(ThingField(field), table, condition.mode, shape.case_sensitive, sqlite=sqlite),
            value,
            shape.case_sensitive,
            sqlite=sqlite,
        )
        for field in condition.fields
        for value in condition.values
    ]
    return f"({' OR '.join(ways)})"


def _column(
    field: ThingField, table: str, mode: SearchMode, case_sensitive: bool, *, sqlite: bool
) -> str:
    """What is compared; SQLite's own matching takes care of the case by itself."""
    column = f"{table}.{field}"
    matched = sqlite and mode is not SearchMode.EXACT
    return column if case_sensitive or matched else f"lower({column})"


def _letters(number: int) -> str:
    """A number in letters: arguments have no digits."""
    text = chr(ord("a") + number % 26)
    return text if number < 26 else _letters(number // 26 - 1) + text
