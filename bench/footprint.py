"""What an installation brings: megabytes of the library beside those of everything."""

from __future__ import annotations

from importlib.metadata import distribution, requires

from packaging.requirements import Requirement


def measure() -> dict[str, float]:
    """Megabytes on disk of what an installation brings beside Carteiro itself."""
    extras = {"library": (), "server": ("server",), "all": ("server", "postgres", "ses", "otel")}
    return {name: _megabytes(_closure(set(wanted))) for name, wanted in extras.items()}


def _closure(extras: set[str]) -> set[str]:
    seen: set[str] = set()
    wanted = [("carteiro", extra) for extra in ("", *extras)]
    done: set[tuple[str, str]] = set()
    while wanted:
        name, extra = wanted.pop()
        if (name, extra) in done:
            continue
        done.add((name, extra))
        seen.add(name)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                inner = requirement.name.lower()
                wanted += [(inner, "")] + [(inner, further) for further in requirement.extras]
    return seen


def _megabytes(names: set[str]) -> float:
    total = 0
    for name in names:
        for file in distribution(name).files or ():
            path = file.locate()
            if path.is_file() and path.suffix != ".pyc":
                total += path.stat().st_size
    return total / 1_000_000
