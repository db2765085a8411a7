"""What a failed SMTP dialogue means, in words that say what to change."""

from __future__ import annotations

import re
import ssl
from enum import StrEnum
from typing import Protocol

import aiosmtplib

from carteiro.connectors.egress.guard import EgressRefused
from carteiro.errors import DeliveryFailed, Disposition


class Stage(StrEnum):
    """Where in the dialogue it failed; the value begins the message."""

    AUTH = "Invalid login"
    MAIL = "Mail command failed"
    RCPT = "Can't send mail - all recipients were rejected"
    DATA = "Message failed"


class Server(Protocol):
    """What the texts mention of a server."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def implicit_tls(self) -> bool: ...


BROKEN = (aiosmtplib.SMTPException, OSError, ValueError)
"""What a dialogue ends in: the library's errors, the socket's, and what no command can hold."""
_THROTTLE = re.compile(r"\b4\.7\.|\b4\.2\.1\b|rate|too many|throttl", re.IGNORECASE)
_NO_REPLY = "what the server said is no answer in SMTP"
_GREYLIST = re.compile(r"gr[ea]ylist", re.IGNORECASE)


def is_refusal(code: int) -> bool:
    """Whether a reply says no (RFC 5321 §4.2.1); what is neither yes nor no is out of step."""
    return 400 <= code < 600


def refused(stage: Stage, code: int, text: str) -> DeliveryFailed:
    """The server answered, and the answer is no; or it said what is no answer to this command."""
    if not is_refusal(code):
        return DeliveryFailed(f"{stage}: {_NO_REPLY}.", disposition=Disposition.TRANSIENT)
    reply = f"{code} {_one_line(text)}"
    return DeliveryFailed(f"{stage}: {reply}", disposition=_disposition(stage, code, text))


def _disposition(stage: Stage, code: int, text: str) -> Disposition:
    if stage is Stage.AUTH:
        return Disposition.TRANSIENT if 400 <= code < 500 else Disposition.PERMANENT
    if not 400 <= code < 500:
        return Disposition.PERMANENT
    if _THROTTLE.search(text) and not _GREYLIST.search(text):
        return Disposition.THROTTLED
    return Disposition.TRANSIENT


def no_answer(error: Exception) -> DeliveryFailed:
    """The message was handed over and the server said nothing: it may have been sent."""
    return DeliveryFailed(
        f"The server did not confirm the message: {_kind(error)}.",
        disposition=Disposition.UNKNOWN,
    )


def unsupported_address(whose: str) -> DeliveryFailed:
    """RFC 6531 §3.2: a local part beyond ASCII needs a server that announces SMTPUTF8.

    ``whose`` begins the sentence. A header counts like the envelope: without it the mail would say
    less than its template, so it is not sent.
    """
    return DeliveryFailed(
        f"{whose} has letters beyond ASCII before the @ and the server does not take them "
        "(no SMTPUTF8)."
    )


def in_clear(server: Server, what: str) -> DeliveryFailed:
    """The connection has no TLS and nobody said that it may lack it: nothing was sent.

    Transient: somebody on the way may have taken the offer of STARTTLS out.
    """
    return DeliveryFailed(
        f"{what} was not sent: the connection to {server.host}:{server.port} is not encrypted, "
        "because the server does not offer STARTTLS. Use a port with TLS (465 or 587), or set "
        "`ignoreTLS` to true to send without.",
        disposition=Disposition.TRANSIENT,
    )


def without_esmtp(server: Server, code: int, text: str) -> DeliveryFailed:
    """The server knows HELO alone, and with it neither TLS nor signing in."""
    return DeliveryFailed(
        f"{server.host}:{server.port} does not take EHLO ({code} {_one_line(text)}), so neither "
        "STARTTLS nor signing in is possible there.",
        disposition=Disposition.TRANSIENT,
    )


def expects_tls(server: Server) -> DeliveryFailed:
    """The server says nothing because it waits for TLS."""
    return DeliveryFailed(
        f"{server.host}:{server.port} expects TLS from the first byte: set `secure` to true."
    )


def unreachable(error: Exception, server: Server) -> DeliveryFailed:
    """No dialogue came about; the text says what to look at."""
    place = f"{server.host}:{server.port}"
    if isinstance(error, EgressRefused):
        return DeliveryFailed(str(error))
    # The library wraps what went wrong below it; that is what says what to change.
    if isinstance(error.__cause__, (ssl.SSLError, ConnectionRefusedError)):
        error = error.__cause__
    if isinstance(error, aiosmtplib.SMTPResponseException) and not is_refusal(error.code):
        said = f"The dialogue with {place} broke: {_kind(error)}."
        return DeliveryFailed(said, disposition=Disposition.TRANSIENT)
    # The same certificate, and the same characters, will be no better at the next try.
    permanent = isinstance(error, ValueError)
    for kind, text in _DIAGNOSES:
        if isinstance(error, kind):
            said = text.format(place=place, reason=_one_line(str(error)), advice=_advice(server))
            break
    else:
        said = f"The dialogue with {place} broke: {_kind(error)}."
    return DeliveryFailed(
        said, disposition=Disposition.PERMANENT if permanent else Disposition.TRANSIENT
    )


_DIAGNOSES: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "The certificate of {place} is not trusted: {reason}."),
    (ssl.SSLError, "TLS with {place} failed ({reason}). {advice}"),
    (ConnectionRefusedError, "connect ECONNREFUSED {place}: nothing listens there."),
    (aiosmtplib.SMTPConnectTimeoutError, "{place} did not answer in time. {advice}"),
    (aiosmtplib.SMTPTimeoutError, "{place} did not answer in time. {advice}"),
    (aiosmtplib.SMTPConnectResponseError, "{place} refused the connection: {reason}."),
    (aiosmtplib.SMTPServerDisconnected, "{place} closed the connection: {reason}. {advice}"),
    (aiosmtplib.SMTPConnectError, "{place} cannot be reached: {reason}. {advice}"),
    (aiosmtplib.SMTPResponseException, "{place} refused: {reason}."),
    (aiosmtplib.SMTPException, "STARTTLS with {place} is not possible: {reason}."),
    (TimeoutError, "{place} did not answer in time. {advice}"),
    (OSError, "{place} cannot be reached: {reason}."),
)
"""The most special first."""


def _advice(server: Server) -> str:
    if server.implicit_tls:
        return "If the server begins without TLS (port 25 or 587), set `secure` to false."
    return "If the server expects TLS from the first byte (port 465), set `secure` to true."


def _kind(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException) and not is_refusal(error.code):
        return _NO_REPLY
    return _one_line(str(error)) or type(error).__name__


def _one_line(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:500]
