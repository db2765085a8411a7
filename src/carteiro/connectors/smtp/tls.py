"""TLS for SMTP, from the option names that the wire has for it."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from carteiro.connectors.form import HostText
from carteiro.model.wire import Strict

_OLDEST = ssl.TLSVersion.TLSv1_2
_VERSIONS = {
    # Who allows an older one allows TLS 1.2, too; older ones are not spoken.
    "TLSv1": _OLDEST,
    "TLSv1.1": _OLDEST,
    "TLSv1.2": _OLDEST,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def _ascii(value: str) -> str:
    if not value.isascii():
        raise PydanticCustomError("custom", "PEM is ASCII.")
    return value


def _one_or_many(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) and all(map(_is_text, value)) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


Pem = Annotated[str, BeforeValidator(_one_or_many), AfterValidator(_ascii)]
"""A text in PEM, or a list of such texts."""


class TlsOptions(Strict):
    """The options that mean something here; Node.js's names, as on the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    nullable = frozenset({"ca", "cert", "key", "passphrase", "ciphers"})

    ca: Pem | None = None
    cert: Pem | None = None
    key: Pem | None = Field(None, repr=False)
    passphrase: str | None = Field(None, repr=False)
    ciphers: str | None = None
    min_version: Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] | None = Field(
        None, alias="minVersion"
    )
    max_version: Literal["TLSv1.2", "TLSv1.3"] | None = Field(None, alias="maxVersion")
    servername: HostText | None = None
    reject_unauthorized: bool = Field(default=True, alias="rejectUnauthorized")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        """Every option is tried, so that none fails only when a mail is sent."""
        if self.key and not self.cert:
            raise PydanticCustomError("custom", "`key` needs `cert`.")
        try:
            _apply(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self)
        except (ssl.SSLError, ValueError, OSError):
            text = "The certificates, the key, the ciphers or the versions cannot be used."
            raise PydanticCustomError("custom", text) from None
        return self


def tls_context(options: TlsOptions) -> ssl.SSLContext:
    """A context that checks certificate and host name, unless ``rejectUnauthorized`` is false.

    Older versions than TLS 1.2 are never spoken.
    """
    context = ssl.create_default_context()
    _apply(context, options)
    if not options.reject_unauthorized:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _apply(context: ssl.SSLContext, options: TlsOptions) -> None:
    if options.ca:
        context.load_verify_locations(cadata=options.ca)
    if options.cert:
        _load_pair(context, options)
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    lowest = _VERSIONS[options.min_version or "TLSv1.2"]
    highest = _VERSIONS[options.max_version or "TLSv1.3"]
    if lowest > highest:
        raise ValueError
    context.minimum_version, context.maximum_version = lowest, highest


def _load_pair(context: ssl.SSLContext, options: TlsOptions) -> None:
    """OpenSSL reads a client's key only from a file: one that its owner alone can read, briefly."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        path.touch(mode=0o600)
        path.write_text(f"{options.cert}\n{options.key or ''}", "ascii")
        # Without a passphrase OpenSSL would ask for one on the terminal.
        context.load_cert_chain(path, password=options.passphrase or "")
