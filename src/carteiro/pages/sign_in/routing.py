"""Every page of signing in."""

from __future__ import annotations

from carteiro.pages.sign_in import (
    complete,
    consent,
    forgot_password,
    language,
    magic_link,
    register,
    second_factor,
    sign_in,
    verification_code,
)

routes = [
    *sign_in.routes,
    *verification_code.routes,
    *register.routes,
    *forgot_password.routes,
    *complete.routes,
    *second_factor.routes,
    *magic_link.routes,
    *consent.routes,
    *language.routes,
]
PATHS = frozenset(route.path for route in routes)
"""Pages that look for themselves whether the browser is on its way."""
