"""Whether a configuration is right, as the API would have it; where not, with file and line."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from carteiro.connectors.metadata import ConnectorType
from carteiro.delivery.workspaces.workspace import source_of
from carteiro.directory.settings.mail_override import SenderFile
from carteiro.directory.settings.notices import NoticesUpdate
from carteiro.directory.settings.protection import ProtectionUpdate
from carteiro.directory.settings.sign_in_experience import SignInExperienceUpdate
from carteiro.directory.settings.tenant_settings import (
    AccountCenterUpdate,
    CaptchaProvider,
    DeliveryUpdate,
    IdTokenConfig,
    OidcSessionConfig,
    RateLimit,
    SettingName,
)
from carteiro.errors import BrokenConfiguration, CarteiroError, InvalidConfig, InvalidInput
from carteiro.flows.administer.configuration.connectors import (
    further_name,
    in_order,
    is_further,
    kind_of,
    reserved_id,
    whole,
)
from carteiro.flows.administer.configuration.folder import (
    folder_of,
    path_of_sender,
    path_of_template,
    to_files,
)
from carteiro.flows.administer.configuration.snapshot import Json, Snapshot, put_secrets
from carteiro.flows.administer.configuration.stored_overrides import Templates
from carteiro.flows.administer.configuration.yaml_files import line_of
from carteiro.flows.administer.mail.factories import accepted_config
from carteiro.flows.administer.mail.fallbacks import MOST, MOST_RESERVED
from carteiro.flows.administer.mail.unusable import require_usable
from carteiro.flows.world import World
from carteiro.languages.phrases import misplaced
from carteiro.languages.tags import ACCEPTED_TAGS
from carteiro.model.issues import issues_of
from carteiro.model.kinds import TemplateType
from carteiro.model.limits import MAX_TEMPLATES
from carteiro.model.machines import MACHINE_TO_MACHINE
from carteiro.templates.checks.usable import unusable
from carteiro.templates.compiled import compile_template

_SHAPES: Mapping[str, type[BaseModel]] = {
    SettingName.ACCOUNT_CENTER: AccountCenterUpdate,
    SettingName.ID_TOKEN: IdTokenConfig,
    SettingName.OIDC_SESSION: OidcSessionConfig,
    SettingName.DELIVERY: DeliveryUpdate,
    SettingName.PROTECTION: ProtectionUpdate,
    SettingName.NOTICES: NoticesUpdate,
}
_MAIL = ConnectorType.EMAIL
_ROLE_TYPES = {"User", MACHINE_TO_MACHINE}
_LONGEST_TAG = 16
_TAGS = {tag.lower() for tag in ACCEPTED_TAGS}


def validate(world: World, before: Snapshot, after: Snapshot) -> None:
    """Refuse what the API would refuse, and what it would drop. Raises ``BrokenConfiguration``.

    Words that nobody could go on with are refused where they change, not where they are already.
    """
    files = {**to_files(after), **after.sources}
    _check(files, "sign-in-experience.yaml", SignInExperienceUpdate, after.experience, ())
    _validate_settings(files, after)
    _validate_order(after)
    for name, connector in after.connectors.items():
        _validate_connector(world, files, name, connector, after)
        if connector != before.connectors.get(name):
            _validate_words_in(world, files, name, connector, after)
    _validate_words(files, before, after)
    _validate_overrides(files, before, after)
    _validate_roles(files, after)


def _validate_settings(files: Mapping[str, str], after: Snapshot) -> None:
    for name, value in after.settings.items():
        path = f"settings/{name}.yaml"
        if name == SettingName.CAPTCHA_PROVIDER:
            config = {"config": put_secrets(value, after.secrets)}
            _check(files, path, CaptchaProvider, config, ("config",))
        elif name in _SHAPES:
            _check(files, path, _SHAPES[name], value, ())
        else:
            raise BrokenConfiguration(path, 1, "there is no such setting")


def _validate_words(files: Mapping[str, str], before: Snapshot, after: Snapshot) -> None:
    for tag, texts in after.languages.items():
        path = f"languages/{tag}.yaml"
        if tag.lower() not in _TAGS:
            raise BrokenConfiguration(path, 1, "this language is not accepted")
        if (place := misplaced(texts)) is not None:
            line = line_of(files[path], list(place))
            raise BrokenConfiguration(path, line, f"no page has a text {'.'.join(place)!r}")
    _validate_templates(files, "", before.templates, after.templates)


def _validate_templates(
    files: Mapping[str, str], within: str, before: Templates, after: Templates
) -> None:
    for (tag, kind), details in after.items():
        path = path_of_template(tag, kind, details, within)
        if len(tag) > _LONGEST_TAG:
            raise BrokenConfiguration(path, 1, "the language tag is too long")
        try:
            compile_template(source_of(details), language=tag)
        except CarteiroError as error:
            raise BrokenConfiguration(path, 1, error.message) from None
        if before.get((tag, kind)) == details:
            continue
        for finding in unusable(source_of(details), TemplateType(kind)):
            line = _first_line(files[path], details["content"]) + finding.line - 1
            raise BrokenConfiguration(path, line, finding.message)


def _first_line(text: str, content: str) -> int:
    """Where a template's content begins in its file."""
    return text.count("\n", 0, len(text) - len(content)) + 1


