"""The configured keys: read from the settings or their file, and the file written."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from carteiro.errors import InvalidSettings, KeyRefused
from carteiro.private_files import make_file
from carteiro.secrets import Key, Keyring
from carteiro.settings import Settings

_KEY_BYTES = 32
_log = structlog.get_logger("carteiro")


def read(settings: Settings) -> Keyring | None:
    """Read the keys; ``None`` where SQLite's own key file is not there. Nothing is made here.

    Raises ``InvalidSettings``.
    """
    if settings.secret_keys is not None:
        return Keyring(_parse(settings.secret_keys.get_secret_value().split(",")))
    path = path_of(settings)
    if path is None:
        raise InvalidSettings(
            "On PostgreSQL set CARTEIRO_SECRET_KEYS or CARTEIRO_SECRET_KEY_FILE: every process "
            "needs the same keys."
        )
    if settings.secret_key_file is None and not path.exists():
        return None
    return Keyring(_parse(_lines(path)))


def path_of(settings: Settings) -> Path | None:
    """The file that the keys are read from, there or not; ``None`` where it is a setting."""
    if settings.secret_keys is not None:
        return None
    if settings.secret_key_file is None and settings.sqlite_path is not None:
        return settings.sqlite_path.with_name("carteiro.key")
    return settings.secret_key_file


def new_key() -> str:
    """A fresh key, as the settings take it."""
    return f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def make(settings: Settings) -> Keyring:
    """Make SQLite's key file, whole or not at all; where two start at once, the first one's stays.

    Raises ``InvalidSettings``.
    """
    path = path_of(settings)
    assert path is not None
    draft = _draft_of(path)
    try:
        _write(draft, [new_key()])
        with suppress(FileExistsError):
            os.link(draft, path)
            _log.info("made a key file", path=str(path))
    except OSError as error:
        raise InvalidSettings(f"The key file {path} cannot be made: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return Keyring(_parse(_lines(path)))


def put_first(path: Path, entry: str) -> None:
    """Make a key the newest of a file. Raises ``KeyRefused``: the file is as it was then."""
    _replace(path, [entry, *_lines(path)])


def drop(path: Path, key_id: str) -> None:
    """Take a key out of a file. Raises ``KeyRefused``: the file is as it was then."""
    kept = [line for line in _lines(path) if line.strip().partition(":")[0] != key_id]
    _replace(path, kept)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InvalidSettings(f"The key file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise InvalidSettings(f"The key file {path} is not text.") from None


def _parse(entries: Sequence[str]) -> list[Key]:
    keys: list[Key] = []
    for entry in entries:
        text = entry.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, encoded = text.partition(":")
        try:
            keys.append(Key(name, base64.b64decode(encoded, validate=True)))
        except (ValueError, binascii.Error):
            raise InvalidSettings(
                f"Key {name if separator else '?'!r}: expected id:base64 of at least 32 bytes."
            ) from None
    if not keys:
        raise InvalidSettings("No secret key is configured.")
    if len({key.id for key in keys}) < len(keys):
        raise InvalidSettings("Two keys are configured under one id.")
    return keys


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _write(path: Path, lines: Sequence[str]) -> None:
    make_file(path, "".join(f"{line}\n" for line in lines).encode(), durable=True)


def _replace(path: Path, lines: Sequence[str]) -> None:
    """Whole or not at all, for the same owner and group; nobody else reads it from now on."""
    path = path.resolve()
    draft = _draft_of(path)
    try:
        before = path.stat()
        _write(draft, lines)
        with suppress(PermissionError):
            os.chown(draft, before.st_uid, before.st_gid)
        draft.chmod(before.st_mode & 0o770)
        draft.replace(path)
    except OSError as error:
        raise KeyRefused(
            f"The key file {path} cannot be written: {error.strerror}. Nothing was changed."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
