"""An administrator has a template looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.delivery.workspaces.workspace import source_of
from carteiro.flows.world import World
from carteiro.model.kinds import TemplateType
from carteiro.model.message import TemplateSource
from carteiro.templates.checks.findings import Finding


async def lint(world: World, kind: TemplateType, details: Mapping[str, Any]) -> list[Finding]:
    """What the lint says of a template; ``details`` are those of the wire.

    It is looked at in a thread, after others that are: a long template takes seconds, and mail
    goes on meanwhile. Raises ``TooBusy`` where too many are.
    """
    return await world.long_looks(_check, source_of(details), kind)


def _check(source: TemplateSource, kind: TemplateType) -> list[Finding]:
    # With all that is known of mail clients, for which no sending process has use.
    from carteiro.templates.checks.template import check  # noqa: PLC0415 - as said

    return check(source, kind)
