"""How a provider is shown to administrators, and what almost all providers can express."""

from __future__ import annotations

from collections.abc import Mapping

from carteiro.connectors import form
from carteiro.connectors.contract import ConnectorConfig
from carteiro.connectors.metadata import Capabilities, Metadata, TemplateSupport


def provider(
    factory_id: str,
    name: str,
    *,
    description: Mapping[str, str],
    logo: str,
    setup: str,
    config: type[ConnectorConfig],
    target: str | None = None,
) -> Metadata:
    """The metadata of a company's service, whose ``name`` is the same in every language.

    ``description`` is by language tag, ``setup`` is Markdown and says what to do at the provider
    before the form can be filled in. ``target`` is the id where the wire has no other.
    """
    return Metadata(
        id=factory_id,
        target=target or factory_id,
        name={"en": name, "pt-BR": name},
        description=dict(description),
        logo=logo,
        readme=f"# {name}\n\n{setup}",
        form_items=form.items(config),
    )


def own_words(
    *,
    sender_name: bool = True,
    headers: bool = False,
    idempotency_key: bool = False,
    tracking_off: bool = False,
    provider_templates: bool = False,
) -> Capabilities:
    """A provider that takes a mail as it was rendered, in HTML and text, and what it can beyond."""
    return Capabilities(
        templates=TemplateSupport.OWN,
        provider_templates=provider_templates,
        reply_to=True,
        sender_name=sender_name,
        sender_address=True,
        text_part=True,
        headers=headers,
        idempotency_key=idempotency_key,
        tracking_off=tracking_off,
    )
