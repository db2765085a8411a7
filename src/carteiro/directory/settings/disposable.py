"""Domains of mailboxes that anybody gets for ten minutes and nobody keeps.

The list is the package ``disposable-email-domains``, which is updated every few days. It takes a
moment to load: ``load`` does that beside the event loop.
"""

from __future__ import annotations

from functools import cache

from carteiro.model.addresses import domain_key


def is_disposable(domain: str) -> bool:
    """Whether a domain, or one that it is part of, is on the list."""
    labels = domain_key(domain).split(".")
    listed = load()
    return any(".".join(labels[place:]) in listed for place in range(len(labels) - 1))


@cache
def load() -> frozenset[str]:
    """The list, read once."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - large, and rarely needed

    return frozenset(blocklist)
