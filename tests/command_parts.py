"""The command line as a process of its own, without waiting for Python to import it each time."""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

_WARM = Path(__file__).with_name("warm_cli.py")
_AT_MOST_S = 180


def carteiro(
    *arguments: str,
    folder: Path,
    before: Callable[[], None] | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with no setting but those given. ``before`` starts it cold."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARTEIRO_")}
    given = {**clean, "COLUMNS": "120", **environment}
    command = [sys.executable, "-m", "carteiro", *arguments]
    if before is None:
        return _warm(command, folder, given)
    return subprocess.run(
        command,
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=_AT_MOST_S,
        preexec_fn=before,
    )


def _warm(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as outputs, socket.socket(socket.AF_UNIX) as wire:
        out, err = Path(outputs, "out"), Path(outputs, "err")
        asked = {
            "arguments": command[3:],
            "folder": str(folder),
            "environment": environment,
            "out": str(out),
            "err": str(err),
        }
        wire.settimeout(_AT_MOST_S)
        wire.connect(_listening())
        with wire.makefile("rw") as lines:
            lines.write(json.dumps(asked) + "\n")
            lines.flush()
            pid = int(lines.readline())
            try:
                status = int(lines.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(
            command, status, out.read_text("utf-8"), err.read_text("utf-8")
        )


@functools.cache
def _listening() -> str:
    """The socket of this test process's warm one, which ends with it."""
    path = Path(tempfile.mkdtemp(prefix="carteiro-warm-"), "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        number = listening.fileno()
        command = [sys.executable, str(_WARM), str(number)]
        process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.PIPE)
    atexit.register(process.communicate)  # it ends with its input
    return str(path)
