"""What a log may say of a database's error: never its sentence, which may quote a value."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Its class, and what standards call it: SQLSTATE, SQLite's name or the system's text."""
    for name in ("sqlstate", "sqlite_errorname", "strerror"):
        if known := getattr(error, name, None):
            return f"{type(error).__name__} {known}"
    return type(error).__name__
