"""Templates that nobody could go on with: refused or told of where they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carteiro.connectors.config_templates import words_in
from carteiro.connectors.contract import Connector
from carteiro.delivery.workspaces.workspace import source_of
from carteiro.errors import CarteiroError, InvalidConfig
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.storage.tenancy.templates import TemplateRow
from carteiro.templates.checks.findings import Finding
from carteiro.templates.checks.usable import unusable

_MOST_TOLD = 10
_MOST_READ = 262_144
"""Characters that one request has read for it: what is sent is checked in any case."""
_LONG = 32_768
"""Characters from which they are read in a thread: garbled HTML takes a while."""
_Place = tuple[str | int, ...]
_Source = tuple[_Place, TemplateType, TemplateSource]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one template; ``place`` is the way to it in what was stored."""

    place: _Place
    finding: Finding


async def faults_of_row(world: World, row: TemplateRow) -> list[Fault]:
    """What is wrong with a stored template."""
    source = source_of(row.details)
    sources = iter([(("details",), TemplateType(row.template_type), source)])
    return await _looked(world, sources, len(row.details))


async def faults_of_rows(world: World, rows: Sequence[TemplateRow]) -> list[Fault]:
    """What is wrong with stored templates, by their place in the list."""
    sources = (
        ((place, "details"), TemplateType(row.template_type), source_of(row.details))
        for place, row in enumerate(rows)
    )
    return await _looked(world, sources, sum(len(row.details) for row in rows))


async def faults_of_config(
    world: World, factory: type[Connector], config: Mapping[str, Any]
) -> list[Fault]:
    """What is wrong with the words in a connector's config; one that does not parse has none."""
    words = list(_words(factory, config))
    return await _looked(world, iter(words), sum(len(source.content) for *_, source in words))


async def _looked(world: World, sources: Iterator[_Source], characters: int) -> list[Fault]:
    """The faults; others are answered meanwhile where there is much to read."""
    if characters < _LONG:
        return _faults(sources)
    return await world.long_looks(_faults, sources)


def _words(factory: type[Connector], config: Mapping[str, Any]) -> Iterator[_Source]:
    try:
        parsed = factory.parse(config)
    except CarteiroError:
        return
    for place, kind, source in words_in(parsed):
        yield ("config", *place), kind, source


def require_usable(factory: type[Connector], config: Mapping[str, Any]) -> None:
    """Raises ``InvalidConfig`` for words that nobody could go on with."""
    faults = _faults(_words(factory, config))
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


def _faults(sources: Iterator[_Source]) -> list[Fault]:
    found, read = list[Fault](), 0
    for place, kind, source in sources:
        read += len(source.content)
        if read > _MOST_READ or len(found) >= _MOST_TOLD:
            break
        found += (Fault(place, finding) for finding in unusable(source, kind))
    return found
