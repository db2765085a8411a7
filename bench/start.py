"""What starting costs: the help beside the server's first answer, and the server's memory."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from carteiro.testing.postgres import free_port

ROUNDS = 5


def _help(environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "carteiro", "--help"],
        env=environment,
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - begin


def _first_answer(environment: dict[str, str], port: int) -> float:
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "carteiro", "serve"], env=environment)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status")
            break
        except OSError:
            time.sleep(0.005)
    elapsed = time.perf_counter() - begin
    process.send_signal(signal.SIGTERM)
    process.wait()
    return elapsed


def measure() -> dict[str, float]:
    """Seconds, as medians; what counts is their ratio."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "CARTEIRO_DATABASE_URL": f"sqlite:///{folder}/start.db",
            "CARTEIRO_PORT": str(port),
            "CARTEIRO_LOG_LEVEL": "warning",
        }
        _first_answer(environment, port)
        helps, answers = [], []
        for _ in range(ROUNDS):
            helps.append(_help(environment))
            answers.append(_first_answer(environment, port))
    return {"help": statistics.median(helps), "first_answer": statistics.median(answers)}
