"""What is wrong with the domains that mail is sent from, or to."""

from __future__ import annotations

from carteiro.errors.root import CarteiroError


class NameUnavailable(CarteiroError):
    """The DNS gave no answer, or one that cannot be used. Nothing follows from it; try later."""

    code = "dns.unavailable"
    summary = "The DNS gives no answer at the moment."


class DkimKeyRefused(CarteiroError):
    """A key that signs mail cannot be made or changed as things stand; the message says why."""

    code = "dkim.key_refused"
    summary = "The key cannot be changed as things stand."


class DkimRecordMissing(CarteiroError):
    """The DNS does not publish the key: nobody could verify what it signs. Add the record."""

    code = "dkim.record_missing"
    summary = "The DNS does not publish this key."


class DomainTakesNoMail(CarteiroError):
    """The address's domain does not exist, or says that it takes no mail. Fix the address."""

    code = "message.domain_takes_no_mail"
    summary = "No mail reaches this address: its domain takes none."
