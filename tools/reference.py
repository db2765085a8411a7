"""Write the reference pages from the code: `make docs`. A test fails when one is out of date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic_core import PydanticUndefined

from carteiro.connectors.contract import Connector
from carteiro.connectors.registry import Registry
from carteiro.connectors.smtp.presets import PRESETS
from carteiro.model import limits
from carteiro.model.kinds import TemplateType
from carteiro.settings import PREFIX, Settings
from carteiro.templates.checks.clients import support
from carteiro.templates.checks.clients.effects import ENHANCING, effect_of
from carteiro.templates.checks.clients.features import IN_PART
from carteiro.templates.checks.clients.names import named
from carteiro.templates.checks.rules import CLIENTS, WORDS
from carteiro.templates.kinds import USAGES, variables
from tools import public_configs

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
_LIMITS_INTRO = (
    "They hold for every route, and each refusal says in its `message` what was too much. How long "
    "a request may take, and how many connections an address has, are [settings](settings.md): "
    "`CARTEIRO_HEAD_TIMEOUT`, `CARTEIRO_BODY_TIMEOUT`, `CARTEIRO_CONNECTIONS_PER_ADDRESS`."
)
_LINT_INTRO = (
    "What `carteiro templates lint`, `POST /api/email-templates/lint` and `check_template` look "
    "for. An error is what nobody could go on with; a warning is what the mail will not say or "
    "show; a note is worth a look. Each finding has its line and column."
)
_CLIENTS_INTRO = (
    "What clients can show is known from [caniemail.com](https://www.caniemail.com), whose data is "
    "under the {licence} licence: version {version} of the npm package `caniemail`, of {updated}. "
    "Nobody publishes under a licence how many people use which client. So a *share* is one of "
    "clients, each counted once, of those that anybody has tried: {clients}. Gmail's page for "
    "telephones' browsers and Windows Mail, which Microsoft has ended, are not among them."
)
_QUIET_INTRO = (
    "Nobody loses anything by these, so the lint keeps quiet. What stands in `@media` or "
    "`@supports` is for those that know it; selectors of `<style>` are put into `style` attributes "
    "when a mail is made."
)
_MATRIX_INTRO = (
    "What each connector can express. *Words* are `own` (the tenant's templates, else those of the "
    "connector's config), `provider` (templates that the provider keeps) or `prebuilt`. What a "
    "template asks for and a connector cannot express is left out of the mail."
)
_PRESETS_INTRO = (
    "What to fill into the form of the SMTP connector; the API has them as `customData.presets` of "
    "the connector. They are the providers' published settings, not tried with live accounts."
)
_OTHER_REFUSALS = (
    "Beyond these: 401 and 403 are permanent, 429 is throttled, 408, 425 and other 5xx are "
    "transient, 504 and no answer at all are unknown (it may have been sent), the rest is "
    "permanent."
)
_MARKS = {
    "Templates kept there": "provider_templates",
    "Reply-To": "reply_to",
    "Sender name": "sender_name",
    "Sender address": "sender_address",
    "Text part": "text_part",
    "Auto-Submitted": "headers",
    "Idempotency key": "idempotency_key",
    "Tracking off": "tracking_off",
}
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


def request_limits() -> str:
    """What a request may bring at most."""
    rows = [
        f"| {what} | {most:,} | {answer} |"
        for what, most, answer in (
            ("Bytes of the body", limits.MAX_BODY, "413"),
            ("Bytes of a body for `/oidc/token`", limits.MAX_TOKEN_BODY, "400"),
            ("Entries of a list, members of an object", limits.MAX_ENTRIES, "413"),
            ("Templates in one request", limits.MAX_TEMPLATES, "400"),
            ("Levels of lists and objects inside one another", limits.MAX_DEPTH, "400"),
            ("Digits of a whole number", limits.MAX_DIGITS, "400"),
            ("Bytes of the path and the query", limits.MAX_ADDRESS, "414"),
            ("Bytes of the headers", limits.MAX_HEAD, "431"),
            ("Headers", limits.MAX_HEADERS, "431"),
        )
    ]
    head = ["# Limits of a request", "", _NOTE, _LIMITS_INTRO, "", "| What | At most | Beyond it |"]
    tail = ["", f"A refusal names at most {limits.MAX_ISSUES} issues, the first ones.", ""]
    return "\n".join([*head, "| --- | --- | --- |", *rows, *tail])


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


def lint() -> str:
    """Every rule of the lint, and what it says of each feature that some clients cannot show."""
    source = support.source()
    about = _CLIENTS_INTRO.format(
        licence=source.licence,
        version=source.version,
        updated=source.updated,
        clients=", ".join(support.clients()),
    )
    lines = ["# Lint", "", _NOTE, _LINT_INTRO]
    for title, rules in (("What is written", WORDS), ("What clients make of it", CLIENTS)):
        lines += ["", f"## {title}", "", "| Code | At worst | It means |", "| --- | --- | --- |"]
        lines += [f"| `{code}` | {rule.worst} | {rule.means} |" for code, rule in rules.items()]
    lines += ["", "## What clients cannot show", "", about, ""]
    lines += ["| Feature | | Who cannot | What to do |", "| --- | --- | --- | --- |"]
    lines += _features()
    lines += ["", "## What is not said", "", _QUIET_INTRO, ""]
    lines += [
        f"- {why}: {' '.join(f'`{name}`' for name in names.split())}"
        for why, names in ENHANCING.items()
    ]
    return "\n".join(lines) + "\n"


def _features() -> Iterator[str]:
    for feature, page in support.features().items():
        effect, lost = effect_of(feature), support.loss(feature, in_part=feature in IN_PART)
        if effect is not None and lost is not None:
            name = feature.removeprefix("1") if feature[0] == "1" else feature
            shown = f"[`{name}`](https://www.caniemail.com/features/{page}/)"
            who = f"{named(lost.clients)} ({len(lost.clients)} of {lost.of})"
            yield f"| {shown} | {effect.severity} | {who} | {effect.advice} |"


def connectors() -> str:
    """What each connector can express."""
    lines = ["# Connectors", "", _NOTE, _MATRIX_INTRO, ""]
    lines.append("| Connector | Id | Words | " + " | ".join(_MARKS) + " |")
    lines.append("| --- | --- | --- | " + " | ".join("---" for _ in _MARKS) + " |")
    for factory in _factories():
        able, id_ = factory.capabilities, factory.metadata.id
        cells = " | ".join("yes" if getattr(able, mark) else "–" for mark in _MARKS.values())
        name = f"[{factory.metadata.name['en']}](connectors/{id_}.md)"
        lines.append(f"| {name} | `{id_}` | {able.templates} | {cells} |")
    lines += ["", "## SMTP presets", "", _PRESETS_INTRO, ""]
    lines += [
        "| For | Host | Port | TLS | Auth | Advice |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for preset in PRESETS:
        tls = "from the first byte" if preset.secure else "STARTTLS"
        lines.append(
            f"| {preset.name} | `{preset.host}` | {preset.port} | {tls} | {preset.auth} "
            f"| {preset.advice} |"
        )
    return "\n".join(lines) + "\n"


def _page(factory: type[Connector]) -> Callable[[], str]:
    """The connector's page: its prose as it stands, its tables from the code."""

    def write() -> str:
        path = FOLDER / "connectors" / f"{factory.metadata.id}.md"
        text = path.read_text("utf-8")
        for name, lines in _blocks(factory).items():
            text = re.sub(
                f"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
                lambda found, lines=lines: found[1] + "\n".join(lines) + "\n" + found[2],  # type: ignore[misc]
                text,
                flags=re.DOTALL,
            )
        return text

    return write


