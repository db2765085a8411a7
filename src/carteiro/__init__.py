"""Carteiro: the email side of sign-in.

The library face, with no server and no database: decide on a language, compile, check and render a
template, send through a connector, issue and redeem codes. Names are loaded when they are first
used.
"""

from typing import TYPE_CHECKING

from carteiro.lazy import names_of

if TYPE_CHECKING:
    from carteiro.blocking import BlockingSender, open_blocking_sender
    from carteiro.connectors.dkim.keys import DkimKey
    from carteiro.errors import CarteiroError, ConnectorError, InvalidConfig, VerificationError
    from carteiro.languages.negotiate import LanguageDecision, negotiate
    from carteiro.languages.tags import LanguageLibrary
    from carteiro.model.addresses import parse_address
    from carteiro.model.did_you_mean import did_you_mean
    from carteiro.model.kinds import TemplateType
    from carteiro.model.message import Receipt, Rendered, TemplateSource
    from carteiro.outbox import Sender, open_sender
    from carteiro.secrets import numeric_code
    from carteiro.storage.mail.code_store import SqlCodeStore
    from carteiro.templates.checks.template import check as check_template
    from carteiro.templates.compiled import CompiledTemplate, compile_template
    from carteiro.verification.codes import Codes
    from carteiro.verification.policy import CodePolicy
    from carteiro.verification.stores import CodeStore, MemoryCodeStore
    from carteiro.version import VERSION as __version__  # noqa: N811 - the name that Python expects

_HOMES = {
    "__version__": "carteiro.version:VERSION",
    "BlockingSender": "carteiro.blocking:BlockingSender",
    "CarteiroError": "carteiro.errors:CarteiroError",
    "CodePolicy": "carteiro.verification.policy:CodePolicy",
    "CodeStore": "carteiro.verification.stores:CodeStore",
    "Codes": "carteiro.verification.codes:Codes",
    "CompiledTemplate": "carteiro.templates.compiled:CompiledTemplate",
    "ConnectorError": "carteiro.errors:ConnectorError",
    "DkimKey": "carteiro.connectors.dkim.keys:DkimKey",
    "InvalidConfig": "carteiro.errors:InvalidConfig",
    "LanguageDecision": "carteiro.languages.negotiate:LanguageDecision",
    "LanguageLibrary": "carteiro.languages.tags:LanguageLibrary",
    "MemoryCodeStore": "carteiro.verification.stores:MemoryCodeStore",
    "Receipt": "carteiro.model.message:Receipt",
    "Rendered": "carteiro.model.message:Rendered",
    "Sender": "carteiro.outbox:Sender",
    "SqlCodeStore": "carteiro.storage.mail.code_store:SqlCodeStore",
    "TemplateSource": "carteiro.model.message:TemplateSource",
    "TemplateType": "carteiro.model.kinds:TemplateType",
    "VerificationError": "carteiro.errors:VerificationError",
    "check_template": "carteiro.templates.checks.template:check",
    "compile_template": "carteiro.templates.compiled:compile_template",
    "did_you_mean": "carteiro.model.did_you_mean:did_you_mean",
    "negotiate": "carteiro.languages.negotiate:negotiate",
    "numeric_code": "carteiro.secrets:numeric_code",
    "open_blocking_sender": "carteiro.blocking:open_blocking_sender",
    "open_sender": "carteiro.outbox:open_sender",
    "parse_address": "carteiro.model.addresses:parse_address",
}

__all__ = [
    "BlockingSender",
    "CarteiroError",
    "CodePolicy",
    "CodeStore",
    "Codes",
    "CompiledTemplate",
    "ConnectorError",
    "DkimKey",
    "InvalidConfig",
    "LanguageDecision",
    "LanguageLibrary",
    "MemoryCodeStore",
    "Receipt",
    "Rendered",
    "Sender",
    "SqlCodeStore",
    "TemplateSource",
    "TemplateType",
    "VerificationError",
    "__version__",
    "check_template",
    "compile_template",
    "did_you_mean",
    "negotiate",
    "numeric_code",
    "open_blocking_sender",
    "open_sender",
    "parse_address",
]

# Hidden from type checkers: they are to find a misspelt name.
if not TYPE_CHECKING:
    __getattr__, __dir__ = names_of(__name__, _HOMES, globals())
