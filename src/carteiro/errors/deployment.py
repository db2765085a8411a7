"""What is wrong with the deployment itself."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class StorageUnavailable(CarteiroError):
    """The database is gone, locked or over its time limit. Nothing was stored; try later."""

    code = "storage.unavailable"
    summary = "The database is not available at the moment."


class SchemaOutdated(CarteiroError):
    """The database's schema is not the one that this version needs: run ``carteiro migrate``."""

    code = "storage.schema_outdated"
    summary = "The database schema is not up to date. Run: carteiro migrate"


class SealBroken(CarteiroError):
    """A sealed value cannot be opened: its key is not configured, or it was changed."""

    code = "secrets.seal_broken"
    summary = "A sealed value cannot be opened with the configured keys."


class StorageUnusable(StorageUnavailable):
    """The database is damaged, may not be read or written, or lets nobody in: mend it first."""

    code = "storage.unusable"
    summary = "The database cannot be used."


class InvalidSettings(CarteiroError):
    """The environment or the settings file is wrong; the message names the setting."""

    code = "settings.invalid"
    summary = "The settings are not valid."
