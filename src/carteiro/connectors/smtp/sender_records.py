"""What well-known mail servers want to find in the DNS of those who send through them."""

from __future__ import annotations

from dataclasses import replace

from carteiro.model.sender_dns import SenderDns

_OWN_KEY = "If the server does not sign, make a key of your own: `carteiro dkim new`."
_OWN = SenderDns(ask_for=_OWN_KEY, envelope="")
_BY_HOST = {
    "gmail.com": SenderDns(spf="_spf.google.com", selectors=("google",), varies=True),
    "office365.com": SenderDns(
        spf="spf.protection.outlook.com", selectors=("selector1", "selector2")
    ),
    "zoho.com": SenderDns(spf="zohomail.com", selectors=("zmail", "zoho"), varies=True),
    "zoho.eu": SenderDns(spf="zohomail.eu", selectors=("zmail", "zoho"), varies=True),
    "fastmail.com": SenderDns(spf="spf.messagingengine.com", selectors=("fm1", "fm2", "fm3")),
    "yandex.com": SenderDns(spf="_spf.yandex.net", selectors=("mail",)),
    "qq.com": SenderDns(spf="spf.mail.qq.com", varies=True),
}
"""By the end of the server's name, for domains that people bring along."""


def records_of(host: str) -> SenderDns:
    """The records for whoever sends through a server; the envelope is the sender's domain."""
    name = host.lower().rstrip(".")
    for end, known in _BY_HOST.items():
        if name.endswith(f".{end}"):
            return replace(known, envelope="", ask_for=_OWN_KEY, server=name)
    return replace(_OWN, server=name)
