"""Where a code and a recipient are found again: rows outlive the release that wrote them."""

from __future__ import annotations

from dataclasses import replace

from carteiro.model.addresses import parse_address
from carteiro.model.kinds import TemplateType
from carteiro.secrets import Key, Keyring
from carteiro.verification.identity import Identity, recipient_hash
from carteiro.verification.issue import issue
from carteiro.verification.policy import CodePolicy

KEYS = Keyring([Key("new", b"n" * 32), Key("old", b"o" * 32)])
ANA = Identity(tenant_id="t", type=TemplateType.SIGN_IN, recipient=parse_address("ana@example.com"))


def test_a_code_of_the_management_api_is_found_by_tenant_purpose_and_recipient() -> None:
    assert ANA.hash(KEYS) == KEYS.index_digest("direct", "t", "SignIn", "ana@example.com")


def test_a_code_of_an_interaction_is_found_by_it_whoever_is_asked_for() -> None:
    inside = replace(ANA, session="s")
    bob = replace(inside, recipient=parse_address("bob@example.com"))

    expected = KEYS.index_digest("session", "t", "SignIn", "s")
    assert inside.hash(KEYS) == bob.hash(KEYS) == expected
    assert replace(ANA, session="").hash(KEYS) == KEYS.index_digest("session", "t", "SignIn", "")


def test_a_recipient_is_one_in_all_spellings_of_the_address() -> None:
    loud = replace(ANA, recipient=parse_address("ANA@Example.COM"))

    expected = KEYS.index_digest("recipient", "t", "ana@example.com")
    assert loud.recipient_hash(KEYS) == ANA.recipient_hash(KEYS) == expected
    assert recipient_hash(KEYS, "u", ANA.recipient) != expected


def test_a_fresh_code_is_stored_as_a_hash_that_its_whole_identity_is_bound_to() -> None:
    issued = issue(ANA, keys=KEYS, now=5, message_id="m", policy=CodePolicy(length=8))
    again = issue(ANA, keys=KEYS, now=5, message_id="m", policy=CodePolicy(length=8))

    stored = issued.store.arguments
    slot, salt = ANA.hash(KEYS), stored["salt"]
    assert (issued.recipient_hash, len(issued.code)) == (ANA.recipient_hash(KEYS), 8)
    assert (issued.subject.kind, issued.subject.id) == ("code", slot)
    assert {name: stored[name] for name in stored if name not in {"id", "salt", "digest"}} == {
        "tenant_id": "t",
        "identity_hash": slot,
        "type": "SignIn",
        "key_id": "new",
        "recipient_hash": issued.recipient_hash,
        "created_at": 5,
        "message_id": "m",
    }
    assert stored["digest"] == KEYS.code_digest(slot, salt, issued.code, key_id="new")
    assert again.store.arguments["salt"] != salt
    assert again.store.arguments["id"] != stored["id"]
    assert issued.code not in repr(issued)
