"""Why a message is not sent, and what cannot be done with one on record."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class RecipientSuppressed(CarteiroError):
    """Mails to this address bounced or were complained about: an administrator decides.

    Take the address off the suppression list when it works again.
    """

    code = "message.recipient_suppressed"
    summary = "This address is on the suppression list: earlier mails to it bounced."


class MessageNotWaiting(CarteiroError):
    """The message has ended or is in a worker's hands: it can be neither hastened nor cancelled."""

    code = "message.not_waiting"
    summary = "The message does not wait: it has ended, or it is being sent."


class FeedbackRejected(CarteiroError):
    """A provider's event is not signed as agreed: nothing of it is used."""

    code = "feedback.signature_invalid"
    summary = "The signature of the event is not valid."


class FeedbackMalformed(CarteiroError):
    """What is signed as agreed is not an event of this provider."""

    code = "feedback.malformed"
    summary = "The event cannot be read."


class FeedbackUnavailable(CarteiroError):
    """The event could not be checked, because its signer could not be reached: send it again."""

    code = "feedback.unavailable"
    summary = "The event cannot be checked at the moment."
