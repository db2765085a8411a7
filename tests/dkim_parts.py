"""Two verifiers of DKIM that others wrote: dkimpy (Python) and Mail::DKIM (Perl), over real DNS."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from typing import Any

import dkim
import pytest

from carteiro.connectors.dkim.keys import DkimKey, KeyAlgorithm, new_private

_SCRIPT = r"""
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS::Resolver;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
    nameservers => ['127.0.0.1'], port => $ARGV[0], recurse => 1, udp_timeout => 5));
my $verifier = Mail::DKIM::Verifier->new();
binmode STDIN;
local $/;
$verifier->PRINT(<STDIN>);
$verifier->CLOSE;
for my $signature ($verifier->signatures) {
    print join(' ', $signature->domain, $signature->selector, $signature->result_detail), "\n";
}
print "none\n" unless $verifier->signatures;
"""
_KEYS: dict[KeyAlgorithm, Any] = {}


def key(
    domain: str = "e.com",
    selector: str = "s1",
    algorithm: KeyAlgorithm = KeyAlgorithm.RSA,
) -> DkimKey:
    """A key for a domain; its secret is made once for all tests of a process."""
    private = _KEYS.setdefault(algorithm, new_private(algorithm))
    return DkimKey(domain=domain, selector=selector, algorithm=algorithm, private=private)


def zone_of(*keys: DkimKey) -> dict[str, dict[str, str]]:
    """The records that publish them."""
    return {one.host: {"TXT": one.record} for one in keys}


def dkimpy_accepts(raw: bytes, *keys: DkimKey) -> bool:
    """Whether dkimpy takes the first signature for good."""
    records = {f"{one.host}.".encode(): one.record.encode() for one in keys}
    return bool(dkim.verify(raw, dnsfunc=lambda name, **_: records.get(name)))


def good_signatures(raw: bytes, records: Mapping[str, str]) -> int:
    """How many signatures dkimpy takes for good, by records at their names."""
    found = {f"{host}.".encode(): text.encode() for host, text in records.items()}
    head = raw.partition(b"\r\n\r\n")[0]
    count = sum(line.startswith(b"DKIM-Signature:") for line in head.split(b"\r\n"))
    return sum(
        bool(dkim.DKIM(raw).verify(place, dnsfunc=lambda name, **_: found.get(name)))
        for place in range(count)
    )


async def perl_says(raw: bytes, port: int) -> list[str]:
    """What Mail::DKIM says of each signature, with a DNS server on a port of this machine."""
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("perl is not installed")
    process = await asyncio.create_subprocess_exec(
        perl, "-e", _SCRIPT, str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, problem = await asyncio.wait_for(process.communicate(raw), 60)
    assert process.returncode == 0, problem.decode()
    return said.decode().splitlines()
