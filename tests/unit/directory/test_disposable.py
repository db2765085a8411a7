"""Addresses of which nobody keeps the mailbox."""

from __future__ import annotations

import subprocess
import sys

import pytest

from carteiro.directory.settings.disposable import is_disposable
from carteiro.directory.settings.email_policy import require_allowed
from carteiro.errors import CarteiroError, EmailNotAllowed, EmailSubaddressingNotAllowed

THROWN_AWAY = "mailinator.com"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (THROWN_AWAY, True),
        ("Mailinator.COM", True),
        (f"of-ana.{THROWN_AWAY}", True),
        (f"of-nobody-{THROWN_AWAY}", False),
        (f"{THROWN_AWAY}.example.com", False),
        ("gmail.com", False),
        ("com", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_a_domain_is_throw_away_with_all_that_is_under_it(domain: str, expected: bool) -> None:
    assert is_disposable(domain) is expected


@pytest.mark.parametrize(
    ("email", "policy", "error"),
    [
        (f"a@{THROWN_AWAY}", {}, EmailNotAllowed),
        (f"a@{THROWN_AWAY}", {"customAllowlist": [f"@{THROWN_AWAY}"]}, EmailNotAllowed),
        (f"a+b@{THROWN_AWAY}", {"blockSubaddressing": True}, EmailSubaddressingNotAllowed),
        ("a@example.com", {}, None),
    ],
)
def test_they_are_the_last_to_be_looked_for(
    email: str, policy: dict[str, object], error: type[CarteiroError] | None
) -> None:
    require_allowed("a@example.com", {})
    if error is None:
        require_allowed(email, policy, disposable=False)
        return
    with pytest.raises(error):
        require_allowed(email, policy, disposable=False)


def test_a_tenant_that_takes_them_takes_them() -> None:
    require_allowed(f"a@{THROWN_AWAY}", {})


def test_nobody_loads_the_list_who_does_not_ask() -> None:
    code = (
        "import sys, carteiro.flows.guards.attempts as guards, carteiro.app;"
        "from carteiro.directory.settings.email_policy import require_allowed;"
        "require_allowed('a@example.com', {});"
        "print('disposable_email_domains' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
