"""Carteiro's tests run on asyncio, and its suite explains its failures."""

import pytest

pytest.register_assert_rewrite("carteiro.testing.connector_contract")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests that are ``async`` run on asyncio."""
    return "asyncio"
