"""The garbage collector in a process that is ours alone."""

from __future__ import annotations

import gc

_COLLECT_EVERY = 20_000
"""How many more objects were made than freed before Python looks for cycles; its default is 700."""


def hold_the_collector() -> None:
    """Look for no cycles while the application is loaded: a tenth of a start was spent on it."""
    gc.disable()


def spare_the_collector() -> None:
    """Keep what was loaded out of every search for cycles, and search less often.

    A request or a message leaves hardly any cycles; looking for them through all of the
    application's classes, routes and schemas costs more than what they hold. Half a megabyte of
    cycles that loading left is kept as well: looking for it would take as long as loading a tenth.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(_COLLECT_EVERY)
