"""A configuration as a folder of files: readable, diffable, the same for the same configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.snapshot import Json, Snapshot
from carteiro.flows.administer.configuration.stored_overrides import (
    KINDS,
    OverrideKey,
    Templates,
)
from carteiro.flows.administer.configuration.yaml_files import read_yaml, write_yaml
from carteiro.model.kinds import TemplateType
from carteiro.model.message import ContentType

FORMAT = 1
"""The version of the format, in ``carteiro.yaml``."""
_ABOUT = "carteiro.yaml"
_EXPERIENCE = "sign-in-experience.yaml"
_ROLES = "organization-roles.yaml"
DKIM = "dkim.yaml"
_OVERRIDES = "overrides"
_SENDER = "sender.yaml"
_FENCE = "---\n"
_FRONT = ("replyTo", "sendFrom", "subject")
_LONGEST_DOMAIN = 253
_SUFFIXES = {".html": ContentType.HTML, ".txt": ContentType.PLAIN}
_TYPES = {kind.value for kind in TemplateType}


def to_files(snapshot: Snapshot) -> dict[str, str]:
    """The files by path."""
    files = {_ABOUT: write_yaml({"format": FORMAT})}
    if snapshot.experience:
        files[_EXPERIENCE] = write_yaml(dict(snapshot.experience))
    if snapshot.organization_roles:
        files[_ROLES] = write_yaml({k: dict(v) for k, v in snapshot.organization_roles.items()})
    if snapshot.dkim:
        files[DKIM] = write_yaml({domain: dict(one) for domain, one in snapshot.dkim.items()})
    for folder, parts in (
        ("settings", snapshot.settings),
        ("connectors", snapshot.connectors),
        ("languages", snapshot.languages),
    ):
        for name, value in parts.items():
            files[f"{folder}/{_to_name(name)}.yaml"] = write_yaml(dict(value))
    _write_templates(files, "", snapshot.templates)
    for key, sender in snapshot.overrides.items():
        files[path_of_sender(key)] = write_yaml(dict(sender))
    for key, words in snapshot.override_templates.items():
        _write_templates(files, folder_of(key), words)
    return dict(sorted(files.items()))


def from_files(files: Mapping[str, str]) -> Snapshot:
    """Read the files. Raises ``BrokenConfiguration`` with file and line."""
    parts: dict[str, dict[Any, Any]] = {
        name: {} for name in ("settings", "connectors", "languages", "templates")
    }
    single: dict[str, Json] = {}
    senders: dict[OverrideKey, Json] = {}
    words: dict[OverrideKey, dict[Any, Any]] = {}
    for path, text in sorted(files.items()):
        folder, _, rest = path.partition("/")
        if path in {_ABOUT, _EXPERIENCE, _ROLES, DKIM}:
            single[path] = _object(path, text)
        elif folder == "templates":
            _template(path, rest, text, parts["templates"])
        elif folder == _OVERRIDES:
            _override(path, text, senders, words)
        elif folder in parts and rest.endswith(".yaml") and "/" not in rest:
            parts[folder][_from_name(rest.removesuffix(".yaml"))] = _object(path, text)
        else:
            raise BrokenConfiguration(path, 1, "this file is no part of a configuration")
    _require_format(single.get(_ABOUT))
    roles = single.get(_ROLES, {})
    return Snapshot(
        experience=single.get(_EXPERIENCE, {}),
        organization_roles=roles,
        settings=parts["settings"],
        connectors=parts["connectors"],
        languages=parts["languages"],
        templates=parts["templates"],
        overrides=senders,
        override_templates=words,
        dkim=_domains(single.get(DKIM, {})),
        sources=dict(files),
    )


def path_of_template(tag: str, kind: str, details: Json, within: str = "") -> str:
    """Where a template stands: among the tenant's, or ``within`` the folder of an override."""
    suffix = ".txt" if details.get("contentType") == ContentType.PLAIN else ".html"
    return f"{within}templates/{_to_name(tag)}/{kind}{suffix}"


