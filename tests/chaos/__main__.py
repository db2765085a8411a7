"""`make chaos`: the long form, on both databases."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from carteiro.testing.postgres import PostgresServer
from chaos.harness import Chaos, Plan, verdict

MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "10000"))
STORM = Plan(
    messages=MESSAGES,
    serves=4,
    workers=4,
    kill_every=1,
    restart_database=True,
    cut_connections=True,
)
CALM = Plan(
    messages=MESSAGES,
    serves=2,
    workers=8,
    faults=False,
)
ALONE = Plan(
    messages=MESSAGES,
    serves=1,
    kill_every=1,
)


def main() -> int:
    """Run all three; 1 when something was lost, sent twice without a reason, or left open."""
    wrong = 0
    plans = [
        ("4 serve, 4 worker, one killed every second, database restarted, connections cut", STORM),
        ("8 workers and nothing breaks", CALM),
        ("SQLite, one process, killed every second", ALONE),
    ]
    for title, plan in plans:
        postgres = PostgresServer() if plan.workers else None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = postgres.dsn("chaos") if postgres else f"sqlite:///{folder}/chaos.db"
            try:
                report = asyncio.run(Chaos(plan, url, folder, postgres).run())
            finally:
                if postgres:
                    postgres.stop()
        problems = verdict(report)
        sys.stdout.write(f"{title}\n{report}\n{'; '.join(problems) or 'as it should be'}\n\n")
        wrong += len(problems)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
