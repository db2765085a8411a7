"""Showing a config without its secrets, and taking it back without losing them.

What is masked is known by its key's name, at any depth: a config may hold keys that no schema has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

MASK = "******"
_SECRET_KEY = re.compile(
    r"(key|keyid|secret|pass|password|passphrase|token|credentials?|authorization|pfx)$",
    re.IGNORECASE,
)


def is_secret_key(key: str) -> bool:
    """Whether what stands under such a key is secret."""
    return bool(_SECRET_KEY.search(key))


def mask(value: Any) -> Any:
    """A copy in which every secret is ``MASK``; its place stays visible."""
    if isinstance(value, dict):
        return {
            key: MASK if _SECRET_KEY.search(key) and inner else mask(inner)
            for key, inner in value.items()
        }
    return [mask(inner) for inner in value] if isinstance(value, list) else value


def unmask(value: Any, stored: Any) -> Any:
    """A copy in which every ``MASK`` is what is stored at the same place."""
    if isinstance(value, dict):
        known = stored if isinstance(stored, dict) else {}
        return {key: unmask(inner, known.get(key)) for key, inner in value.items()}
    if isinstance(value, list):
        known_items = stored if isinstance(stored, list) else []
        padded = [*known_items, *([None] * (len(value) - len(known_items)))]
        return [unmask(inner, padded[place]) for place, inner in enumerate(value)]
    return stored if value == MASK and stored is not None else value


_LOGGED_SECRET = re.compile(
    r"secret|password|apikey|privatekey|credential|cookie|token(hint)?$|^authorization$"
)
_LOGGED_FLAGS = {
    "passwordverified",
    "haspassword",
    "password",
    "ispasswordprimary",
    "ispasswordexpired",
}
_LOGGED_POLICIES = {"passwordpolicy", "passwordexpiration"}
_LOGGED_CODES = {"code", "verificationcode", "link"}


def masked_for_log(value: Any) -> Any:
    """A copy that may stand in the audit log (management API §3.10), at any depth.

    Secrets, codes and links become ``MASK``, scripts and environment variables are left out, NUL is
    dropped, and what JSON does not know is named by its text. An error's ``code`` is a name that we
    gave it and stays.
    """
    if isinstance(value, str):
        return value.replace("\x00", "")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (dict, Mapping)):
        shown = {}
        for key, inner in value.items():
            fate = _fate(key)
            if fate is _Fate.SHOWN:
                # Nearly every member is a text: each message is on record with several of them.
                text = isinstance(inner, str)
                shown[key] = inner.replace("\x00", "") if text else masked_for_log(inner)
            elif fate is not _Fate.DROPPED:
                shown[key] = _masked_member(fate, inner)
        return shown
    if isinstance(value, (list, tuple)):
        return [masked_for_log(inner) for inner in value]
    return str(value).replace("\x00", "")


class _Fate(Enum):
    """What becomes of a member, by its name."""

    SHOWN = "shown"
    """It is looked into."""
    KEPT = "kept"
    """It is ours, and stays as it is."""
    FLAG = "flag"
    """It stays if it is a flag."""
    CODE = "code"
    """It is masked if it is a text."""
    NAMED = "named"
    """It stays if it is a name and nothing else."""
    MASKED = "masked"
    DROPPED = "dropped"


def _masked_member(fate: _Fate, inner: Any) -> Any:
    match fate:
        case _Fate.KEPT:
            return inner
        case _Fate.FLAG if isinstance(inner, bool):
            return inner
        case _Fate.NAMED if isinstance(inner, Mapping) and set(inner) == {"name"}:
            return masked_for_log(inner)
        case _Fate.CODE if not isinstance(inner, str):
            return masked_for_log(inner)
        case _:
            return MASK


@lru_cache(maxsize=1024)
def _fate(key: str) -> _Fate:
    name = key.replace("_", "").replace("-", "").lower()
    if name.startswith("script") or name.endswith("script") or "environmentvariables" in name:
        return _Fate.DROPPED
    if name == "error":
        return _Fate.KEPT
    if name in _LOGGED_FLAGS:
        return _Fate.FLAG
    if name in _LOGGED_POLICIES:
        return _Fate.SHOWN
    if name == "applicationsecret":
        return _Fate.NAMED
    if _LOGGED_SECRET.search(name):
        return _Fate.MASKED
    return _Fate.CODE if name in _LOGGED_CODES else _Fate.SHOWN
