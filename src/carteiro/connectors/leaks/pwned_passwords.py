"""Pwned Passwords by ranges: a password is looked for without being told to anybody.

The service hears five of the forty hex digits of a password's SHA-1, and answers every hash that
begins with them (haveibeenpwned.com/API/v3#PwnedPasswords). It pads its answers, so that their
length tells nothing either; what is padding was seen 0 times.
"""

from __future__ import annotations

import hashlib

from carteiro.connectors.http.client import HttpClient
from carteiro.errors import ConnectorError
from carteiro.secrets import same

_URL = "https://api.pwnedpasswords.com/range/"
_TIMEOUT = 3.0
"""Seconds; a person waits."""
_LARGEST = 512 * 1024
"""Bytes: some two thousand lines are 80 KB."""
_PREFIX = 5


async def is_listed(
    http: HttpClient,
    password: str,
    *,
    timeout: float = _TIMEOUT,  # noqa: ASYNC109 - the client's own knows what had been sent
) -> bool | None:
    """Whether the service has seen the password leak; ``None`` when it does not say in time."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
    wanted = digest[_PREFIX:].upper().encode()
    try:
        reply = await http.get(
            _URL + digest[:_PREFIX].upper(),
            headers={"Add-Padding": "true"},
            timeout=timeout,
            largest=_LARGEST,
        )
    except ConnectorError:
        return None
    if reply.status != 200:
        return None
    for line in reply.body.splitlines():
        suffix, _, times = line.strip().partition(b":")
        if same(suffix.upper(), wanted):
            return times.isdigit() and times.strip(b"0") != b""
    return False
