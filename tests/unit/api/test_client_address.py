"""Whose address a request has: only what trusted proxies have seen counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carteiro.api.context import client_ip

SOCKET = "10.0.0.9"
ADDRESSES = st.ip_addresses().map(str)


def scope(*forwarded: str) -> dict[str, object]:
    headers = [(b"host", b"a")]
    if forwarded:
        headers.append((b"x-forwarded-for", ", ".join(forwarded).encode()))
    return {"headers": headers, "client": (SOCKET, 1)}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, (), SOCKET),
        (0, ("192.0.2.1",), SOCKET),
        (1, (), SOCKET),
        (1, ("192.0.2.1",), "192.0.2.1"),
        (1, ("6.6.6.6", "192.0.2.1"), "192.0.2.1"),
        (1, ("6.6.6.6", "7.7.7.7", "192.0.2.1"), "192.0.2.1"),
        (2, ("6.6.6.6", "192.0.2.1", "10.0.0.1"), "192.0.2.1"),
        (2, ("192.0.2.1",), "192.0.2.1"),
        (1, ("6.6.6.6", "", " "), "6.6.6.6"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(
    proxies: int, forwarded: tuple[str, ...], address: str
) -> None:
    assert client_ip(scope(*forwarded), proxies) == address


@given(
    spoofed=st.lists(ADDRESSES, max_size=5),
    client=ADDRESSES,
    between=st.lists(ADDRESSES, max_size=3),
)
def test_whatever_a_client_puts_in_front_is_not_taken(
    spoofed: list[str], client: str, between: list[str]
) -> None:
    # Each proxy adds the address that it was reached from; the last one is the socket's.
    seen = [*spoofed, client, *between]

    assert client_ip(scope(*seen), len(between) + 1) == client


def test_a_header_that_a_proxy_adds_below_the_clients_counts() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"192.0.2.1")]

    assert client_ip({"headers": headers, "client": (SOCKET, 1)}, 1) == "192.0.2.1"
