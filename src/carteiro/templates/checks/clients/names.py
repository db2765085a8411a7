"""Naming mail clients in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from carteiro.templates.checks.clients.support import clients

_FAMILIES = ("Gmail", "Outlook", "Apple Mail", "Samsung Email", "Yahoo Mail")


def named(some: Sequence[str]) -> str:
    """The clients, a whole family by its name: ``Gmail, Outlook for Windows and Yahoo Mail``."""
    names = list[str]()
    for family in _FAMILIES:
        members = [name for name in clients() if family in name]
        found = [name for name in members if name in some]
        names += [family] if found == members else found
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
