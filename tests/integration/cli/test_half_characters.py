"""What is no text in UTF-8 is refused with a sentence, or spelled out: on the line, in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import typer

from carteiro.cli.config_folder import read_secrets
from carteiro.cli.output import read_object
from carteiro.cli.template_file import read_source
from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.yaml_files import read_yaml
from integration.cli.test_cli import carteiro

HALF = os.fsdecode(b"\xff")
STRICT = {"PYTHONIOENCODING": "utf-8:strict", "PYTHONUTF8": "1"}


def test_a_word_of_the_line_that_is_no_text_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "mail.html").write_text("{{code}}")
    words = ("templates", "lint", "mail.html", "--subject", f"{HALF} {{{{code}}}}")

    done = carteiro(*words, folder=tmp_path, **STRICT)

    assert done.returncode == 2
    assert done.stderr == "carteiro: This is no text in UTF-8: '\\udcff {{code}}'.\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="it has no such names")
def test_a_file_may_have_a_name_that_no_terminal_shows(tmp_path: Path) -> None:
    (tmp_path / f"{HALF}.html").write_text("no way on")

    done = carteiro("templates", "lint", f"{HALF}.html", folder=tmp_path, **STRICT)

    assert done.returncode == 1
    assert "\\udcff.html:1:1: error" in done.stdout
    assert done.stderr == ""


def test_a_file_of_words_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    file.write_bytes("{{code}} \ud800".encode("utf-8", "surrogatepass"))

    with pytest.raises(typer.BadParameter, match="not UTF-8 from byte 9"):
        read_source(file, "S")


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"a": ["\\ud800"]}', "half a character"), ("[" * 100_000, "not readable JSON")],
    ids=["half", "deep"],
)
def test_json_that_cannot_be_stored_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)

    with pytest.raises(typer.BadParameter, match=said):
        read_object(file)


@pytest.mark.parametrize("text", ['a: "\\uD800"', '"\\uDFFF": a', 'a: !secret "\\uD800"'])
def test_a_configuration_with_half_a_character_is_refused_by_line(text: str) -> None:
    with pytest.raises(BrokenConfiguration, match=r"x\.yaml:2: there is half a character"):
        read_yaml("x.yaml", f"b: 1\n{text}\n")


def test_secrets_with_half_a_character_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.touch(mode=0o600)
    file.write_text('a.b: "s3cret\\uD800"\n')

    with pytest.raises(BrokenConfiguration, match="half a character") as raised:
        read_secrets(file)

    assert "s3cret" not in raised.value.message
