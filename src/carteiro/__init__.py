"""Carteiro: the email side of sign-in.

The library face, with no server and no database: decide on a language, compile, check and render a
template, send through a connector. Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carteiro.errors import CarteiroError, ConnectorError
    from carteiro.languages.negotiate import LanguageDecision, negotiate
    from carteiro.languages.tags import LanguageLibrary
    from carteiro.model.addresses import parse_address
    from carteiro.model.kinds import TemplateType
    from carteiro.model.message import Receipt, TemplateSource
    from carteiro.outbox import Sender, open_sender
    from carteiro.secrets import numeric_code
    from carteiro.templates.check import check as check_template
    from carteiro.templates.compiled import CompiledTemplate, compile_template

_HOMES = {
    "CarteiroError": "carteiro.errors:CarteiroError",
    "CompiledTemplate": "carteiro.templates.compiled:CompiledTemplate",
    "ConnectorError": "carteiro.errors:ConnectorError",
    "LanguageDecision": "carteiro.languages.negotiate:LanguageDecision",
    "LanguageLibrary": "carteiro.languages.tags:LanguageLibrary",
    "Receipt": "carteiro.model.message:Receipt",
    "Sender": "carteiro.outbox:Sender",
    "TemplateSource": "carteiro.model.message:TemplateSource",
    "TemplateType": "carteiro.model.kinds:TemplateType",
    "check_template": "carteiro.templates.check:check",
    "compile_template": "carteiro.templates.compiled:compile_template",
    "negotiate": "carteiro.languages.negotiate:negotiate",
    "numeric_code": "carteiro.secrets:numeric_code",
    "open_sender": "carteiro.outbox:open_sender",
    "parse_address": "carteiro.model.addresses:parse_address",
}

__all__ = [
    "CarteiroError",
    "CompiledTemplate",
    "ConnectorError",
    "LanguageDecision",
    "LanguageLibrary",
    "Receipt",
    "Sender",
    "TemplateSource",
    "TemplateType",
    "check_template",
    "compile_template",
    "negotiate",
    "numeric_code",
    "open_sender",
    "parse_address",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'carteiro' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    value = globals()[name] = getattr(import_module(module), attribute)
    return value
