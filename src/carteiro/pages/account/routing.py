"""Every page of the account."""

from __future__ import annotations

from carteiro.pages.account import addresses, password, profile, security, sessions, username

routes = [
    *profile.routes,
    *addresses.routes,
    *password.routes,
    *username.routes,
    *security.routes,
    *sessions.routes,
]