def _blocks(factory: type[Connector]) -> dict[str, list[str]]:
    about = [f"{factory.metadata.description['en']} Its id is `{factory.metadata.id}`."]
    fields = ["| Key | | What it is |", "| --- | --- | --- |"]
    for name, field in factory.config_model.model_fields.items():
        need = "required" if field.is_required() else ""
        need += ", secret" if need and not field.repr else "secret" if not field.repr else ""
        fields.append(f"| `{field.alias or name}` | {need} | {field.description} |")
    rows = ["| It says | Another try | What to change |", "| --- | --- | --- |"]
    for refusal in getattr(factory, "refusals", ()):
        code = refusal.when if isinstance(refusal.when, str) else f"HTTP {refusal.when}"
        rows.append(f"| `{code}` | {refusal.disposition} | {refusal.advice} |")
    return {"about": about, "form": fields, "refusals": [*rows, "", _OTHER_REFUSALS]}


def _factories() -> list[type[Connector]]:
    """Carteiro's own, by name: a plug-in that is installed beside it is not documented here."""
    own = [f for f in Registry.discover().factories() if f.__module__.startswith("carteiro.")]
    return sorted(own, key=lambda factory: factory.metadata.name["en"].lower())


PAGES = {
    "settings.md": settings,
    "limits.md": request_limits,
    "template-variables.md": template_variables,
    "lint.md": lint,
    "connectors.md": connectors,
    **{f"connectors/{factory.metadata.id}.md": _page(factory) for factory in _factories()},
}


def main() -> None:
    """Write them."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), "utf-8")
    public_configs.FILE.write_text(public_configs.source(), "utf-8")


if __name__ == "__main__":
    main()
