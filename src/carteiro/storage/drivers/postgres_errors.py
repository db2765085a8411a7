"""PostgreSQL's errors as ours: the one place where the driver's names are known."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from carteiro.errors import (
    CarteiroError,
    InvalidRequestInput,
    RelationNotFound,
    SchemaOutdated,
    StorageUnavailable,
    StorageUnusable,
    ValueTooLong,
)
from carteiro.storage.drivers.constraints import check_error, unique_error
from carteiro.storage.drivers.reasons import reason_of

_log = structlog.get_logger("carteiro.storage")

REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
    ssl.SSLCertVerificationError,
)
"""The server is there and does not let us in, or was never meant: waiting does not help."""
GONE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""The server is gone, full, starting, stopping, a standby, or does not let us in any more."""
_BAD_PATTERNS = (asyncpg.InvalidRegularExpressionError, asyncpg.InvalidEscapeSequenceError)


def opening_error(error: BaseException) -> CarteiroError:
    """What it means that a first connection failed. It is not logged: who opens may try again."""
    if isinstance(error, asyncpg.ClientConfigurationError):
        # Its sentence may quote the address, which holds a password.
        return StorageUnusable("CARTEIRO_DATABASE_URL cannot be read.")
    reason = str(error) or type(error).__name__
    if isinstance(error, REFUSED):
        return StorageUnusable(f"PostgreSQL does not let Carteiro in: {reason}.")
    return StorageUnavailable(f"PostgreSQL is not available: {reason}.", retry_after=1)


def unavailable(error: BaseException) -> StorageUnavailable:
    """A failure under way, in the log with its reason and told without it."""
    _log.error("postgresql failed", reason=reason_of(error))
    return StorageUnavailable(retry_after=1)


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise ours for the driver's errors."""
    try:
        yield
    except CarteiroError:
        raise
    except asyncpg.CheckViolationError as error:
        raise check_error(error.constraint_name) or error from error
    except asyncpg.UniqueViolationError as error:
        raise unique_error(error.constraint_name) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise RelationNotFound from error
    except asyncpg.StringDataRightTruncationError as error:
        raise ValueTooLong from error
    except _BAD_PATTERNS as error:
        raise InvalidRequestInput("The search pattern cannot be read.") from error
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise SchemaOutdated from error
    except GONE as error:
        raise unavailable(error) from error
