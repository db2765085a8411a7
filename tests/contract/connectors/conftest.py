"""Failures inside the inherited suite explain themselves as those of a test module do."""

import pytest

pytest.register_assert_rewrite(
    "carteiro.testing.connector_contract", "carteiro.testing.http_contract"
)
