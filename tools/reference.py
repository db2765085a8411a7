"""Write the reference pages from the code: `make docs`. A test fails when one is out of date."""

from __future__ import annotations

from pathlib import Path

from pydantic_core import PydanticUndefined

from carteiro.connectors.registry import Registry
from carteiro.model.kinds import TemplateType
from carteiro.settings import PREFIX, Settings
from carteiro.templates.kinds import USAGES, variables

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
_SETTINGS_INTRO = (
    "Each one is an environment variable, or a line of the file that `CARTEIRO_ENV_FILE` names. "
    "A `CARTEIRO_…` name that is not listed here refuses to start."
)
_VARIABLES_INTRO = (
    "Write a variable as `{{code}}`, a field of an object as `{{application.name}}`. An object "
    "that a message does not have leaves the placeholder as it stands; a field that the object "
    "does not have is empty. Callers may add variables of their own."
)
_NOTE = "<!-- Written by `make docs` from the code. -->\n"


def settings() -> str:
    """Every setting with its default."""
    lines = [
        "# Settings",
        "",
        _NOTE,
        _SETTINGS_INTRO,
        "",
        "| Variable | Default | What it is |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default
        unset = default in (None, (), PydanticUndefined)
        shown = (
            "–" if unset else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        text = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {text} |")
    return "\n".join(lines) + "\n"


def template_variables() -> str:
    """Every variable of every type."""
    lines = [
        "# Template variables",
        "",
        _NOTE,
        _VARIABLES_INTRO,
    ]
    for kind in TemplateType:
        lines += ["", f"## {kind}", "", USAGES[kind].scenario, ""]
        lines += ["| Variable | Presence | What it is |", "| --- | --- | --- |"]
        lines += [
            f"| `{{{{{variable.path}}}}}` | {variable.presence} | {variable.summary} |"
            for variable in variables(kind)
        ]
    return "\n".join(lines) + "\n"


def connectors() -> str:
    """What each connector can express, and its config."""
    lines = ["# Connectors", "", _NOTE]
    lines += [
        "| Id | Name | Words | Reply-To | Sender name | Text part | Idempotency key |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    factories = Registry.discover().factories()
    for factory in factories:
        able = factory.capabilities
        marks = (able.reply_to, able.sender_name, able.text_part, able.idempotency_key)
        cells = " | ".join("yes" if mark else "–" for mark in marks)
        name = factory.metadata.name["en"]
        lines.append(f"| `{factory.metadata.id}` | {name} | {able.templates} | {cells} |")
    for factory in factories:
        lines += ["", f"## {factory.metadata.name['en']} (`{factory.metadata.id}`)", ""]
        lines += [
            factory.metadata.description["en"],
            "",
            "| Key | | What it is |",
            "| --- | --- | --- |",
        ]
        for name, field in factory.config_model.model_fields.items():
            need = "required" if field.is_required() else ""
            lines.append(f"| `{field.alias or name}` | {need} | {field.description} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings,
    "template-variables.md": template_variables,
    "connectors.md": connectors,
}


def main() -> None:
    """Write them."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), "utf-8")


if __name__ == "__main__":
    main()
