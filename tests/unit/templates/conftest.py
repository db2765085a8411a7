"""Short ways to a rendered template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carteiro.model.message import Rendered, TemplateSource
from carteiro.templates.compiled import compile_template

Render = Callable[..., Rendered]


@pytest.fixture
def render() -> Render:
    def render(
        content: str = "<p>{{code}}</p>",
        payload: dict[str, Any] | None = None,
        subject: str = "Code",
        **source: Any,
    ) -> Rendered:
        template = compile_template(TemplateSource(subject=subject, content=content, **source))
        return template.render(payload or {})

    return render
