"""The library's face: what is in it, what a type checker sees, what it needs to be installed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tools import public_configs

import carteiro
import carteiro.configs
from carteiro.connectors.registry import Registry
from carteiro.errors import InvalidConfig, UnknownConnectorId
from carteiro.outbox import open_sender

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.mark.parametrize("module", [carteiro, carteiro.configs], ids=lambda module: module.__name__)
def test_every_public_name_is_there_and_listed(module: object) -> None:
    names: list[str] = module.__all__  # type: ignore[attr-defined]

    assert all(getattr(module, name) is not None for name in names)
    assert set(names) <= set(dir(module))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_version_is_the_installed_one() -> None:
    assert carteiro.__version__ == version("carteiro")


def test_the_module_of_configs_names_every_connectors_class() -> None:
    assert public_configs.FILE.read_text("utf-8") == public_configs.source(), "run: make docs"


def test_every_connectors_config_is_a_public_class() -> None:
    models = {factory.config_model for factory in Registry.discover().factories()}
    public = {getattr(carteiro.configs, name) for name in carteiro.configs.__all__}

    # The built-in service needs a deployment, which a library is not.
    assert {model.__name__ for model in models - public} == {"BuiltinConfig"}


def test_a_type_checker_finds_a_misspelt_name_and_a_wrong_field(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """\
            import carteiro
            from carteiro.configs import ResendConfig

            carteiro.open_sendr
            carteiro.check_template("<p>", 5)
            ResendConfig(api_key="k", from_email="a@example.com", templats=[])
            good = ResendConfig(api_key="k", from_email="a@example.com", templates=[])
            carteiro.open_sender("resend-email", good)
            """
        )
    )
    command = [sys.executable, "-m", "mypy", "--config-file", os.devnull, str(program)]

    said = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    lines = sorted({int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line})
    assert lines == [4, 5, 6], said


async def test_an_invalid_config_says_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidConfig) as refused:
        async with open_sender("resend-email", {"apiKey": 5}):
            pass

    assert "apiKey" in str(refused.value)
    assert "fromEmail" in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("smtp", "simple-mail-transfer-protocol"),
        ("sendgrid", "sendgrid-email-service"),
        ("SendGrid", "sendgrid-email-service"),
        ("mailgun-emial", "mailgun-email"),
        ("amazon-ses", "aws-ses-mail"),
    ],
)
def test_a_wrong_id_is_answered_with_the_one_that_was_meant(asked: str, meant: str) -> None:
    with pytest.raises(UnknownConnectorId, match=meant):
        Registry.discover().get(asked)


def test_an_id_that_is_like_none_gets_no_suggestion() -> None:
    with pytest.raises(UnknownConnectorId) as refused:
        Registry.discover().get("email")

    assert "Did you mean" not in str(refused.value)


async def test_a_config_of_another_connector_is_refused() -> None:
    words = {"contentType": "text/plain", "subject": "s", "content": "{{code}}"}
    kinds = ("SignIn", "Register", "ForgotPassword", "Generic")
    config = carteiro.configs.ResendConfig.model_validate(
        {
            "apiKey": "k",
            "fromEmail": "a@example.com",
            "templates": [{"usageType": kind, **words} for kind in kinds],
        }
    )
    async with open_sender("resend-email", config):
        pass

    with pytest.raises(TypeError, match="another connector"):
        async with open_sender("brevo-email", config):
            pass


_SERVER_ONLY = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "typer", "jinja2"}
_EXTRAS_ONLY = _SERVER_ONLY | {"asyncpg", "pgqueuer", "botocore", "argon2", "bcrypt", "re2", "yaml"}


def test_the_library_works_without_what_its_extras_bring() -> None:
    program = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(_EXTRAS_ONLY)!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import carteiro, carteiro.configs
for name in carteiro.__all__:
    getattr(carteiro, name)
from carteiro.connectors.registry import Registry
working = [factory.metadata.id for factory in Registry.discover().factories()]
assert len(working) == len(Registry.discover().ids()) - 1, working
try:
    Registry.discover().get("aws-ses-mail")
except carteiro.CarteiroError as error:
    assert "needs botocore" in str(error), error
from carteiro.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last == "carteiro: the command line needs typer: install carteiro[server]."


def test_a_plain_install_asks_for_none_of_them() -> None:
    declared = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["dependencies"]
    wanted, seen = [Requirement(text).name.lower() for text in declared], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name.lower())

    assert not seen & {name.replace("argon2", "argon2-cffi") for name in _EXTRAS_ONLY}
    assert len(seen) < 40
