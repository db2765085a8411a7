"""Reading and writing the folder of a configuration; nothing outside of it is ever touched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from carteiro.errors import BrokenConfiguration
from carteiro.model.unicode import is_whole

_LARGEST = 5 * 1024 * 1024
_OURS = {"carteiro.yaml", "sign-in-experience.yaml", "organization-roles.yaml", "dkim.yaml"}
_FOLDERS = {"settings", "connectors", "languages", "templates", "overrides"}


def read_folder(folder: Path) -> dict[str, str]:
    """The files by path. Raises ``BrokenConfiguration`` for what is not plain text in there."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0].startswith(".") or path.name.lower().startswith("readme"):
            continue
        if path.is_symlink():
            raise BrokenConfiguration(name, 1, "links are not followed")
        if path.is_file():
            files[name] = _read(path, name)
    if not folder.is_dir():
        raise BrokenConfiguration(str(folder), 1, "there is no such folder")
    return files


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files and delete those of ours that are no more; what else is there stays.

    Everything is written beside it first, so a full disk leaves the folder as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        for name, text in files.items():
            path = Path(aside) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        for name in _FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in _OURS - files.keys():
            (folder / name).unlink(missing_ok=True)
        shutil.copytree(aside, folder, dirs_exist_ok=True)


def read_secrets(path: Path) -> dict[str, Any]:
    """A YAML file of places and values; only its owner may read it.

    Raises ``BrokenConfiguration``, without a value in the message.
    """
    if path.stat().st_mode & 0o077:
        raise BrokenConfiguration(str(path), 1, "others can read this file: chmod 600 it")
    try:
        value = yaml.safe_load(_read(path, str(path)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise BrokenConfiguration(str(path), line, "this is not YAML") from None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise BrokenConfiguration(str(path), 1, "expected places and values")
    if not all(is_whole(text) for text in (*value, *value.values()) if isinstance(text, str)):
        raise BrokenConfiguration(str(path), 1, "there is half a character")
    return value


def _read(path: Path, name: str) -> str:
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise BrokenConfiguration(name, 1, f"the file is larger than {_LARGEST >> 20} MB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BrokenConfiguration(name, line, "this is not UTF-8") from None
    if "\x00" in text:
        raise BrokenConfiguration(
            name, text[: text.index("\x00")].count("\n") + 1, "there is a NUL"
        )
    return text
