"""What a connector says of itself: names for people, the form to fill in, what it can express."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class ConnectorType(StrEnum):
    """What a connector connects to."""

    EMAIL = "Email"
    SMS = "Sms"
    SOCIAL = "Social"


class FormItemType(StrEnum):
    """The control with which an administrator fills in a value."""

    TEXT = "Text"
    NUMBER = "Number"
    MULTILINE_TEXT = "MultilineText"
    SWITCH = "Switch"
    SELECT = "Select"
    MULTI_SELECT = "MultiSelect"
    JSON = "Json"


class _Wire(BaseModel):
    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid"
    )


class SelectItem(_Wire):
    """One choice of a ``Select`` or ``MultiSelect``."""

    value: str
    title: str | None = None


class ShowCondition(_Wire):
    """Show an item only while another one (``target_key``) has a value, or this value."""

    target_key: str
    expect_value: Any = None


class FormItem(_Wire):
    """One line of the form that configures a connector; ``key`` is the config's key."""

    key: str
    type: FormItemType
    label: str
    required: bool | None = None
    placeholder: str | None = None
    default_value: Any = None
    description: str | None = None
    tooltip: str | None = None
    select_items: list[SelectItem] | None = None
    show_conditions: list[ShowCondition] | None = None
    is_confidential: bool | None = None


class TemplateSupport(StrEnum):
    """Where the words of a mail come from."""

    OWN = "own"
    """From the tenant's templates, else from the ``templates`` of the connector's config."""
    PROVIDER = "provider"
    """From the provider or the receiving endpoint: it gets the variables, no words."""
    PREBUILT = "prebuilt"
    """From the templates that Carteiro ships; they cannot be edited."""


class Capabilities(_Wire):
    """What the provider can express; the documentation's matrix is made from this."""

    templates: TemplateSupport
    provider_templates: bool = False
    """Beside own words, templates that are kept at the provider can be named in the config."""
    reply_to: bool = False
    sender_name: bool = False
    sender_address: bool = False
    text_part: bool = False
    headers: bool = False
    """``Auto-Submitted`` can be set."""
    idempotency_key: bool = False
    tracking_off: bool = False
    """Open and click tracking are switched off for every message."""
    counts_usage: bool = False


class Metadata(_Wire):
    """What a list of connectors shows. ``id`` is the factory id, unique among the installed."""

    id: str = Field(min_length=1, max_length=128)
    target: str
    platform: None = None
    name: dict[str, str]
    description: dict[str, str]
    logo: str
    logo_dark: str | None = None
    readme: str
    config_template: str | None = None
    form_items: list[FormItem] = []
    custom_data: dict[str, Any] | None = None
    from_email: str | None = None
    is_standard: bool | None = None
    is_token_storage_supported: bool | None = None

    def wire(self) -> dict[str, Any]:
        """The JSON form: absent members left out, but for the two that are always there."""
        return {
            "platform": None,
            "logoDark": None,
            **self.model_dump(by_alias=True, mode="json", exclude_none=True),
        }
