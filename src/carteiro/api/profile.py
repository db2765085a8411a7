"""What a person may say of themselves, as the management API and the sign-in take it."""

from __future__ import annotations

from carteiro.model.wire import Wire


class Address(Wire):
    """A postal address, as OpenID Connect names its parts."""

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Profile(Wire):
    """The standard claims of OpenID Connect that a person may have filled in."""

    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    profile: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    address: Address | None = None
