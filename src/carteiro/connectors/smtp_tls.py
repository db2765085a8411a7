"""TLS for SMTP, from the option names that the wire has for it."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carteiro.errors import InvalidConfig
from carteiro.model.issues import issue

_VERSIONS = {
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def tls_context(options: Mapping[str, Any]) -> ssl.SSLContext:
    """A context that checks certificate and host name, unless ``rejectUnauthorized`` is false.

    Of the options ``ca``, ``cert``, ``key``, ``passphrase``, ``ciphers``, ``minVersion`` and
    ``maxVersion`` count; every other one is passed over. Raises ``InvalidConfig``.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if options.get("ca"):
            context.load_verify_locations(cadata=_joined(options["ca"]))
        if options.get("cert"):
            _load_pair(context, options)
        if options.get("ciphers"):
            context.set_ciphers(options["ciphers"])
        context.minimum_version = _VERSIONS.get(
            options.get("minVersion", ""), ssl.TLSVersion.TLSv1_2
        )
        if options.get("maxVersion") in _VERSIONS:
            context.maximum_version = _VERSIONS[options["maxVersion"]]
    except (ssl.SSLError, TypeError, ValueError) as error:
        text = f"The TLS options cannot be used: {type(error).__name__}"
        raise InvalidConfig([issue("custom", ["tls"], text)]) from None
    if options.get("rejectUnauthorized") is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)


def _load_pair(context: ssl.SSLContext, options: Mapping[str, Any]) -> None:
    """OpenSSL reads a client's key only from a file: one that its owner alone can read, briefly."""
    pair = f"{_joined(options['cert'])}\n{_joined(options.get('key') or '')}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        path.touch(mode=0o600)
        path.write_text(pair, "utf-8")
        context.load_cert_chain(path, password=options.get("passphrase"))
