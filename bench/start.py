"""What starting costs: the help beside the server's first answer, a worker beside its engine."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from carteiro.testing.postgres import PostgresServer, free_port

ROUNDS = 5
ENGINE = "import asyncpg, pgqueuer"


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


def _working(environment: dict[str, str]) -> float:
    """Until a worker says that it works."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "carteiro", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if '"working"' in line)
        elapsed = time.perf_counter() - begin
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    return elapsed


def _bare() -> float:
    """Until an interpreter has loaded the engine and its driver."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", ENGINE], check=True)
    return time.perf_counter() - begin


def worker() -> dict[str, float]:
    """Seconds, as medians of interleaved rounds."""
    server = PostgresServer()
    try:
        environment = {
            **os.environ,
            "CARTEIRO_DATABASE_URL": server.dsn("start"),
            "CARTEIRO_SECRET_KEYS": "bench:" + "A" * 43 + "=",
        }
        migrate = [sys.executable, "-m", "carteiro", "migrate", "--quiet"]
        subprocess.run(migrate, env=environment, check=True)
        _working(environment)
        rounds = [(_working(environment), _bare()) for _ in range(ROUNDS)]
    finally:
        server.stop()
    starts, bares = zip(*rounds, strict=True)
    return {"worker": statistics.median(starts), "bare": statistics.median(bares)}


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
