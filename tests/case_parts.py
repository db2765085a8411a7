"""Tests named by their place, for tables that say which test holds what."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent


def is_test(place: str) -> bool:
    """Whether ``integration/…/test_x.py::test_name`` is there."""
    file, _, name = place.partition("::")
    return name in _functions(file)


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))
