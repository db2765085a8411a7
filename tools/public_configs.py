"""Write `carteiro/configs.py` from the installed connectors: a part of `make docs`.

Type checkers read names and not registries, so that the module has to name every class.
"""

from __future__ import annotations

import re
from pathlib import Path

from carteiro.connectors.metadata import TemplateSupport
from carteiro.connectors.registry import Registry

FILE = Path(__file__).parents[1] / "src" / "carteiro" / "configs.py"
_BLOCKS = {
    "imports": (r"(if TYPE_CHECKING:\n).*?(\n\n_HOMES)", "    from {module} import {name}"),
    "homes": (r"(_HOMES = \{\n).*?(\n\})", '    "{name}": "{module}:{name}",'),
    "names": (r"(__all__ = \[\n).*?(\n\])", '    "{name}",'),
}


def source() -> str:
    """The module, with every connector's class in its three lists."""
    text = FILE.read_text("utf-8")
    for block, (place, line) in _BLOCKS.items():
        order = sorted(_classes()) if block == "imports" else sorted(_classes(), key=_name)
        lines = [line.format(module=module, name=name) for module, name in order]
        text = re.sub(
            place,
            lambda found, lines=lines: found[1] + "\n".join(lines) + found[2],  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


def _name(found: tuple[str, str]) -> str:
    return found[1]


def _classes() -> set[tuple[str, str]]:
    """Module and name of the configs; the built-in service needs more than a library has."""
    return {
        (factory.config_model.__module__, factory.config_model.__name__)
        for factory in Registry.discover().factories()
        if factory.__module__.startswith("carteiro.")
        and factory.capabilities.templates is not TemplateSupport.PREBUILT
    }
