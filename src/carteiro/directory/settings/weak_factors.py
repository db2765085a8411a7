"""What an administrator is told who lets a code by mail be a second factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_MAIL = "EmailVerificationCode"
WORDS = (
    "A code by mail is a weak second factor: whoever reads the mailbox has it. NIST SP 800-63B-4 "
    "does not allow email for out-of-band authentication, and OWASP ASVS level 3 does not allow it "
    "as a factor."
)
"""In ASCII: it stands in a header, too."""


def weakness(experience: Mapping[str, Any]) -> str | None:
    """What is weak about the second factors of a sign-in experience; ``None`` for nothing."""
    return WORDS if _BY_MAIL in experience.get("mfa", {}).get("factors", ()) else None
