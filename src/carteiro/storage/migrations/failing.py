"""Why a migration failed, in one sentence."""

from __future__ import annotations

from carteiro.errors import CarteiroError, StorageUnavailable, StorageUnusable


def failure(cause: BaseException, *, hopeless: bool) -> CarteiroError:
    """The error to raise: waiting helps, unless it is ``hopeless``."""
    reason = str(cause.__cause__ or cause).splitlines()[0]
    kind = StorageUnusable if hopeless else StorageUnavailable
    return kind(f"The database cannot be migrated: {reason}.")
