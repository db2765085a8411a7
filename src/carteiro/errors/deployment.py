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


class SchemaTooNew(SchemaOutdated):
    """A later version has worked on the database: this one is too old for it."""

    code = "storage.schema_too_new"
    summary = "The database is of a later version of Carteiro."


class SealBroken(CarteiroError):
    """A sealed value cannot be opened: its key is not configured, or it was changed."""

    code = "secrets.seal_broken"
    summary = "A sealed value cannot be opened with the configured keys."


class KeysDoNotFit(CarteiroError):
    """The configured keys are not those of the database; nothing was changed. Configure its own."""

    code = "secrets.keys_do_not_fit"
    summary = "The configured keys do not fit this database."


class KeyRefused(CarteiroError):
    """A key cannot be added, used or retired as things stand; the message says why."""

    code = "secrets.key_refused"
    summary = "The key cannot be changed at the moment."


class StorageUnusable(StorageUnavailable):
    """The database is damaged, may not be read or written, or lets nobody in: mend it first."""

    code = "storage.unusable"
    summary = "The database cannot be used."


class PortTaken(CarteiroError):
    """Nothing can listen on the address and port of the settings."""

    code = "server.port_taken"
    summary = "The port is taken."


class InvalidSettings(CarteiroError):
    """The environment or the settings file is wrong; the message names the setting."""

    code = "settings.invalid"
    summary = "The settings are not valid."
