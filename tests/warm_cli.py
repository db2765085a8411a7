"""``python -m carteiro`` at once: forked from a process in which everything is imported already.

It listens on the socket that it inherits, until what started it closes its standard input. Each
connection is one command: a line of JSON, answered with the pid, and the exit status at its end.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys

import uvicorn  # noqa: F401 - what `serve` imports once it runs

import carteiro.app
import carteiro.cli as commands
import carteiro.storage.migrations.run  # noqa: F401

for module in pkgutil.walk_packages(commands.__path__, "carteiro.cli."):
    importlib.import_module(module.name)


def be(asked: dict[str, object]) -> None:
    """Become the command: its folder, environment and outputs, and nobody else's."""
    os.chdir(str(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["environment"])  # type: ignore[call-overload]
    for number, path in enumerate((os.devnull, asked["out"], asked["err"])):
        flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
        os.dup2(os.open(str(path), flags), number)
    sys.argv = ["carteiro", *asked["arguments"]]  # type: ignore[misc]
    commands.main()


def wait_for_commands(listening: socket.socket) -> None:
    """Fork for each command; in the process of the command this returns, when it is over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        connection, _ = listening.accept()
        if os.fork():
            connection.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listening.close()
        with connection, connection.makefile("rw") as wire:
            asked = json.loads(wire.readline())
            if pid := os.fork():
                wire.write(f"{pid}\n")
                wire.flush()
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                wire.write(f"{status}\n")
                wire.flush()
                os._exit(0)
        be(asked)
        return


if __name__ == "__main__":
    wait_for_commands(socket.socket(fileno=int(sys.argv[1])))
