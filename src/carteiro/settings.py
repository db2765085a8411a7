"""What the environment says. Read once by the roots; no other room knows these names.

Every setting is ``CARTEIRO_<NAME>`` in the environment or in the file that ``CARTEIRO_ENV_FILE``
names. An unknown ``CARTEIRO_*`` name is an error: a misspelt setting must not be a silent default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from carteiro.connectors.egress.proxies import Proxies, Proxy, ProxyKind
from carteiro.errors import InvalidSettings
from carteiro.senders.asking import server_of

PREFIX = "CARTEIRO_"
_ENV_FILE = f"{PREFIX}ENV_FILE"
_PROXY_KINDS = {"https_proxy": (ProxyKind.HTTP,), "smtp_proxy": tuple(ProxyKind)}
_COMMON = ("https_proxy", "no_proxy")
"""Settings that have a name which every program knows: it counts where ours says nothing."""
_CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^\s]+|tel:\+?[0-9().-]+")


class LogFormat(StrEnum):
    """How log lines look."""

    JSON = "json"
    TEXT = "text"


class Settings(BaseSettings):
    """The deployment. Defaults run one process on one SQLite file in the working directory."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///.carteiro/carteiro.db",
        description="`sqlite:///path/to/file.db` or `postgresql://user:password@host:5432/name`.",
    )
    database_pool_size: int = Field(
        8, ge=1, le=100, description="PostgreSQL connections per process."
    )
    database_wait: float | None = Field(
        None,
        ge=0,
        description=(
            "Seconds that a start waits for a database that is away; `inf` is without end. Unset, "
            "`carteiro worker` waits without end, `carteiro serve` for 300 seconds."
        ),
    )
    secret_keys: SecretStr | None = Field(
        None,
        description=(
            "Keys that seal secrets and hash codes: `id:base64,id:base64`, newest first, at least "
            "32 bytes each. `carteiro doctor --new-key` prints a first one, `carteiro keys` "
            "replaces it."
        ),
    )
    secret_key_file: Path | None = Field(
        None,
        description=(
            "A file with the same, one key a line. Default on SQLite: `carteiro.key` beside "
            "the database, made at the first start. PostgreSQL needs one of the two settings."
        ),
    )
    public_url: str = Field(
        "http://localhost:3001",
        description="The address that clients use, without a path; the issuer is `<it>/oidc`.",
    )
    host: str = Field("127.0.0.1", description="The address that `carteiro serve` listens on.")
    port: int = Field(3001, ge=0, le=65535, description="The port that it listens on.")
    tenant_domain: str | None = Field(
        None,
        description=(
            "Several tenants: `<tenant>.<tenant_domain>` names the tenant of a request. Without it "
            "every request is for the tenant `default`."
        ),
    )
    status_api_key: SecretStr | None = Field(
        None,
        min_length=1,
        description=(
            "Who sends it to `/api/status` in the header `logto-status-api-key` is told the tenant "
            "in `logto-tenant-id`; unset, nobody is."
        ),
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description=(
            "How many reverse proxies stand in front. The client's address is taken that many "
            "places from the right of `X-Forwarded-For`; 0 ignores the header."
        ),
    )
    head_timeout: float = Field(
        10.0,
        gt=0,
        le=600,
        description="Seconds in which a request's first line and headers must have arrived.",
    )
    body_timeout: float = Field(
        30.0,
        gt=0,
        le=3600,
        description=(
            "Seconds in which a request's body must have arrived, and for which a client that "
            "reads no answer is waited for."
        ),
    )
    connections_per_address: int = Field(
        256,
        ge=0,
        le=1_000_000,
        description=(
            "Connections that one address (of IPv6 one /64) has at once; 0 does not count. With "
            "`trusted_proxies` it is not counted either: the proxy knows the addresses."
        ),
    )
    relay_url: SecretStr | None = Field(
        None,
        description=(
            "The SMTP server behind the built-in email service: `smtp://`, `smtp+starttls://`, "
            "`smtps://user:password@host:port`, or `smtp+plain://` for one without TLS outside of "
            "private networks."
        ),
    )
    relay_from: str = Field(
        "no-reply@localhost.localdomain",
        description="The fixed sender address of the built-in email service.",
    )
    builtin_cap: int | None = Field(
        None,
        ge=1,
        description="How many mails the built-in service sends for one connector; unset, no cap.",
    )
    mailbox: Path | None = Field(
        None,
        description=(
            "A Maildir folder that takes the built-in service's mails instead of a relay, and "
            "copies of what other connectors are given, shown at `/mailbox`. For development "
            "only: whoever reaches the server reads them."
        ),
    )
    egress_guard: bool = Field(
        True,
        description=(
            "Whether endpoints and mail servers that administrators enter may not be private, "
            "loopback or link-local addresses; endpoints must be https, too."
        ),
    )
    egress_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="Networks that the guard lets through, as a comma-separated list of CIDRs.",
    )
    https_proxy: SecretStr | None = Field(
        None,
        description=(
            "A proxy for https requests: `http://user:password@host:port`. Unset, it is the "
            "environment's `HTTPS_PROXY`; blank, there is none."
        ),
    )
    smtp_proxy: SecretStr | None = Field(
        None,
        description=(
            "A proxy for mail servers: `socks5://`, `socks5h://` (the proxy looks names up) or "
            "`http://` (CONNECT), with `user:password@host:port`."
        ),
    )
    no_proxy: str | None = Field(
        None,
        description=(
            "Hosts and domains that are reached without a proxy, as a comma-separated list. Unset, "
            "it is the environment's `NO_PROXY`."
        ),
    )
    dns_servers: Annotated[tuple[tuple[str, int], ...], NoDecode] = Field(
        (),
        description=(
            "Who is asked about the domains of senders, and of recipients where a tenant wants "
            "them checked: `address` or `address:port`, separated by commas. Unset, those of the "
            "machine."
        ),
    )
    security_contact: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Whom to tell of a weakness, as `/.well-known/security.txt` shows it: `mailto:`, "
            "`https:` or `tel:` addresses, the preferred one first, separated by commas; unset, "
            "there is no such page."
        ),
    )
    security_policy: str | None = Field(
        None,
        pattern=r"^https://[^\s]+$",
        description="Where it is said how reports are handled: an `https:` address.",
    )
    log_format: LogFormat = Field(LogFormat.JSON, description="`json` or `text`.")
    log_level: str = Field(
        "info",
        pattern="^(debug|info|warning|error)$",
        description="The lowest level that is shown.",
    )
    request_log: bool = Field(
        False,
        description=(
            "Whether each request is a line in the log: method, path without its query, status and "
            "milliseconds. A proxy in front says the same for less."
        ),
    )
    send_limit: int = Field(
        10, ge=1, le=1000, description="Messages per recipient in one `send_window`."
    )
    send_window: int = Field(
        600, ge=1, le=86_400, description="Seconds over which sends are counted."
    )
    send_timeout: float = Field(
        30.0, gt=0, le=600, description="Seconds that one hand-over to a provider may take in all."
    )

    worker_concurrency: int = Field(
        64,
        ge=2,
        le=1000,
        description=(
            "Messages that one `carteiro worker` (on SQLite: `carteiro serve`) has in hand at "
            "once; half of them at most go to one connector."
        ),
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Where Prometheus metrics are served, on `host`; unset, nowhere.",
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern="^https?://",
        description=(
            "An OpenTelemetry collector that gets spans over HTTP, such as "
            "`http://localhost:4318`; needs the extra `carteiro[otel]`."
        ),
    )
    message_retention_days: int = Field(
        30, ge=1, le=3650, description="Days for which messages and provider events are kept."
    )

    log_retention_days: int = Field(
        90, ge=1, le=3650, description="Days for which the audit log is kept."
    )
    revisions_kept: int = Field(
        50,
        ge=2,
        le=1000,
        description="Revisions that are kept of each template and of each connector's config; "
        "the oldest go first.",
    )

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError("expected http(s)://host[:port] without a path")
        return value.rstrip("/")

    @field_validator("security_contact")
    @classmethod
    def _contacts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for contact in value:
            if not _CONTACT.fullmatch(contact):
                raise ValueError("expected mailto:…, https://… or tel:…, separated by commas")
        return value

    @field_validator("egress_allow", "security_contact", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("dns_servers", mode="before")
    @classmethod
    def _servers(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple(server_of(part) for part in value.split(",") if part.strip())
        except ValueError:
            raise ValueError("expected address or address:port, separated by commas") from None

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("expected sqlite:///path or postgresql://…")
        return value

    @field_validator("https_proxy", "smtp_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and value.get_secret_value():
            Proxy.parse(value.get_secret_value(), *_PROXY_KINDS[info.field_name or ""])
        return value

    @property
    def proxies(self) -> Proxies:
        """The operator's proxies."""
        found = {}
        for name, kinds in _PROXY_KINDS.items():
            url: SecretStr | None = getattr(self, name)
            found[name.removesuffix("_proxy")] = (
                Proxy.parse(url.get_secret_value(), *kinds)
                if url is not None and url.get_secret_value()
                else None
            )
        return Proxies(**found, bypass=self.no_proxy or "")

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or ``None`` on PostgreSQL."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme == "sqlite" else None


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the environment; ``overrides`` win. Raises ``InvalidSettings`` naming what is wrong."""
    environment = os.environ if environment is None else environment
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {_ENV_FILE}
    unknown = sorted(
        name for name in environment if name.startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise InvalidSettings(f"Unknown setting{'s' * (len(unknown) > 1)}: {', '.join(unknown)}.")
    file = environment.get(_ENV_FILE)
    if file is not None and not os.access(file, os.R_OK):
        raise InvalidSettings(f"{_ENV_FILE}: the settings file {file} is not there to be read.")
    try:
        settings = Settings(_env_file=file, **overrides)
        common = {
            name: environment.get(name.upper()) or environment.get(name)
            for name in _COMMON
            if getattr(settings, name) is None
        }
        given = {name: value for name, value in common.items() if value}
        if not given:
            return settings
        return read_settings(environment, **{**overrides, **given})
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{_ENV_FILE}: {file} cannot be read as text.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"{PREFIX}{first['loc'][0]}".upper() if first["loc"] else "settings"
        raise InvalidSettings(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
