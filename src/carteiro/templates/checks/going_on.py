"""No mail goes out without the code or the link that it brings: nobody could go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carteiro.errors import InvalidLink, TemplateNotFound
from carteiro.model.kinds import NOTICES, TemplateType, brought
from carteiro.model.links import link_fault
from carteiro.model.message import Rendered
from carteiro.templates.compiled import CompiledTemplate


def words_for(
    kind: TemplateType, payload: Mapping[str, Any], compiled: CompiledTemplate
) -> Rendered:
    """Render a mail that whoever gets it can go on with.

    Raises ``TemplateNotFound`` for a template that shows neither the code nor the link that the
    payload brings, and ``InvalidLink`` for a link that may not be mailed.
    """
    if "link" in payload and (fault := link_fault(payload["link"])) is not None:
        raise InvalidLink(fault)
    if not compiled.serves(kind, payload):
        if kind in NOTICES:
            raise TemplateNotFound("The template of this notice asks for a code or a link.")
        needed = " or ".join(f"{{{{{way}}}}}" for way in brought(kind, payload))
        raise TemplateNotFound(f"The template of this type shows no {needed}.")
    return compiled.render(payload)
