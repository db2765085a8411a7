"""What an SMTP setting cannot mean is refused where it is set, with the way to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trustme

from carteiro.connectors.contract import Services
from carteiro.connectors.providers.smtp import SmtpConnector
from carteiro.connectors.smtp.tls import TlsOptions, tls_context
from smtp_parts import config

Issues = Callable[..., list[Any]]
AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("client.test")
CA = AUTHORITY.cert_pem.bytes().decode()
CERT = CERTIFICATE.cert_chain_pems[0].bytes().decode()
KEY = CERTIFICATE.private_key_pem.bytes().decode()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"replyTo": "not an address"}, ["replyTo"]),
        ({"replyTo": "a@example.com, b@example.com"}, ["replyTo"]),
        ({"replyTo": "a@example.com,b@example.com"}, ["replyTo"]),
        ({"tls": {"minVersion": "TLS9"}}, ["tls", "minVersion"]),
        ({"tls": {"minVersion": 1.2}}, ["tls", "minVersion"]),
        ({"tls": {"maxVersion": "TLSv1.1"}}, ["tls", "maxVersion"]),
        ({"tls": {"minVersion": "TLSv1.3", "maxVersion": "TLSv1.2"}}, ["tls"]),
        ({"tls": {"rejectUnauthorised": False}}, ["tls"]),
        ({"tls": {"rejectUnauthorized": "false"}}, ["tls", "rejectUnauthorized"]),
        ({"tls": {"ca": "no certificate"}}, ["tls"]),
        ({"tls": {"ca": [CA, 3]}}, ["tls", "ca"]),
        ({"tls": {"cert": CERT, "key": "no key"}}, ["tls"]),
        ({"tls": {"key": KEY}}, ["tls"]),
        ({"tls": {"ciphers": "NO-SUCH-CIPHER"}}, ["tls"]),
        ({"tls": {"servername": "a b"}}, ["tls", "servername"]),
        ({"servername": "https://mail.example.com"}, ["servername"]),
        ({"host": ""}, ["host"]),
        ({"host": "smtp://mail.example.com"}, ["host"]),
        ({"host": "mail.example.com:25"}, ["host"]),
        ({"host": "mail .example.com"}, ["host"]),
        ({"host": f"{'l' * 64}.example.com"}, ["host"]),
        ({"host": "a..b"}, ["host"]),
        ({"port": 0}, ["port"]),
        ({"port": -25}, ["port"]),
        ({"port": 65_536}, ["port"]),
        ({"socketTimeout": 0}, ["socketTimeout"]),
        ({"connectionTimeout": -1}, ["connectionTimeout"]),
        ({"greetingTimeout": float("nan")}, ["greetingTimeout"]),
        ({"dnsTimeout": float("inf")}, ["dnsTimeout"]),
        ({"localAddress": "eth0"}, ["localAddress"]),
        ({"name": "my host"}, ["name"]),
        ({"name": "höst.example.com"}, ["name"]),
        ({"ignoreTLS": True, "requireTLS": True}, []),
        ({"auth": {"user": "u", "accessUrl": "file:///etc/passwd"}}, ["auth"]),
    ],
)
def test_a_setting_that_cannot_be_meant(
    issues: Issues, changes: dict[str, Any], path: list[str]
) -> None:
    found = issues(SmtpConnector, {**config(25), **changes})

    assert [entry["path"] for entry in found] == [path]
    assert all(entry["message"] for entry in found)


@pytest.mark.parametrize(
    "changes",
    [
        *({"replyTo": text} for text in ("", "a@example.com", "Jörg <jörg@example.com>")),
        *({"tls": {"minVersion": text}} for text in ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        {
            "tls": {
                "ca": [CA, CA],
                "cert": CERT,
                "key": KEY,
                "passphrase": "",
                "maxVersion": "TLSv1.2",
            }
        },
        {"tls": {"ca": None, "cert": None, "key": None}},
        {"tls": {"rejectUnauthorized": False, "servername": "mail.exämple.com", "ciphers": "HIGH"}},
        *({"host": text} for text in ("mail.exämple.com", "::1", "10.0.0.1", "mail_1", "mail.x.")),
        {"name": "[127.0.0.1]", "localAddress": "::1"},
        {"name": "", "localAddress": "", "servername": ""},
        {"port": 65_535, "socketTimeout": 0.5},
    ],
)
def test_a_setting_that_can(issues: Issues, changes: dict[str, Any]) -> None:
    assert issues(SmtpConnector, {**config(25), **changes}) == []


@pytest.mark.parametrize(
    ("options", "lowest", "highest"),
    [
        ({}, "TLSv1_2", "TLSv1_3"),
        ({"minVersion": "TLSv1"}, "TLSv1_2", "TLSv1_3"),
        ({"minVersion": "TLSv1.3"}, "TLSv1_3", "TLSv1_3"),
        ({"maxVersion": "TLSv1.2"}, "TLSv1_2", "TLSv1_2"),
    ],
)
def test_the_versions_count_and_the_oldest_is_1_2(
    options: dict[str, str], lowest: str, highest: str
) -> None:
    context = tls_context(TlsOptions.model_validate(options))

    assert (context.minimum_version.name, context.maximum_version.name) == (lowest, highest)


def test_secrets_of_tls_have_no_repr() -> None:
    shown = repr(SmtpConnector.parse(config(25, tls={"cert": CERT, "key": KEY})))

    assert "PRIVATE KEY" not in shown


def test_an_operator_is_told_what_a_config_gives_up(services: Services) -> None:
    open_ = {"ignoreTLS": True, "tls": {"rejectUnauthorized": False}}
    told = [
        SmtpConnector(SmtpConnector.parse({**config(25), **changes}), services).cautions()
        for changes in ({}, open_)
    ]

    assert not told[0]
    assert [text.partition(" ")[0] for text in told[1]] == [
        "`ignoreTLS`",
        "`tls.rejectUnauthorized`",
    ]
