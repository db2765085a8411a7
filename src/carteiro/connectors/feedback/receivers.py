"""Which connector's provider tells of its messages, and how."""

from __future__ import annotations

from collections.abc import Mapping

from carteiro.connectors.feedback.contract import Receiver
from carteiro.connectors.feedback.mailgun import MailgunReceiver
from carteiro.connectors.feedback.postmark import PostmarkReceiver
from carteiro.connectors.feedback.sendgrid import SendGridReceiver
from carteiro.connectors.feedback.ses import SesReceiver
from carteiro.connectors.feedback.signed import SignedReceiver

_SIGNED = SignedReceiver()
RECEIVERS: Mapping[str, Receiver] = {
    "aws-ses-mail": SesReceiver(),
    "mailgun-email": MailgunReceiver(),
    "postmark-mail": PostmarkReceiver(),
    "sendgrid-email-service": SendGridReceiver(),
}


def receiver_of(factory_id: str) -> Receiver:
    """The receiver for a connector; one without its own takes events signed the standard way."""
    return RECEIVERS.get(factory_id, _SIGNED)
