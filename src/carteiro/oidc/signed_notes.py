"""Small notes that travel through a browser and come back as they left, for a while.

A note is bound to its purpose, its tenant and whatever else is named; nothing of it is secret.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from carteiro.secrets import Keyring, same


def write_note(
    keyring: Keyring, content: Mapping[str, Any], *bound_to: str, expires_at: int
) -> str:
    """Sign a note; it is good until ``expires_at`` (milliseconds since the epoch)."""
    body = json.dumps([expires_at, dict(content)], separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(body).decode().rstrip("=")
    return f"{text}.{keyring.index_digest('note', *bound_to, text)}"


def read_note(keyring: Keyring, note: str, *bound_to: str, now: int) -> Mapping[str, Any] | None:
    """The content of a note; ``None`` for one that is over, another's, or not ours."""
    text, _, digest = note.partition(".")
    wanted = keyring.index_digest("note", *bound_to, text)
    if not same(wanted.encode(), digest.encode()):
        return None
    # Python passes over padding that is too much.
    expires_at, content = json.loads(base64.urlsafe_b64decode(f"{text}=="))
    return content if expires_at > now else None
