"""The library signs what it sends by SMTP, with keys that somebody brings as files."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.core.mail import send_mail

import carteiro
from carteiro import DkimKey, Rendered
from carteiro.errors import DkimKeyRefused, InvalidAddress, NotSupportedByConnector
from carteiro.testing.smtp_server import SmtpSink
from dkim_openssl_parts import openssl_verdicts
from dkim_parts import good_signatures, perl_says
from dns_parts import DnsServer
from integration.library.test_blocking_and_django import configured, sink, smtp
from provider_parts import documented
from smtp_parts import config

__all__ = ["configured", "sink"]
SMTP = "simple-mail-transfer-protocol"
WORDS = Rendered(subject="Çò " * 40, text="é " * 600, html="<p>код 042137</p>\n\n")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Private keys as the OpenSSL program makes them, in files."""
    folder, known = tmp_path_factory.mktemp("keys"), dict[tuple[str, ...], bytes]()

    def make(*arguments: str) -> bytes:
        if arguments not in known:
            path = folder / "dkim.pem"
            command = ["openssl", *arguments[:1], "-out", str(path), *arguments[1:]]
            subprocess.run(command, check=True, capture_output=True)
            known[arguments] = path.read_bytes()
        return known[arguments]

    return make


@pytest.fixture
def keys(pem: Callable[..., bytes]) -> Callable[[str], list[DkimKey]]:
    def made(domain: str) -> list[DkimKey]:
        rsa, short = pem("genrsa", "2048"), pem("genpkey", "-algorithm", "ed25519")
        return [
            DkimKey.from_pem(rsa, domain=domain, selector="s1"),
            DkimKey.from_pem(short.decode(), domain=domain, selector="e1"),
        ]

    return made


async def test_three_verifiers_of_others_take_what_the_library_sends_for_good(
    keys: Callable[[str], list[DkimKey]],
) -> None:
    both = keys("E.com")
    records = {one.host: one.record for one in both}
    zone = {host: {"TXT": record} for host, record in records.items()}
    async with (
        SmtpSink() as server,
        DnsServer(zone) as names,
        carteiro.open_sender(SMTP, config(server.port), dkim_keys=both) as sender,
    ):
        await sender.send_rendered("jürgen@e.com", WORDS)
        raw = server.received[0].raw
        said = await perl_says(raw, names.port)

    assert said[0] == "e.com s1 pass"
    assert good_signatures(raw, records) == 2
    assert openssl_verdicts(raw, records) == [True, True]


async def test_a_script_and_django_sign_too(
    keys: Callable[[str], list[DkimKey]], configured: SmtpSink
) -> None:
    both = keys("acme.test")
    django_settings.CARTEIRO["dkim_keys"] = both

    def run() -> None:
        with carteiro.open_blocking_sender(SMTP, smtp(configured.port), dkim_keys=both) as sender:
            sender.send_rendered("ana@example.com", WORDS)
        send_mail("s", "b", None, ["ana@example.com"])

    await asyncio.to_thread(run)

    records = {one.host: one.record for one in both}
    assert [good_signatures(mail.raw, records) for mail in configured.received] == [2, 2]


@pytest.mark.parametrize(
    ("connector", "domain", "error", "said"),
    [
        ("mailgun-email", "e.com", NotSupportedByConnector, "its provider signs"),
        (SMTP, "other.test", DkimKeyRefused, "None of the keys is for e.com"),
        (SMTP, "mail.e.com", DkimKeyRefused, "None of the keys is for e.com"),
    ],
)
async def test_keys_that_would_sign_nothing_are_refused_before_anything_is_sent(
    keys: Callable[[str], list[DkimKey]],
    connector: str,
    domain: str,
    error: type[Exception],
    said: str,
) -> None:
    given = config(25) if connector == SMTP else documented(connector)

    with pytest.raises(error, match=said):
        async with carteiro.open_sender(connector, given, dkim_keys=keys(domain)):
            pytest.fail("opened")


@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        (("genrsa", "512"), {}, "1024 bits"),
        (("genpkey", "-algorithm", "ed448"), {}, "RSA or Ed25519"),
        (("genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), {}, "RSA or Ed25519"),
        (("genrsa", "-aes128", "-passout", "pass:secret", "1024"), {}, "without a passphrase"),
        (("genrsa", "1024"), {"selector": "a.b"}, "A selector has"),
        (("genrsa", "1024"), {"selector": "s1;p="}, "A selector has"),
    ],
    ids=["weak", "ed448", "ec", "passphrase", "two labels", "tag"],
)  # fmt: skip
def test_a_file_that_signs_no_mail_is_refused_and_not_repeated(
    pem: Callable[..., bytes], arguments: tuple[str, ...], changes: dict[str, str], said: str
) -> None:
    data = pem(*arguments)

    with pytest.raises(DkimKeyRefused, match=said) as refused:
        DkimKey.from_pem(data, **{"domain": "e.com", "selector": "s1", **changes})

    assert refused.value.__cause__ is None
    assert data.decode().splitlines()[1] not in refused.value.message


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_half_a_file_is_refused(pem: Callable[..., bytes], cut: int) -> None:
    with pytest.raises(DkimKeyRefused, match="no private key"):
        DkimKey.from_pem(pem("genrsa", "1024")[:cut], domain="e.com", selector="s1")


@pytest.mark.parametrize("domain", ["a@e.com", "", "e", "e..com", "e.com; p="])
def test_a_key_is_for_a_domain(pem: Callable[..., bytes], domain: str) -> None:
    with pytest.raises(InvalidAddress):
        DkimKey.from_pem(pem("genrsa", "1024"), domain=domain, selector="s1")


def test_a_domain_may_be_written_in_any_script(pem: Callable[..., bytes]) -> None:
    key = DkimKey.from_pem(pem("genrsa", "1024"), domain="Bücher.example", selector="s1")

    assert key.host == "s1._domainkey.xn--bcher-kva.example"
    assert key.record.startswith("v=DKIM1; k=rsa; p=")
    assert "PRIVATE" not in repr(key).upper()
