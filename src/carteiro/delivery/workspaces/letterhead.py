"""In whose words and under whose name a mail goes out, and through which connectors.

A tenant has one letterhead. An organization or an application with an override has another: each
level says what it wants otherwise, and leaves the rest to the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from carteiro.connectors.contract import Connector
from carteiro.delivery.workspaces.open_connector import OpenConnector
from carteiro.model.addresses import Mailbox, Sender
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Rendered
from carteiro.templates.choose import Placed, TemplateIndex, over_levels

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level says; its template set is known by its keys alone."""

    index: TemplateIndex = field(repr=False)
    revisions: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Which revision of each is live, by the template's id."""
    from_name: str | None = None
    reply_to: Mailbox | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Letterhead:
    """The levels of a mail, the nearest first and the tenant's last, and its ways out.

    ``route`` are the connectors in the order in which they are tried: the one that the nearest
    level names, then the tenant's, so that a mail still arrives when that one cannot send it.
    ``own`` is the level whose connector stands in front, where nobody else sends through it.
    """

    levels: Sequence[Level]
    route: Sequence[OpenConnector]
    own: int | None = None

    @property
    def tenants(self) -> int:
        """Which level is the tenant's own."""
        return len(self.levels) - 1

    @property
    def ways(self) -> Sequence[OpenConnector]:
        """The route without what an override put in front and cannot be used: mail still goes."""
        if len(self.levels) == 1:
            return self.route
        return [one for one in self.route if one.connector is not None] or self.route

    def choices(self, kind: TemplateType, language: str, fallback: str) -> Sequence[Placed]:
        """The templates that may serve, best first."""
        if len(self.levels) == 1:
            found = self.levels[0].index.find(kind, language, fallback)
            return () if found is None else (Placed(0, found),)
        return over_levels([one.index for one in self.levels], kind, language, fallback)

    def is_overriding(self, placed: Placed) -> bool:
        """Whether a template is an override's, and not the tenant's."""
        return placed.level < self.tenants

    def revision(self, placed: Placed) -> int | None:
        """Which revision of a template was live when this letterhead was made."""
        return self.levels[placed.level].revisions.get(placed.found.id)

    def signed(self, content: Rendered, connector: Connector, level: int | None) -> Rendered:
        """The words with their sender and their address for answers.

        ``level`` is that of the template, ``None`` for the connector's own and prebuilt ones.
        The nearest level that says something decides; within one its template goes before it.
        """
        if len(self.levels) == 1:
            return content
        place = len(self.levels) if level is None else level
        sender = content.sender
        if sender.address is not None and not self._may_be_from(place, connector):
            sender = Sender()
        name = _nearest(sender.name, place, [one.from_name for one in self.levels])
        reply_to = _nearest(content.reply_to, place, [one.reply_to for one in self.levels])
        return replace(content, sender=Sender(name, sender.address), reply_to=reply_to)

    def _may_be_from(self, place: int, connector: Connector) -> bool:
        """Whether an address fits that a template sends from: it belongs to a connector.

        An organization's own connector is not let send from the tenant's address, nor the tenant's
        one from that of an organization that has its own.
        """
        if self.own is None or place == len(self.levels):
            return True
        return (place <= self.own) == (self.route[0].connector is connector)


def _nearest(own: T | None, place: int, said: Sequence[T | None]) -> T | None:
    """What the nearest level says; ``own`` is what the template says, which is of ``place``."""
    for at, one in enumerate(said):
        if at == place and own is not None:
            return own
        if one is not None:
            return one
    return own