def folder_of(key: OverrideKey) -> str:
    """Where an override stands."""
    return f"{_OVERRIDES}/{key[0]}/{_to_name(key[1])}/"


def path_of_sender(key: OverrideKey) -> str:
    """Where it says who its mails are from."""
    return f"{folder_of(key)}{_SENDER}"


def _write_templates(files: dict[str, str], within: str, templates: Templates) -> None:
    for (tag, kind), details in templates.items():
        front = {name: details[name] for name in _FRONT if name in details}
        text = f"{_FENCE}{write_yaml(front)}{_FENCE}{details['content']}"
        files[path_of_template(tag, kind, details, within)] = text


def _override(
    path: str,
    text: str,
    senders: dict[OverrideKey, Json],
    words: dict[OverrideKey, dict[Any, Any]],
) -> None:
    _, owners, name, place = (*path.split("/", 3), "", "", "")[:4]
    if owners not in KINDS or not name or not place:
        expected = f"{_OVERRIDES}/organizations/<id>/ or {_OVERRIDES}/applications/<id>/"
        raise BrokenConfiguration(path, 1, f"an override stands in {expected}")
    key = (owners, _from_name(name))
    if place == _SENDER:
        senders[key] = _object(path, text)
    elif place.startswith("templates/"):
        _template(path, place.removeprefix("templates/"), text, words.setdefault(key, {}))
    else:
        raise BrokenConfiguration(path, 1, f"an override has {_SENDER} and templates/")


def _template(path: str, rest: str, text: str, into: dict[Any, Any]) -> None:
    name, dot, ending = rest.rpartition(".")
    tag, _, kind = name.partition("/")
    if f"{dot}{ending}" not in _SUFFIXES or kind not in _TYPES or not tag:
        expected = "templates/<language>/<type>.html or .txt"
        raise BrokenConfiguration(path, 1, f"a template is {expected}")
    if not text.startswith(_FENCE) or (end := text.find(f"\n{_FENCE}", len(_FENCE) - 1)) < 0:
        raise BrokenConfiguration(path, 1, "a template begins with a front matter between ---")
    front = read_yaml(path, text[len(_FENCE) : end + 1], first_line=2)
    if not isinstance(front, dict) or not isinstance(front.get("subject"), str):
        raise BrokenConfiguration(path, 2, "the front matter needs a subject")
    for key, value in front.items():
        if key not in _FRONT or not isinstance(value, str):
            raise BrokenConfiguration(path, 2, f"{key!r} is no text of a front matter")
    key = (_from_name(tag), kind)
    if key in into:
        raise BrokenConfiguration(path, 1, "this template is there as .html and as .txt")
    details = {**front, "content": text[end + 1 + len(_FENCE) :]}
    if ending == "txt":
        details["contentType"] = ContentType.PLAIN.value
    into[key] = details


def _object(path: str, text: str) -> dict[str, Any]:
    value = read_yaml(path, text)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BrokenConfiguration(path, 1, "expected keys and values")
    return value


def _domains(said: Json) -> Mapping[str, Mapping[str, str]]:
    for domain, records in said.items():
        if len(domain) > _LONGEST_DOMAIN or not domain.isprintable():
            raise BrokenConfiguration(DKIM, 1, "this is no domain")
        if not isinstance(records, dict) or not all(isinstance(r, str) for r in records.values()):
            raise BrokenConfiguration(DKIM, 1, f"{domain!r} has a record for each selector")
    return said


def _require_format(about: Json | None) -> None:
    if about is None:
        raise BrokenConfiguration(_ABOUT, 1, "the file is missing: is this the right folder?")
    if about.get("format") != FORMAT:
        raise BrokenConfiguration(_ABOUT, 1, f"expected `format: {FORMAT}`")


def _to_name(text: str) -> str:
    """A file's name for any text; no name leads out of its folder."""
    name = quote(text, safe="")
    return name.replace(".", "%2E") if name.startswith(".") else name


_from_name: Callable[[str], str] = unquote
