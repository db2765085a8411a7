"""What tests of providers share."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from carteiro.model.kinds import REQUIRED_USAGE_TYPES

PAGES = Path(__file__).parents[1] / "docs/reference/connectors"


def documented(factory_id: str) -> dict[str, Any]:
    """The tested configuration of a connector's page: it is tested because it is taken from there."""
    page = (PAGES / f"{factory_id}.md").read_text("utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block, f"the page of {factory_id} has no configuration"
    return json.loads(block[1])


def without(config: dict[str, Any], *names: str) -> dict[str, Any]:
    """A copy that lacks some keys."""
    return {name: value for name, value in config.items() if name not in names}


def broken_by_absence(config: dict[str, Any], *required: str) -> list[Any]:
    """The config without each of its required fields, and with what no field takes."""
    lacking = [(without(config, name), [name]) for name in required]
    wrong = [({**config, name: 7}, [name]) for name in required]
    return [*lacking, *wrong]


def broken_templates(config: dict[str, Any]) -> list[Any]:
    """Lists of templates that lack a type that must be there."""
    templates = config["templates"]
    gaps = [
        [entry for entry in templates if entry["usageType"] != kind]
        for kind in REQUIRED_USAGE_TYPES
    ]
    return [({**config, "templates": gap}, ["templates"]) for gap in [*gaps, []]]
