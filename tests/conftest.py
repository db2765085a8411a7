"""What every tier shares."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The event loop of the server, also in tests."""
    return "asyncio", {"use_uvloop": True}
