"""What a change did, for the audit log: the members that differ, before and after, and no secrets.

What is secret by its name is masked on both sides, addresses are masked as everywhere in the log,
a URL loses what may let somebody in. Long texts are named by their length and a digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from carteiro.errors import CarteiroError
from carteiro.model.addresses import parse_address
from carteiro.model.masking import MASK, is_secret_key
from carteiro.model.phones import parse_phone

_UNTOLD = frozenset({"tenantId", "updatedAt"})
"""Members of rows that say nothing of a change."""
_ADDRESSES = frozenset({"email", "primaryEmail", "invitee", "recipient", "identifiers"})
_PHONES = frozenset({"phone", "primaryPhone"})
_USER_INFO = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"(?<==)[^&#\s]+")
_LONGEST = 200
_SHOWN = 80
_DEEPEST = 6
_MOST = 50
_LARGEST = 16_000


def difference(before: Any, after: Any) -> dict[str, Any]:
    """``before`` and ``after`` as far as they differ; ``None`` is what was not, or is no more.

    Either is a row or a mapping. Lists of names tell which of them went and which came.
    """
    old, new = _plain(before), _plain(after)
    if old is None or new is None:
        old, new = _given(old), _given(new)
    else:
        old, new = _apart(old, new)
    shown = {
        name: _told(value) for name, value in (("before", old), ("after", new)) if value is not None
    }
    size = len(json.dumps(shown, default=str))
    if size > _LARGEST:
        return {name: {"fields": sorted(value)[:_MOST]} for name, value in shown.items()}
    return shown


def _plain(value: Any) -> dict[str, Any] | None:
    """Members by their names on the wire; what is sealed is left out, JSON is read."""
    if value is None:
        return None
    if is_dataclass(value):
        members = {entry.name: getattr(value, entry.name) for entry in fields(value)}
        sealed = {name for name, member in members.items() if isinstance(member, bytes)}
        value = {
            to_camel(name): _read(member) for name, member in members.items() if name not in sealed
        }
    return {name: member for name, member in value.items() if name not in _UNTOLD}


def _given(members: dict[str, Any] | None) -> dict[str, Any] | None:
    """What says something, of a thing that came or went as a whole."""
    if members is None:
        return None
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def _read(member: Any) -> Any:
    if isinstance(member, str) and member[:1] in {"{", "["}:
        try:
            return json.loads(member)
        except ValueError:
            return member
    return member


def _apart(old: Any, new: Any) -> tuple[Any, Any]:
    """Both without what they share."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        pairs = {
            name: _apart(old.get(name), new.get(name))
            for name in (*old, *(name for name in new if name not in old))
            if old.get(name) != new.get(name)
        }
        return (
            {name: pair[0] for name, pair in pairs.items() if name in old},
            {name: pair[1] for name, pair in pairs.items() if name in new},
        )
    if _names(old) and _names(new) and set(old) != set(new):
        return [one for one in old if one not in new], [one for one in new if one not in old]
    return old, new


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _told(value: Any, name: str = "", depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        kept = list(value.items())[:_MOST]
        return {
            key: MASK if _is_secret(key, member) else _told(member, key, depth + 1)
            for key, member in kept
        }
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_told(one, name, depth + 1) for one in value[:_MOST]]
    return _text(value, name) if isinstance(value, str) else value


def _is_secret(key: str, member: Any) -> bool:
    """A flag under such a name says whether there is a secret, or whether one is asked for."""
    return bool(member) and not isinstance(member, bool) and is_secret_key(key)


def _text(value: str, name: str) -> str:
    if name in _ADDRESSES or name in _PHONES:
        return _masked(value)
    value = without_way_in(value)
    if len(value) <= _LONGEST:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{value[:_SHOWN]}… ({len(value)} characters, sha256 {digest})"


def without_way_in(value: str) -> str:
    """A URL without what may let somebody in: a user's name and password, values of its query."""
    if "://" not in value[:32]:
        return value
    return _QUERY.sub(MASK, _USER_INFO.sub(f"{MASK}@", value, count=1))


def _masked(value: str) -> str:
    try:
        return parse_phone(value).masked if value.isdigit() else parse_address(value).masked
    except CarteiroError:
        return MASK
