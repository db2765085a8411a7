"""Break the code one place at a time and see whether a test turns red: `make mutants ROOM=secrets`.

Each run starts anew in `mutants/ROOM`, where `mutmut show NAME` prints what a survivor changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Room:
    """What is broken, and the tests that have to notice: the quick ones that know it best."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


# What decides without a database, a socket or a thread; the rest of the room only does it.
_PURE = (
    "gates/buckets",
    "gates/gate",
    "gates/suppression",
    "hands/fates",
    "hands/parcel",
    "hands/retries",
    "policy",
)
ROOMS = {
    "secrets": Room(("secrets.py",), ("unit/ground/test_secrets.py",)),
    "verification": Room(
        ("verification/*",),
        (
            "unit/verification",
            "integration/verification",
            "integration/library/test_codes.py",
            "integration/protection/test_codes.py",
        ),
    ),
    "oidc": Room(
        ("oidc/*",),
        (
            "unit/oidc",
            "integration/oidc/test_access_tokens.py",
            "integration/oidc/test_signing.py",
        ),
    ),
    "egress": Room(
        ("connectors/egress/*",),
        (
            "unit/connectors/test_egress.py",
            "unit/connectors/test_proxies.py",
            "integration/connectors/http/test_egress.py",
            "integration/connectors/http/test_proxy.py",
            "integration/connectors/smtp/test_guard.py",
            "integration/connectors/test_dialing.py",
        ),
    ),
    "delivery": Room(
        tuple(f"delivery/{name}.py" for name in _PURE),
        ("unit/delivery", "integration/protection/test_sending.py"),
    ),
    "workspaces": Room(
        ("delivery/workspaces/*", "delivery/compose.py"),
        (
            "unit/delivery/test_given_words.py",
            "unit/delivery/test_letterheads.py",
            "unit/delivery/test_signing_keys.py",
            "integration/delivery/test_workspaces.py",
            "integration/delivery/test_override_workspaces.py",
            "integration/delivery/test_compose.py",
        ),
    ),
    "previews": Room(
        ("delivery/coverage.py", "delivery/previews.py"),
        ("unit/delivery/test_coverage.py", "unit/delivery/test_previews_of_providers.py"),
    ),
    "senders": Room(("senders/*",), ("unit/senders",)),
    "webhooks": Room(("delivery/webhooks.py",), ("integration/delivery/test_webhook_attempts.py",)),
}
# Words for people (of an error that a programmer makes, of a log) are no behaviour.
_WORDS = (r"raise (ValueError|TypeError|AssertionError)\(", r"\b_?log(ger)?\.[a-z]+\(")
# Both databases run the same code of these rooms, so that one of them tells a mutant.
_ARGUMENTS = ("-p", "no:cacheprovider", "-k", "not postgresql")


def _settings(room: Room) -> str:
    """The table `tool.mutmut` for a room; a JSON string or list is a TOML one as well."""
    values = {
        "source_paths": ["src"],
        "also_copy": [entry.name for entry in _kept() if entry.name != "src"],
        "only_mutate": [f"src/carteiro/{name}" for name in room.files],
        "do_not_mutate_patterns": _WORDS,
        "process_isolation": "forkserver",
        "pytest_add_cli_args": _ARGUMENTS,
        "pytest_add_cli_args_test_selection": [f"tests/{name}" for name in room.tests],
    }
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())


def _kept() -> list[Path]:
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=_ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    names = {name.partition("/")[0] for name in listed if name}
    return sorted(_ROOT / name for name in names - {"pyproject.toml"})


def main(name: str, *arguments: str) -> int:
    """Run mutmut over one room; further arguments are its own. Its exit code, or 2."""
    room = ROOMS.get(name)
    if room is None:
        print(f"ROOM is one of: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    stage = _ROOT / "mutants" / name
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    for entry in _kept():
        (stage / entry.name).symlink_to(entry)
    project = (_ROOT / "pyproject.toml").read_text()
    (stage / "pyproject.toml").write_text(f"{project}\n[tool.mutmut]\n{_settings(room)}\n")
    mutmut = Path(sys.executable).parent / "mutmut"
    ran = subprocess.run((mutmut, "run", *arguments), cwd=stage, check=False)
    subprocess.run((mutmut, "results"), cwd=stage, check=False)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or [""]))
