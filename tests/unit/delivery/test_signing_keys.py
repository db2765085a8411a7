"""Which keys sign a tenant's mails, and which sign what leaves by the deployment's relay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from carteiro.connectors.dkim.keys import KeyAlgorithm, new_private, private_bytes
from carteiro.delivery.workspaces.signing import (
    NOTHING,
    Signing,
    dkim_context,
    open_key,
    open_signing,
)
from carteiro.errors import SealBroken
from carteiro.secrets import Key, Keyring
from carteiro.storage.tenancy.dkim_keys import DkimKeyRow, KeyState

KEYS = Keyring([Key("k", b"k" * 32)])
PRIVATE = new_private(KeyAlgorithm.ED25519)
MAIL = b"From: x@e.com\r\nTo: ana@example.com\r\nSubject: S\r\n\r\nT\r\n"


def row(tenant: str = "acme", domain: str = "e.com", selector: str = "s1") -> DkimKeyRow:
    sealed = KEYS.seal(private_bytes(PRIVATE), dkim_context(tenant, domain, selector))
    return DkimKeyRow(
        tenant_id=tenant,
        domain=domain,
        selector=selector,
        algorithm="ed25519",
        state=KeyState.SIGNING,
        private_sealed=sealed,
        record="",
        created_at=0,
        changed_at=0,
    )


def signing(*rows: DkimKeyRow, tenant: str = "acme", before: Signing = NOTHING) -> Signing:
    return open_signing(
        KEYS, rows, tenant_id=tenant, deployment="default", domain="relay.test", before=before
    )


def signs(found: Signing, domain: str) -> tuple[bool, bool]:
    """Whether the tenant's own server and the relay sign a mail from a domain."""
    own, relay = (
        one is not None and b"DKIM-Signature" in one.sign(MAIL, domain, 0)
        for one in (found.own, found.relay)
    )
    return own, relay


def test_a_tenants_keys_sign_what_it_sends_itself_and_the_deployments_what_the_relay_sends() -> (
    None
):
    found = signing(
        row(), row(domain="relay.test"), row("default", "relay.test"), row("default", "e.net")
    )

    assert signs(found, "e.com") == (True, False)
    assert signs(signing(row("default", "relay.test")), "relay.test") == (False, True)
    assert signs(signing(row(domain="relay.test")), "relay.test") == (True, False)
    assert signs(found, "e.net") == (False, False), "the relay sends from one domain"


def test_the_tenant_that_is_the_deployment_signs_both_with_its_own() -> None:
    found = signing(row("default", "relay.test"), row("default"), tenant="default")

    assert signs(found, "relay.test") == (True, True)
    assert signs(found, "e.com") == (True, False)


def test_without_keys_nothing_signs() -> None:
    assert (signing().own, signing().relay) == (None, None)


def test_what_is_open_stays_until_a_key_changes() -> None:
    first = signing(row())

    assert signing(*first.rows, before=first) is first
    changed = signing(replace(first.rows[0], selector="s2"), before=first)
    assert changed is not first
    assert [one.selector for one in changed.rows] == ["s2"]
    assert signing(before=first).own is None


def test_a_key_that_cannot_be_opened_is_logged_and_the_others_sign() -> None:
    spoilt = replace(row(selector="bad"), private_sealed=b"junk")
    none = replace(
        row(selector="none"),
        private_sealed=KEYS.seal(b"no key", dkim_context("acme", "e.com", "none")),
    )

    with capture_logs() as lines:
        found = signing(spoilt, none, row())

    assert [(line["log_level"], line["domain"], line["key"]) for line in lines] == [
        ("error", "e.com", "bad"),
        ("error", "e.com", "none"),
    ]
    assert signs(found, "e.com") == (True, False)
    assert "junk" not in repr(lines)


def test_a_key_opens_as_the_one_that_was_stored_and_in_no_other_place() -> None:
    stored = row()

    key = open_key(KEYS, stored)

    assert (key.domain, key.selector, key.algorithm) == ("e.com", "s1", KeyAlgorithm.ED25519)
    assert private_bytes(key.private) == private_bytes(PRIVATE)
    for moved in (
        replace(stored, tenant_id="other"),
        replace(stored, domain="f.com"),
        replace(stored, selector="s2"),
    ):
        with pytest.raises(SealBroken):
            open_key(KEYS, moved)