def _validate_roles(files: Mapping[str, str], after: Snapshot) -> None:
    for name, role in after.organization_roles.items():
        try:
            known = role.keys() <= {"description", "type"}
            right = known and role.get("type", "User") in _ROLE_TYPES and 1 <= len(name) <= 128
        except (AttributeError, TypeError):
            right = False
        if not right:
            line = line_of(files["organization-roles.yaml"], [name])
            raise BrokenConfiguration(
                "organization-roles.yaml", line, "a role has a description and a type"
            )


def _validate_overrides(files: Mapping[str, str], before: Snapshot, after: Snapshot) -> None:
    """What an override says is right, and the connector that it names is there."""
    for key, sender in after.overrides.items():
        path = path_of_sender(key)
        _check(files, path, SenderFile, sender, ())
        name = sender.get("connector")
        if name is not None and (name not in after.connectors or kind_of(name) is not _MAIL):
            line = line_of(files[path], ["connector"])
            raise BrokenConfiguration(path, line, f"there is no connector {name!r} for mail")
    for key, words in after.override_templates.items():
        if len(words) > MAX_TEMPLATES:
            path = folder_of(key)
            raise BrokenConfiguration(path, 1, f"there are {MAX_TEMPLATES} templates at most")
        had = before.override_templates.get(key, {})
        _validate_templates(files, folder_of(key), had, words)


def _validate_order(after: Snapshot) -> None:
    """Further connectors are numbered without a gap, so that the next export has the same names.

    Reserved ones have no order, and as many as the API would make.
    """
    reserved = [name for name in after.connectors if reserved_id(name) is not None]
    if len(reserved) > MOST_RESERVED:
        path = f"connectors/{max(reserved)}.yaml"
        raise BrokenConfiguration(
            path, 1, f"there are {MOST_RESERVED:,} reserved connectors at most"
        )
    for place, name in enumerate(in_order(after.connectors), 1):
        path = f"connectors/{name}.yaml"
        if place > MOST:
            raise BrokenConfiguration(path, 1, f"there are {MOST} further connectors at most")
        if name != further_name(place):
            raise BrokenConfiguration(path, 1, f"there is no {further_name(place)} before it")


def _validate_connector(
    world: World, files: Mapping[str, str], name: str, connector: Json, after: Snapshot
) -> None:
    path = f"connectors/{name}.yaml"
    factory_id = connector.get("connectorId")
    kind = kind_of(name)
    if kind is None:
        expected = "email, sms, or fallback-1 and so on, or reserved-<id>"
        raise BrokenConfiguration(path, 1, f"a connector's file is {expected}")
    known = whole(name, {"connectorId": factory_id})
    for member, value in connector.items():
        if member not in known:
            line = line_of(files[path], [member])
            raise BrokenConfiguration(path, line, f"there is no {member!r} here")
        if member != "connectorId" and not isinstance(value, Mapping):
            line = line_of(files[path], [member])
            raise BrokenConfiguration(path, line, f"the {member} is keys and values")
    if not isinstance(factory_id, str) or not world.registry.has(factory_id):
        line = line_of(files[path], ["connectorId"])
        raise BrokenConfiguration(path, line, f"there is no connector {factory_id!r} installed")
    factory = world.registry.get(factory_id)
    if factory.kind is not kind:
        line = line_of(files[path], ["connectorId"])
        raise BrokenConfiguration(path, line, f"{factory_id} is not for {name}")
    config = put_secrets(connector["config"], after.secrets)
    if is_further(name):
        _check(files, path, RateLimit, connector["rateLimit"], (), under=("rateLimit",))
    elif not config:
        return
    try:
        accepted_config(factory, config)
    except InvalidConfig as error:
        raise _in_config(files, path, error) from None


def _validate_words_in(
    world: World, files: Mapping[str, str], name: str, connector: Json, after: Snapshot
) -> None:
    factory = world.registry.get(connector["connectorId"])
    try:
        require_usable(factory, put_secrets(connector["config"], after.secrets))
    except InvalidConfig as error:
        raise _in_config(files, f"connectors/{name}.yaml", error) from None


def _in_config(files: Mapping[str, str], path: str, error: InvalidConfig) -> BrokenConfiguration:
    first = error.issues[0]
    line = line_of(files[path], ["config", *first["path"]])
    place = ".".join(map(str, first["path"]))
    return BrokenConfiguration(path, line, f"{place}: {first['message']}")


def _check(
    files: Mapping[str, str],
    path: str,
    shape: type[BaseModel],
    value: Json,
    prefix: tuple[str, ...],
    *,
    under: tuple[str, ...] = (),
) -> None:
    """Validate as the API does; what it would drop silently is an error in a file."""
    known = {field.alias or name for name, field in shape.model_fields.items()}
    for name in value.keys() - known:
        line = line_of(files[path], [*under, name])
        raise BrokenConfiguration(path, line, f"there is no {name!r} here")
    try:
        shape.model_validate(dict(value))
    except ValidationError as error:
        issues = issues_of(error, shape)
        place = issues[0]["path"][len(prefix) :]
        line = line_of(files[path], [*under, *place])
        text = f"{'.'.join(map(str, place))}: {issues[0]['message']}"
        raise BrokenConfiguration(path, line, text) from None
    except InvalidInput as error:
        raise BrokenConfiguration(path, 1, error.message) from None
