"""What well-known mail servers want to find in the DNS of those who send through them."""

from __future__ import annotations

from dataclasses import replace

from carteiro.model.sender_dns import SenderDns

_OWN_KEY = "If the server does not sign, make a key of your own: `carteiro dkim new`."
_OWN = SenderDns(ask_for=_OWN_KEY, envelope="")
_BY_HOST = {
    "gmail.com": SenderDns(
        spf="_spf.google.com",
        selectors=("google",),
        varies=True,
        sources=(
            "https://support.google.com/a/answer/10684623",
            "https://support.google.com/a/answer/174126",
        ),
    ),
    "office365.com": SenderDns(
        spf="spf.protection.outlook.com",
        selectors=("selector1", "selector2"),
        sources=(
            "https://github.com/Domain-Connect/Templates/blob/master/microsoft.com.o365.json",
            "https://senderreputation.org/blog/microsoft-365-spf-dkim-dmarc-setup-guide",
        ),
    ),
    "zoho.com": SenderDns(
        spf="zohomail.com",
        spf_also=("zoho.com", "spf.zoho.com"),
        selectors=("zmail", "zoho"),
        varies=True,
        sources=(
            "https://domainsecurityscanner.com/guides/zoho-mail",
            "https://mxio.io/providers/zoho-mail",
        ),
    ),
    "zoho.eu": SenderDns(
        spf="zohomail.eu",
        spf_also=("zoho.eu", "spf.zoho.eu"),
        selectors=("zmail", "zoho"),
        varies=True,
        sources=("https://mailermonk.com/guides/spf/zoho-mail",),
    ),
    "fastmail.com": SenderDns(
        spf="spf.messagingengine.com",
        selectors=("fm1", "fm2", "fm3"),
        sources=(
            "https://www.fastmail.help/hc/en-us/articles/360060591153",
            "https://mailflowauthority.com/email-authentication/fastmail-email-auth",
        ),
    ),
    "yandex.com": SenderDns(
        spf="_spf.yandex.net",
        selectors=("mail",),
        varies=True,
        sources=("https://yandex.com.tr/support/connect/dns/spf.html",),
    ),
    "qq.com": SenderDns(
        spf="spf.mail.qq.com",
        varies=True,
        sources=("https://service.mail.qq.com/cgi-bin/help?subtype=1&no=417&id=48",),
    ),
}
"""By the end of the server's name, for domains that people bring along."""


def records_of(host: str) -> SenderDns:
    """The records for whoever sends through a server; the envelope is the sender's domain."""
    name = host.lower().rstrip(".")
    for end, known in _BY_HOST.items():
        if name.endswith(f".{end}"):
            return replace(known, envelope="", ask_for=_OWN_KEY, server=name)
    return replace(_OWN, server=name)
