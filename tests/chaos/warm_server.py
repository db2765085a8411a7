"""``carteiro serve`` at once: forked from a process in which everything is imported already.

It reads a line for each thing to do: ``start`` answers with the pid of a new server, ``reap`` waits
until the last one has ended.
"""

from __future__ import annotations

import os
import sys

import uvicorn  # noqa: F401 - what `serve` imports once it runs

import carteiro.app  # noqa: F401
from carteiro.cli import main


def serve() -> None:
    """Be a server, without a way to what started it."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.argv = ["carteiro", "serve"]
    main()


pid = 0
for line in sys.stdin:
    if line.strip() == "reap":
        os.waitpid(pid, 0)
        print("gone", flush=True)
    elif pid := os.fork():
        print(pid, flush=True)
    else:
        serve()
