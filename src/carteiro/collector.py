"""The garbage collector in a process that is ours alone."""

from __future__ import annotations

import gc

_COLLECT_EVERY = 20_000
"""How many more objects were made than freed before Python looks for cycles; its default is 700."""


def spare_the_collector() -> None:
    """Keep what was loaded out of every search for cycles, and search less often.

    A request or a message leaves hardly any cycles; looking for them through all of the
    application's classes, routes and schemas costs more than what they hold.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
