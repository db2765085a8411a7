"""Sending from a script: the same sender for code that does not await."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.dkim.keys import DkimKey
from carteiro.model.addresses import EmailAddress
from carteiro.model.kinds import TemplateType
from carteiro.model.message import Receipt, Rendered
from carteiro.outbox import Sender, open_sender
from carteiro.templates.compiled import CompiledTemplate


class BlockingSender:
    """A ``Sender`` whose methods wait for the answer. For one thread at a time."""

    def __init__(self, sender: Sender, runner: asyncio.Runner) -> None:
        self._sender = sender
        self._runner = runner

    def send(
        self,
        to: str | EmailAddress,
        kind: TemplateType,
        variables: Mapping[str, Any],
        *,
        template: CompiledTemplate | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send one message. Raises what ``Sender.send`` raises."""
        return self._runner.run(
            self._sender.send(to, kind, variables, template=template, message_id=message_id)
        )

    def send_rendered(self, to: str | EmailAddress, content: Rendered) -> Receipt:
        """Send words that are ready. Raises what ``Sender.send_rendered`` raises."""
        return self._runner.run(self._sender.send_rendered(to, content))

    def check(self) -> str:
        """Reach the provider without sending, where it has a way; the answer is for people."""
        return self._runner.run(self._sender.check())


@contextmanager
def open_blocking_sender(
    connector_id: str,
    config: Mapping[str, Any] | ConnectorConfig,
    *,
    guard: bool | None = None,
    allow: Sequence[IPv4Network | IPv6Network] = (),
    dkim_keys: Sequence[DkimKey] = (),
) -> Iterator[BlockingSender]:
    """Open a connector as ``open_sender`` does, for code without an event loop.

    Raises ``RuntimeError`` inside a running event loop: there ``open_sender`` is the one to use.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("An event loop is running here: use open_sender and await it.")
    with asyncio.Runner() as runner:
        opening = open_sender(connector_id, config, guard=guard, allow=allow, dkim_keys=dkim_keys)
        sender = runner.run(opening.__aenter__())
        try:
            yield BlockingSender(sender, runner)
        finally:
            runner.run(opening.__aexit__(None, None, None))
