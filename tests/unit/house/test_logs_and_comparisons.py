"""Rules that hold for every line of the package: what a log may say, how secrets are compared."""

from __future__ import annotations

import ast
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

import carteiro
from carteiro import secrets

ROOT = Path(carteiro.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
_SAYS_NO_VALUE = {"type", "reason_of", "_where"}
"""What may be asked of an error before it is logged."""
_ATTRIBUTES = {"code", "strerror"}


def _errors_in(function: ast.AST) -> set[str]:
    """Names that hold an exception: of an ``except``, or of a parameter that says so."""
    found = {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler)}
    for node in ast.walk(function):
        if isinstance(node, ast.arg) and node.arg in {"error", "problem", "failure", "exception"}:
            found.add(node.arg)
        if isinstance(node, ast.NamedExpr) and "exception()" in ast.unparse(node.value):
            found.add(node.target.id)
    return {name for name in found if name}


def _log_calls(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log."):
                    yield function, node


def _tells(node: ast.AST, errors: set[str]) -> bool:
    """Whether an expression lets an error's own text through."""
    if isinstance(node, ast.Name):
        return node.id in errors
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        return False
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _SAYS_NO_VALUE:
        return False
    return any(_tells(child, errors) for child in ast.iter_child_nodes(node))


def tells_an_error(source: str) -> list[int]:
    """The lines that log an exception's text, its repr or its trace."""
    tree, lines = ast.parse(source), []
    for function, call in _log_calls(tree):
        errors = _errors_in(function)
        # A text that was made from an error and kept in a variable is that error's text.
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and _tells(node.value, errors):
                errors |= {
                    name.id
                    for target in node.targets
                    for name in ast.walk(target)
                    if isinstance(name, ast.Name)
                }
        with_trace = ast.unparse(call.func).endswith(".exception")
        arguments = [*call.args, *(word.value for word in call.keywords)]
        named = {word.arg for word in call.keywords}
        if (
            with_trace
            or named & {"exc_info", "stack_info"}
            or any(_tells(argument, errors) for argument in arguments)
        ):
            lines.append(call.lineno)
    return lines


_ALLOWED = {
    # Why a plug-in could not be imported: no request, no message, no config is at hand then.
    "connectors/registry.py",
    # Which key is missing, by its id, and why nothing connects: nobody's request is at hand, and the
    # sentences are ours (`KeysDoNotFit`, `opening_error`), which leave out what holds a password.
    "flows/operate/keys/holding.py",
    "storage/drivers/patience.py",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_log_tells_an_exceptions_text(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in _ALLOWED:
        assert tells_an_error(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "_log.error('x', error=repr(error))",
        "_log.error('x', error=error)",
        "_log.error('x', error=str(error))",
        "_log.error(f'x {error}')",
        "_log.error('x', why=error.args[0])",
        "_log.exception('x')",
        "_log.error('x', exc_info=True)",
    ],
)
def test_the_rule_sees_a_line_that_breaks_it(line: str) -> None:
    source = (
        f"def work():\n    try:\n        go()\n    except Exception as error:\n        {line}\n"
    )

    assert tells_an_error(source) == [5]


def test_the_rule_sees_a_text_that_went_through_a_variable() -> None:
    source = (
        "def work():\n    try:\n        go()\n    except Exception as error:\n"
        "        reason = str(error)\n        _log.error('x', reason=reason)\n"
    )

    assert tells_an_error(source) == [6]


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, real = [], hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return real(left, right)

    # The standard library's comparison is the rule itself; only whether it is used can be seen.
    monkeypatch.setattr(hmac, "compare_digest", watched)

    assert secrets.same(b"a", b"a")
    assert not secrets.same(b"a", b"b")
    assert len(compared) == 2


_SECRET = ("digest", "secret", "signature", "token", "password", "signed", "expected", "hash")
_PUBLIC = {
    # Hashes that find a row, and names of parameters: nothing that proves anything.
    "recipient_hash",
    "identity_hash",
}

_HARMLESS = {
    # Our own token with the one that we kept: nobody else's value is in it.
    "connectors/smtp/oauth.py: self._token == token",
    # Which kept code it is: both sides come from the store, and what was typed is in neither.
    "verification/stores.py: code.digest == digest",
    # Both were typed by the same person in the same form.
    "flows/sign_in/screens/passwords.py: again != password",
    # The fake server of tests.
    "testing/smtp_server.py: decoded == expected",
}


def _is_secret(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name not in _PUBLIC and any(
        name == word or name.endswith(f"_{word}") for word in _SECRET
    )


def test_nothing_secret_is_compared_with_an_operator() -> None:
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                sides = [node.left, *node.comparators]
                literal = any(isinstance(side, ast.Constant) for side in sides)
                if not literal and any(map(_is_secret, sides)):
                    found.append(f"{path.relative_to(ROOT)}: {ast.unparse(node)}")
    assert set(found) == _HARMLESS
