"""Somebody chooses the language of an interaction."""

from __future__ import annotations

from carteiro.flows.sign_in.door.guests import Guest
from carteiro.flows.sign_in.screens.shown import Shown
from carteiro.languages.negotiate import LanguageReason
from carteiro.storage.sign_in import screens


async def choose(guest: Guest, shown: Shown, tag: str) -> None:
    """Put a language of the tenant's on record; any other changes nothing."""
    match = shown.workspace.library.match(tag)
    if match is None:
        return
    language = {
        "tag": match.tag,
        "reason": LanguageReason.UI_LOCALES.value,
        "requested": match.tag,
        "match": match.kind.value,
    }
    now = guest.world.clock.now()
    await guest.world.database.write(
        lambda tx: screens.choose_language(tx, guest.tenant_id, guest.uid, language, now)
    )
