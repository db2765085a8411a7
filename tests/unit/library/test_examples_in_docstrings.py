"""The examples in the docstrings of the library face do what they say."""

from __future__ import annotations

import doctest
import inspect

import pytest

import carteiro

FACE = {name: getattr(carteiro, name) for name in carteiro.__all__}
WITH_EXAMPLES = {name for name, value in FACE.items() if ">>>" in (value.__doc__ or "")}
_FLAGS = doctest.ELLIPSIS


@pytest.mark.parametrize("name", sorted(WITH_EXAMPLES))
def test_an_example_does_what_it_says(name: str) -> None:
    text = inspect.getdoc(FACE[name]) or ""
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    said: list[str] = []

    outcome = doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=said.append)

    assert outcome.attempted > 0
    assert outcome.failed == 0, "".join(said)


def test_what_is_called_has_an_example() -> None:
    called = {
        name
        for name, value in FACE.items()
        if inspect.isfunction(inspect.unwrap(value)) and name != "open_blocking_sender"
    }

    assert called - WITH_EXAMPLES == set()
