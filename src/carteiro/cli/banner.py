"""What ``carteiro dev`` sets up at its first start, and what it prints at every one."""

from __future__ import annotations

import asyncio

from rich.panel import Panel
from rich.syntax import Syntax

from carteiro.cli.output import console, table
from carteiro.flows.administer.access.applications import (
    DEVELOPMENT,
    Credentials,
    create_application,
    reveal_credentials,
)
from carteiro.flows.administer.mail.connectors import (
    NewConnector,
    create_connector,
    list_connectors,
)
from carteiro.flows.administer.tenant.settings import update_account_center
from carteiro.flows.administer.tenant.sign_in_experience import update_experience
from carteiro.runtime.opening import open_world
from carteiro.settings import Settings

_TENANT = "default"
_BUILT_IN = "logto-email"
_BY_CODE = {
    "signIn": {
        "methods": [
            {
                "identifier": "email",
                "password": False,
                "verificationCode": True,
                "isPasswordPrimary": False,
            }
        ]
    },
    "signUp": {"identifiers": ["email"], "password": False, "verify": True},
}
"""Whoever looks for the first time signs in by a code, which is what this is about."""
_OWN = dict.fromkeys(
    ("name", "avatar", "profile", "email", "phone", "password", "username", "mfa", "session"),
    "Edit",
)
"""What people see and change of themselves there, where nothing else is said yet."""


def prepare(settings: Settings) -> Credentials:
    """An application to call the API with, a connector, and pages for people; made once.

    They sign in by codes, and look after their account themselves.
    """

    async def run() -> Credentials:
        async with open_world(settings) as world:
            if not await list_connectors(world, _TENANT):
                new = NewConnector(connector_id=_BUILT_IN, config={"senderName": "Carteiro"})
                await create_connector(world, _TENANT, new)
                await update_experience(world, _TENANT, _BY_CODE)
                people = {"enabled": True, "fields": _OWN}
                await update_account_center(world, _TENANT, people)
            known = await reveal_credentials(world, _TENANT, DEVELOPMENT)
            return known or await create_application(
                world, _TENANT, name=DEVELOPMENT, is_admin=True
            )

    return asyncio.run(run())


def show(credentials: Credentials, settings: Settings) -> None:
    """Print the addresses, the credentials and the main job in three commands."""
    base = settings.public_url
    screen = console()
    screen.print()
    screen.print(
        Panel(
            table(
                ["Carteiro", "for development"],
                [
                    ["sign in", f"{base}/demo-app"],
                    ["account", f"{base}/account"],
                    ["mailbox", f"{base}/mailbox"],
                    ["API", f"{base}/api  (docs: {base}/api/docs)"],
                    ["application id", credentials.id],
                    ["application secret", credentials.secret],
                    ["database", str(settings.sqlite_path)],
                ],
            ),
            expand=False,
        )
    )
    screen.print("\nThe main job, in three commands:\n")
    screen.print(Syntax(_commands(base, credentials), "bash", background_color="default"))
    screen.print()


def _commands(base: str, credentials: Credentials) -> str:
    return f"""\
# 1. a token for the management API
TOKEN=$(curl -s -u {credentials.id}:{credentials.secret} {base}/oidc/token \\
  -d grant_type=client_credentials -d resource={credentials.resource} -d scope=all \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

# 2. mail a code in Brazilian Portuguese, then read it at {base}/mailbox
curl -i {base}/api/verification-codes -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{{"email": "ana@example.com", "locale": "pt-BR"}}'

# 3. redeem it
curl -i {base}/api/verification-codes/verify -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{{"email": "ana@example.com", "verificationCode": "123456"}}'"""
