"""A third verifier of DKIM: the rules read from RFC 6376 and RFC 8463 anew, the mathematics OpenSSL's.

It shares no line with what signs. That it is right is shown by the mail that RFC 8463 prints in its
appendix A.3, with a signature of either kind.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_ED25519 = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes in a SubjectPublicKeyInfo (RFC 8410 §4)."""

SEED = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
"""RFC 8463, A.2: the private key of the selector ``brisbane``."""
RECORDS = {
    "brisbane._domainkey.football.example.com": (
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
        "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
        "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}
SIGNED = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
"""RFC 8463, A.3."""


def openssl_verdicts(raw: bytes, records: Mapping[str, str]) -> list[bool]:
    """Whether each signature is good, in their order; ``records`` by their names."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = [line.split(b":", 1) for line in re.split(rb"\r\n(?![ \t])", head)]
    signatures = [value for name, value in fields if name.strip().lower() == b"dkim-signature"]
    return [_good(value, fields, body, records) for value in signatures]


def _good(value: bytes, fields: list[list[bytes]], body: bytes, records: Mapping[str, str]) -> bool:
    tags = {
        part.split("=", 1)[0].strip(): re.sub(r"\s", "", part.split("=", 1)[1])
        for part in value.decode().split(";")
        if part.strip()
    }
    assert (tags["v"], tags["c"]) == ("1", "relaxed/relaxed")
    if base64.b64decode(tags["bh"]) != hashlib.sha256(_body(body)).digest():
        return False
    left, data = list(fields), b""
    for wanted in tags["h"].lower().split(":"):
        # The lowest of several first (RFC 6376 §5.4.2); one that is not there counts as nothing.
        for place in range(len(left) - 1, -1, -1):
            if left[place][0].strip().lower() == wanted.encode():
                data += _field(*left.pop(place)) + b"\r\n"
                break
    data += _field(b"DKIM-Signature", re.sub(rb"(;\s*b\s*=)[^;]*", rb"\1", value))
    record = records[f"{tags['s']}._domainkey.{tags['d']}"]
    published = base64.b64decode(re.sub(r".*p=", "", record))
    return _openssl_accepts(tags["a"], published, data, base64.b64decode(tags["b"]))


def _field(name: bytes, value: bytes) -> bytes:
    """RFC 6376 §3.4.2."""
    unfolded = value.replace(b"\r\n", b"")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", unfolded).strip(b" ")


def _body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _openssl_accepts(algorithm: str, published: bytes, data: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        key, sig, signed = (Path(folder, name) for name in ("key", "signature", "signed"))
        sig.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", str(key),
                   "-sigfile", str(sig), "-in", str(signed)]  # fmt: skip
        digest = hashlib.sha256(data).digest()
        signed.write_bytes(digest)
        if algorithm == "ed25519-sha256":
            # RFC 8463 §3: the digest is what is signed, as a message of its own.
            key.write_bytes(_ED25519 + published)
            command.append("-rawin")
        else:
            assert algorithm == "rsa-sha256"
            key.write_bytes(published)
            command += ["-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pkcs1"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
