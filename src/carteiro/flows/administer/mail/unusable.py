"""Templates that nobody could go on with: refused or told of where they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carteiro.connectors.config_templates import words_in
from carteiro.connectors.contract import Connector
from carteiro.delivery.workspaces.workspace import source_of
from carteiro.errors import CarteiroError, InvalidConfig
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.storage.tenancy.templates import TemplateRow
from carteiro.templates.checks.findings import Finding
from carteiro.templates.checks.usable import unusable

_MOST_TOLD = 10
_MOST_READ = 262_144
"""Characters that one request has read for it: what is sent is checked in any case."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one template; ``place`` is the way to it in what was stored."""

    place: tuple[str | int, ...]
    finding: Finding


def faults_of_row(row: TemplateRow) -> list[Fault]:
    """What is wrong with a stored template."""
    source = source_of(row.details)
    return _faults(iter([(("details",), TemplateType(row.template_type), source)]))


def faults_of_rows(rows: Sequence[TemplateRow]) -> list[Fault]:
    """What is wrong with stored templates, by their place in the list."""
    sources = (
        ((place, "details"), TemplateType(row.template_type), source_of(row.details))
        for place, row in enumerate(rows)
    )
    return _faults(sources)


def faults_of_config(factory: type[Connector], config: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the words in a connector's config; one that does not parse has none."""
    try:
        parsed = factory.parse(config)
    except CarteiroError:
        return []
    return [replace(fault, place=("config", *fault.place)) for fault in _faults(words_in(parsed))]


def require_usable(factory: type[Connector], config: Mapping[str, Any]) -> None:
    """Raises ``InvalidConfig`` for words that nobody could go on with."""
    faults = faults_of_config(factory, config)
    if faults:
        raise InvalidConfig(
            [
                {
                    "code": "custom",
                    "path": [*fault.place[1:], "content"],
                    "message": fault.finding.message,
                }
                for fault in faults
            ]
        )


def _faults(
    sources: Iterator[tuple[tuple[str | int, ...], TemplateType, TemplateSource]],
) -> list[Fault]:
    found, read = list[Fault](), 0
    for place, kind, source in sources:
        read += len(source.content)
        if read > _MOST_READ or len(found) >= _MOST_TOLD:
            break
        found += (Fault(place, finding) for finding in unusable(source, kind))
    return found
