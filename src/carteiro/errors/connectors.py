"""What a connector, or its provider, refuses."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from carteiro.errors.root import CarteiroError, Data, Issue


class Disposition(StrEnum):
    """What a failed attempt means for the next one."""

    PERMANENT = "permanent"
    """The same message will be refused again: do not retry."""
    TRANSIENT = "transient"
    """The same message may pass later or elsewhere."""
    THROTTLED = "throttled"
    """Too fast or over a limit: wait (``retry_after`` where the provider says how long)."""
    UNKNOWN = "unknown"
    """Handed over without an answer: it may have been sent."""


class ConnectorError(CarteiroError):
    """A connector could not do its work. ``data`` is scrubbed of keys, codes and links."""

    code = "connector.general"
    summary = "The connector could not deliver the message."
    default_disposition: ClassVar[Disposition] = Disposition.PERMANENT

    def __init__(
        self,
        message: str | None = None,
        *,
        data: Data | None = None,
        disposition: Disposition | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.disposition = disposition or self.default_disposition
        if data is None and message is not None:
            data = {"message": message}
        super().__init__(message, data=data, retry_after=retry_after)


class DeliveryFailed(ConnectorError):
    """The provider refused, failed or could not be reached; the disposition says which."""


class InvalidConfig(ConnectorError):
    """The connector's config breaks its schema; ``issues`` names each place. Fix the config.

    >>> from carteiro import InvalidConfig, open_blocking_sender
    >>> try:
    ...     with open_blocking_sender("resend-email", {"apiKey": "a", "templates": []}) as sender:
    ...         pass
    ... except InvalidConfig as error:
    ...     print(*(issue["path"] for issue in error.issues))
    ['fromEmail'] ['templates']
    """

    code = "connector.invalid_config"
    summary = "The connector's configuration is not valid."

    def __init__(self, issues: Sequence[Issue], message: str | None = None) -> None:
        self.issues = tuple(issues)
        super().__init__(message, data={"issues": list(self.issues), "name": "ZodError"})

    def __str__(self) -> str:
        """The message with each place that is wrong; on the wire they stand in ``data``."""
        places = [
            f"{'.'.join(map(str, issue.get('path', ()))) or 'config'}: {issue.get('message')}"
            for issue in self.issues
        ]
        return "\n  ".join([self.message, *places])


class InvalidResponse(ConnectorError):
    """The provider's answer is not what its API promises."""

    code = "connector.invalid_response"
    summary = "The provider's answer could not be understood."
    default_disposition = Disposition.UNKNOWN


class TemplateNotFound(ConnectorError):
    """No template serves this type in this language, not even ``Generic``."""

    code = "connector.template_not_found"
    summary = "There is no template for this type of message."


class InvalidMetadata(ConnectorError):
    """A plug-in's metadata is missing or malformed."""

    code = "connector.invalid_metadata"
    summary = "The connector's metadata is not valid."


class InvalidConfigGuard(ConnectorError):
    """A plug-in has no config model."""

    code = "connector.invalid_config_guard"
    summary = "The connector has no config model."


class UnexpectedType(ConnectorError):
    """The connector is not of the type that the request needs."""

    code = "connector.unexpected_type"
    summary = "The connector is not of the expected type."


class RateLimitExceeded(ConnectorError):
    """The provider asks to slow down. Try later."""

    code = "connector.rate_limit_exceeded"
    summary = "The email provider's rate limit is reached."
    default_disposition = Disposition.THROTTLED


class UsageLimitExceeded(ConnectorError):
    """The email service's cap is reached. Raise it or wait."""

    code = "connector.usage_limit_exceeded"
    summary = "The email service's usage cap is reached."
    default_disposition = Disposition.THROTTLED


class NotSupportedByConnector(ConnectorError):
    """The connector, or this deployment of it, cannot do this."""

    code = "connector.not_implemented"
    summary = "The connector cannot do this here."


class ConnectorNotFound(CarteiroError):
    """The tenant has no connector that could send this message."""

    code = "connector.not_found"

    def __init__(self, kind: str = "Email") -> None:
        super().__init__(f"There is no available connector of type {kind}.", data={"type": kind})


class ConnectorFactoryNotFound(CarteiroError):
    """A test names a connector that is not installed or does not send messages."""

    code = "connector.not_found"

    def __init__(self, factory_id: str) -> None:
        super().__init__(f"There is no connector {factory_id!r} installed.")


class UnknownConnectorId(CarteiroError):
    """A new connector names a factory that is not installed."""

    code = "connector.not_found_with_connector_id"

    def __init__(
        self, factory_id: str, *, missing: str | None = None, near: Sequence[str] = ()
    ) -> None:
        """``missing`` is a module that an extra brings, ``near`` are ids that may be meant."""
        said = f"There is no connector {factory_id!r} installed."
        if missing is not None:
            said = f"The connector {factory_id!r} needs {missing}, which is not installed."
        if near:
            said += f" Did you mean {' or '.join(near)}?"
        super().__init__(said)


class CannotOverwriteMetadata(CarteiroError):
    """Only standard connectors take metadata of their own."""

    code = "connector.cannot_overwrite_metadata_for_non_standard_connector"
    summary = "This connector's metadata cannot be overwritten."


class InvalidTypeForSyncingProfile(CarteiroError):
    """Only social connectors sync profiles."""

    code = "connector.invalid_type_for_syncing_profile"
    summary = "This type of connector cannot sync profiles."


class ConnectorInUse(CarteiroError):
    """A connector that overrides send through: they would send through another one unnoticed."""

    code = "connector.in_use"
    summary = "Overrides of organizations or applications send through this connector."


class BulkDeletionNoFilter(CarteiroError):
    """A bulk delete of templates names neither a language nor a type."""

    code = "connector.email_connector.bulk_deletion_no_filter"
    summary = "Name a language tag or a template type to delete by."
